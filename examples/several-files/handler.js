const { convert } = require("./lib/temperature");
const texts = require("./texts.json");

module.exports = {
  main: function (event, context) {
    const { celsius } = event.extensions.request.query;
    if (celsius === undefined || Number.isNaN(Number(celsius))) {
      event.extensions.response.status(400);
      return texts.usage;
    }
    return texts.answer.replace("{c}", celsius).replace("{f}", convert(Number(celsius)));
  },
};
