module.exports = {
  main: (event) => (event.extensions.request.path === "/never" ? new Promise(() => {}) : "quick"),
};
