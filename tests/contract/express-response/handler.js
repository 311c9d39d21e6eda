// What Express's response does beyond status and headers.
const done = {
  "return-response": (req, res) => res.status(202).set("x-chained", "yes"),
  "write-and-return": async (req, res) => {
    res.status(201).write("begun, ");
    await null;
    return "and done";
  },
  redirect: (req, res) => {
    res.redirect(301, "/über?a=b c");
  },
  jsonp: (req, res) => {
    res.jsonp({ a: 1 });
  },
  etag: (req, res) => {
    res.set("ETag", '"v1"').send(req.fresh ? "" : "the text");
  },
  modified: (req, res) => {
    res.set("Last-Modified", "Sat, 31 Jan 2026 12:00:00 GMT").send("the text");
  },
  format: (req, res) => {
    res.format({ json: () => res.json({ is: "json" }), html: () => res.send("<p>html</p>") });
  },
  range: (req) => {
    const range = req.range(100);
    return { range, type: range.type };
  },
  "other-url": (req) => {
    req.url = "/elsewhere?x=1";
    return { path: req.path, query: req.query, originalUrl: req.originalUrl };
  },
  pipe: (req, res) => {
    req.pipe(res.type("text/plain"));
  },
  "return-pipe": (req, res) => req.pipe(res.status(203)),
  length: (req, res) => {
    res.set("Content-Length", "5");
    res.end(req.method === "HEAD" ? undefined : "12345");
  },
};

module.exports = {
  main: ({ extensions: { request, response } }) => done[request.query.case](request, response),
};
