module.exports = {
  main: (event) => {
    if (event.extensions.request.path === "/exit") process.exit(3);
    return "alive";
  },
};
