// A third parameter that is declared by habit changes nothing; one that is used is waited for.
const cases = {
  "/later": (callback) => { setTimeout(() => callback("later"), 5); },
  "/never": () => {},
};

module.exports = {
  main: function (event, context, callback) {
    const { path } = event.extensions.request;
    event.extensions.response.status(202);
    if (path === "/returned") return "returned";
    cases[path](callback);
  },
};
