const answers = {
  "/own": (res) => {
    res.set("Access-Control-Allow-Origin", "https://shop.example.com");
    return "own";
  },
  "/throw": () => {
    throw new Error("no");
  },
};

module.exports = {
  main: (event) => {
    const { request, response } = event.extensions;
    return (answers[request.path] ?? (() => request.method))(response);
  },
};
