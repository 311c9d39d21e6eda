// A promise of the language's own, rejected: with a listener in time, and without.
Promise.reject(new Error("caught")).catch(function (e) { require("sys").puts(e.message); });
setTimeout(function () {
  Promise.reject(new Error("nobody listens"));
}, 0);
