const shown = {
  basics: (req) => ({
    method: req.method,
    url: req.url,
    originalUrl: req.originalUrl,
    path: req.path,
    query: req.query,
    protocol: req.protocol,
    hostname: req.hostname,
    ip: req.ip,
  }),
  headers: (req) => ({
    get: req.get("X-Sent"),
    header: req.header("x-sent"),
    plain: req.headers["x-sent"],
    twice: req.headers["x-twice"],
    missing: req.get("x-missing") === undefined,
  }),
  is: (req) => ({
    json: Boolean(req.is("json")),
    full: Boolean(req.is("application/json")),
    any: Boolean(req.is("application/*")),
    html: Boolean(req.is("html")),
  }),
  accepts: (req) => ({
    json: req.accepts("json"),
    html: req.accepts("html"),
    best: req.accepts(["html", "json"]),
  }),
  body: (req) => ({ body: req.body }),
  params: (req) => ({ rest: req.params[0] }),
};

module.exports = {
  main: (event) => shown[event.extensions.request.get("x-case")](event.extensions.request),
};
