// Express's request and response are fields of `event.extensions`; Node's own modules are there too.
const { createHash } = require("node:crypto");

module.exports = {
  main: function (event, context) {
    const { request, response } = event.extensions;
    const text = request.query.text ?? "";
    const digest = createHash("sha256").update(text).digest("hex");
    response.status(201).set("x-length", String(text.length)).json({ text, digest });
  },
};
