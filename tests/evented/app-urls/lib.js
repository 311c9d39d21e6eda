// A web framework in the manner of the time: a list of regular expressions with views, templates,
// static files in pieces, uploads, and a page that shows what went wrong.
var http = require("http"), posix = require("posix"), sys = require("sys"), multipart = require("multipart");
var TYPES = { css: "text/css", txt: "text/plain", png: "image/png" };
exports.respond = function (res, body, type, status, headers) {
  headers = [["Content-Type", (type || "text/html") + "; charset=utf-8"]].concat(headers || []);
  res.sendHeader(status || 200, headers);
  res.sendBody(body, "utf8");
  res.finish();
};
exports.redirect = function (res, to, status) { exports.respond(res, "", "text/html", status || 301, [["Location", to]]); };
exports.notFound = function (req, res) { exports.respond(res, "Not found: " + req.uri.path, "text/plain", 404); };
exports.debug = function (req, res, e) {
  var stack = e.stack.split("\n"), where = /:(\d+):\d+\)?$/.test(stack[1]);
  exports.respond(res, ["Error " + e.message, "where: " + where, "uri: " + JSON.stringify(req.uri), "headers: " + sys.inspect(req.headers)].join("\n"), "text/plain", 500);
};
exports.makeApp = function (urls) {
  var compiled = urls.map(function (pair) { return [pair[0] instanceof RegExp ? pair[0] : new RegExp(pair[0]), pair[1]]; });
  return function (req, res) {
    for (var i = 0; i < compiled.length; i++) {
      var args = compiled[i][0].exec(req.uri.path);
      if (!args) continue;
      try { return compiled[i][1].apply(null, [req, res].concat(args.slice(1))); } catch (e) { return exports.debug(req, res, e); }
    }
    exports.notFound(req, res);
  };
};
// A file in pieces, the next when the last is read.
exports.serveFile = function (req, res, name) {
  posix.stat(name).addErrback(function () { exports.notFound(req, res); }).addCallback(function (stats) {
    if (!stats.isFile()) return exports.notFound(req, res);
    var since = req.headers["If-Modified-Since"], modified = stats.mtime.toUTCString();
    if (since && Date.parse(since) >= Date.parse(modified)) { res.sendHeader(304, []); return res.finish(); }
    res.sendHeader(200, [["Content-Type", TYPES[/\w+$/.exec(name)[0]] || "application/octet-stream"], ["Content-Length", stats.size], ["Last-Modified", modified]]);
    if (req.method === "HEAD") return res.finish();
    posix.open(name, process.O_RDONLY, 0666).addCallback(function (fd) {
      var position = 0;
      (function more() {
        posix.read(fd, 1000, position, "binary").addCallback(function (chunk, count) {
          if (!count) { res.finish(); return posix.close(fd); }
          position += count;
          res.sendBody(chunk, "binary");
          more();
        });
      })();
    });
  });
};
exports.serveFolder = function (folder) { return function (req, res, name) { if (name.indexOf("..") >= 0) return exports.notFound(req, res); exports.serveFile(req, res, folder + "/" + name); }; };
exports.upload = function (req, callback) {
  multipart.parse(req).addCallback(callback);
};
// Templates: {{ variable|filter }}, {% if x %}…{% endif %}, {% for x in list %}…{% endfor %}.
var filters = { upper: function (v) { return v.toUpperCase(); }, length: function (v) { return v.length; }, safe: function (v) { return { safe: v }; }, "default": function (v) { return v === undefined ? "none" : v; } };
function lookUp(context, name) { return name.split(".").reduce(function (value, part) { return value === undefined || value === null ? undefined : value[part]; }, context); }
function evaluate(context, expression) {
  var parts = expression.split("|"), value = lookUp(context, parts.shift().replace(/\s/g, ""));
  return parts.reduce(function (v, filter) { return filters[filter.replace(/\s/g, "")](v); }, value);
}
function escape(value) { return value && value.safe !== undefined ? value.safe : String(value === undefined ? "" : value).replace(/[<>&"]/g, function (c) { return { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" }[c]; }); }
function parse(tokens, until) {
  var nodes = [], token;
  while ((token = tokens.shift()) !== undefined) {
    var tag = /^\{%\s*(\w+)\s*(.*?)\s*%\}$/.exec(token), variable = /^\{\{\s*(.*?)\s*\}\}$/.exec(token);
    if (tag && tag[1] === until) return nodes;
    if (variable) nodes.push(["variable", variable[1]]);
    else if (tag && tag[1] === "if") nodes.push(["if", tag[2], parse(tokens, "endif")]);
    else if (tag && tag[1] === "for") nodes.push(["for", /^(\w+) in (\S+)$/.exec(tag[2]), parse(tokens, "endfor")]);
    else if (tag) throw new Error("unknown tag " + tag[1]);
    else nodes.push(["text", token]);
  }
  if (until) throw new Error(until + " is missing");
  return nodes;
}
function render(nodes, context) {
  return nodes.map(function (node) {
    switch (node[0]) {
      case "text": return node[1];
      case "variable": return escape(evaluate(context, node[1]));
      case "if": return evaluate(context, node[1]) ? render(node[2], context) : "";
      case "for": return (evaluate(context, node[1][2]) || []).map(function (item, i) {
        var inner = process.mixin({}, context, { loop: i + 1 }); inner[node[1][1]] = item;
        return render(node[2], inner);
      }).join("");
    }
  }).join("");
}
exports.template = function (text) { var nodes = parse(text.split(/(\{\{.*?\}\}|\{%.*?%\})/)); return function (context) { return render(nodes, context); }; };
exports.renderFile = function (name, context) {
  var promise = new process.Promise();
  posix.cat(name).addCallback(function (text) { try { promise.emitSuccess(exports.template(text)(context)); } catch (e) { promise.emitError(e); } }).addErrback(function (e) { promise.emitError(e); });
  return promise;
};
