module.exports = {
  main: (event) => {
    if (event.extensions.request.path === "/timer") {
      setTimeout(() => {
        throw new Error("in a timer, too late");
      }, 1);
    }
    if (event.extensions.request.path === "/promise") {
      Promise.reject(new Error("rejected, unheard"));
    }
    return "answered";
  },
};
