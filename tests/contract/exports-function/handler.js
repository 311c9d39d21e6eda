module.exports = {
  main: function (event, context) {
    return "loaded";
  },
};
