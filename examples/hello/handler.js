module.exports = {
  main: function (event, context) {
    return "Hello World!";
  },
};
