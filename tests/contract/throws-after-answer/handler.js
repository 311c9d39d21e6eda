let fired;
module.exports = {
  main: async (event) => {
    const { path } = event.extensions.request;
    if (path === "/timer") {
      fired = new Promise((resolve) => {
        setTimeout(() => {
          resolve();
          throw new Error("in a timer, too late");
        }, 1);
      });
    }
    if (path === "/promise") {
      Promise.reject(new Error("rejected, unheard"));
    }
    // The last call is answered once the timer has fired.
    if (path === "/") {
      await fired;
    }
    return "answered";
  },
};
