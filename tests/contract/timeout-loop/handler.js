module.exports = {
  main: (event) => {
    if (event.extensions.request.path === "/loop") for (;;);
    return "quick";
  },
};
