// Calls itself: `/echo` tells what of a trace arrived.
const http = require("node:http");

const viaHttp = (url) => new Promise((resolve, reject) => {
  http.get(url, async (answer) => {
    let text = "";
    for await (const part of answer) text += part;
    resolve(JSON.parse(text));
  }).on("error", reject);
});
const viaFetch = async (url) => (await fetch(url)).json();

module.exports = {
  main: async (event) => {
    const { path, headers, query } = event.extensions.request;
    if (path === "/echo") {
      return {
        w3c: headers.traceparent?.slice(0, 35),
        b3: headers["x-b3-traceid"],
        sampled: headers["x-b3-sampled"],
        state: headers.tracestate ?? null,
        baggage: headers.baggage ?? null,
      };
    }
    return (query.by === "http" ? viaHttp : viaFetch)(process.env.SELF);
  },
};
