const sdk = require("sdk");

// What it returns is ignored: the response is the answer.
module.exports = {
  main: function (req, res) {
    const event = sdk.getCloudEvent(req);
    if (event === null) {
      res.status(400).send(`${sdk.getFunctionName()} handles CloudEvents`);
      return;
    }
    res.json({ id: event.id, type: event.type, answer: event.data.a * event.data.b });
  },
};
