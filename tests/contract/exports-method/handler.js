module.exports = {
  async main(event, context) {
    return "loaded";
  },
};
