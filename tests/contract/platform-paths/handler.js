module.exports = {
  main: (event) => {
    console.log(`called for ${event.extensions.request.path}`);
    return "function";
  },
};
