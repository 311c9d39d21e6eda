// A web framework in the manner of the time: helpers in the global object, routes as regular
// expressions, each request copied into an object of its own.
var http = require("http"), posix = require("posix"), sys = require("sys"), path = require("path");
var routes = [], hooks = { before: [], after: [] }, settings = { root: ".", env: "development" };

function Request(request, response) {
  process.mixin(true, this, request);
  this.response = response;
  this.source = request;
  this.status = 200;
  this.captures = [];
  this.session = {};
  this.body = "";
  this.headersOut = {};
  this.cookies = cookies(this.header("cookie"));
  this.params = { get: process.mixin({}, this.uri.params), path: {}, post: {} };
}
Request.prototype.header = function (name, value) {
  if (value === undefined) return this.headers[name.toLowerCase()];
  this.headersOut[name] = value;
  return this;
};
Request.prototype.param = function (name) {
  for (var kind in this.params) if (this.params[kind].hasOwnProperty(name)) return this.params[kind][name];
  return undefined;
};
Request.prototype.contentType = function (type) { return this.header("Content-Type", { html: "text/html", text: "text/plain", json: "application/json", css: "text/css" }[type] || type); };
Request.prototype.cookie = function (name, value) { (this.cookiesOut = this.cookiesOut || []).push(["Set-Cookie", name + "=" + encodeURIComponent(value) + "; path=/"]); };
Request.prototype.redirect = function (to) { this.header("Location", to === "back" ? this.header("referer") || "/" : to); this.halt(302); };
Request.prototype.accepts = function (type) { return (this.header("accept") || "*/*").split(/\s*,\s*/).some(function (t) { return t === "*/*" || t.split(";")[0] === type; }); };
Request.prototype.halt = function (status, body, encoding) {
  this.status = status;
  hooks.after.forEach(function (hook) { hook.call(this); }, this);
  body = body === undefined ? http.STATUS_CODES[status] : body;
  var headers = [["Content-Length", process._byteLength(body, encoding || "utf8")]];
  for (var name in this.headersOut) headers.push([name, this.headersOut[name]]);
  this.response.sendHeader(status, headers.concat(this.cookiesOut || []));
  if (this.method !== "HEAD") this.response.sendBody(body, encoding || "utf8");
  this.response.finish();
};
Request.prototype.error = function (e) {
  this.contentType("text").halt(500, e.name + ": " + e.message + "\nwith " + Object.keys(this.headers).sort().join() + " at " + this.uri.path);
};
// Views: text with <%= expressions %>, evaluated with the locals as scope.
Request.prototype.render = function (view, locals) {
  var self = this;
  posix.cat(path.join(settings.root, "views", view + ".html")).addCallback(function (text) {
    var source = "var out = [];" + text.split(/(<%=?[\s\S]*?%>)/).map(function (piece) {
      var code = /^<%(=?)([\s\S]*?)%>$/.exec(piece);
      if (!code) return "out.push(" + JSON.stringify(piece) + ");";
      return code[1] ? "out.push(escapeHtml(" + code[2] + "));" : code[2];
    }).join("") + "return out.join('');";
    self.contentType("html").halt(200, new Function("locals", "with (locals) {" + source + "}")(process.mixin({}, self, locals)));
  }).addErrback(function (e) { self.error(e); });
};
Request.prototype.sendfile = function (name) {
  var self = this, file = path.join(settings.root, "public", name);
  posix.stat(file).addErrback(function () { self.halt(404); }).addCallback(function (stat) {
    if (self.header("if-modified-since") === stat.mtime.toUTCString()) return self.halt(304, "");
    posix.cat(file, "binary").addCallback(function (data) {
      self.contentType({ ".css": "css", ".txt": "text" }[/\.\w+$/.exec(file)] || "application/octet-stream");
      self.header("Last-Modified", stat.mtime.toUTCString()).halt(200, data, "binary");
    });
  });
};
function cookies(text) {
  var all = {};
  (text || "").split(/;\s*/).forEach(function (pair) { var at = pair.indexOf("="); if (at > 0) all[pair.slice(0, at)] = decodeURIComponent(pair.slice(at + 1)); });
  return all;
}
function form(text) {
  var all = {};
  text.split("&").forEach(function (pair) {
    var parts = pair.split("=").map(function (part) { return decodeURIComponent((part || "").replace(/\+/g, " ")); });
    var nested = /^(\w+)\[(\w*)\]$/.exec(parts[0]);
    if (!nested) all[parts[0]] = parts[1];
    else if (nested[2] === "") (all[nested[1]] = all[nested[1]] || []).push(parts[1]);
    else (all[nested[1]] = all[nested[1]] || {})[nested[2]] = parts[1];
  });
  return all;
}
function normalize(path) {
  if (path instanceof RegExp) return { pattern: path, keys: [] };
  var keys = [];
  var source = path.replace(/[.*+]/g, function (c) { return c === "*" ? "(.*)" : "\\" + c; }).replace(/:(\w+)(\?)?/g, function (_, key, optional) { keys.push(key); return "([^/]+)" + (optional || ""); });
  return { pattern: new RegExp("^" + source + "/?$", "i"), keys: keys };
}
GLOBAL.escapeHtml = function (value) { return String(value).replace(/[&<>"]/g, function (c) { return "&#" + c.charCodeAt(0) + ";"; }); };
["get", "post", "put", "del"].forEach(function (method) {
  GLOBAL[method] = function (path, callback) { routes.push(process.mixin(normalize(path), { method: method === "del" ? "DELETE" : method.toUpperCase(), callback: callback })); };
});
GLOBAL.before = function (hook) { hooks.before.push(hook); };
GLOBAL.after = function (hook) { hooks.after.push(hook); };
GLOBAL.configure = function (env, callback) { if (callback === undefined || env === settings.env) (callback || env).call(settings); };
GLOBAL.set = function (name, value) { return value === undefined ? settings[name] : (settings[name] = value); };

function dispatch(request) {
  var method = request.params.post._method ? request.params.post._method.toUpperCase() : request.method;
  for (var i = 0; i < routes.length; i++) {
    var route = routes[i], match = route.method === (method === "HEAD" ? "GET" : method) && route.pattern.exec(request.uri.path);
    if (!match) continue;
    request.captures = match;
    route.keys.forEach(function (key, at) { request.params.path[key] = match[at + 1]; });
    hooks.before.forEach(function (hook) { hook.call(request); });
    try {
      var body = route.callback.apply(request, match.slice(1));
      if (typeof body === "string") request.halt(200, body);
    } catch (e) { request.error(e); }
    return;
  }
  request.halt(404, "nothing at " + request.uri.path);
}
exports.run = function (port) {
  return http.createServer(function (req, res) {
    var request = new Request(req, res);
    req.setBodyEncoding("utf8");
    req.addListener("body", function (chunk) { request.body += chunk; });
    req.addListener("complete", function () {
      if (/urlencoded/.test(request.header("Content-Type"))) request.params.post = form(request.body);
      dispatch(request);
    });
  }).addListener("close", function () { sys.puts("server closed"); });
};
