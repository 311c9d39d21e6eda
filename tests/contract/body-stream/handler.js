// Reads its request while it comes.
const { createHash } = require("node:crypto");

module.exports = {
  main: async (event, context) => {
    const { request } = event.extensions;
    if (request.path === "/unread") return "unread";
    const digest = createHash("md5");
    let length = 0;
    for await (const part of request) {
      digest.update(part);
      length += part.length;
    }
    return {
      length, md5: digest.digest("hex"), data: "data" in event, limit: context["body-size-limit"],
      id: event["ce-id"] ?? null, declared: Number(request.headers["content-length"] ?? 0),
    };
  },
};
