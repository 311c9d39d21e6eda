// A web framework that copies each request, and a program that uses it.
var sys = require("sys"), http = require("http"), framework = require("./framework"), port = Number(process.ENV.PORT);
var sessions = {}, items = ["first"];
configure(function () { this.root = "."; });
configure("production", function () { throw new Error("not this one"); });
configure("development", function () { set("title", "Things & more"); });
before(function () { this.session = sessions[this.cookies.sid] || {}; });
after(function () { this.header("X-Seen", String(this.captures.length)); });
get("/", function () { this.contentType("html"); return "<p>" + this.param("q") + "</p>"; });
get("/items", function () {
  if (this.accepts("application/json")) return this.contentType("json").halt(200, JSON.stringify(items));
  this.render("list", { title: set("title"), items: items });
});
get("/items/:id.:format?", function (id, format) { return id + " as " + (format || "html") + " of " + this.param("id"); });
post("/items", function () { items.push(this.param("name")); this.redirect("/items"); });
put("/items/:id", function (id) { items[id] = this.body || this.params.post.name; return "put " + items[id]; });
del("/items/:id", function (id) { return "deleted " + items.splice(id, 1); });
get(/^\/archive\/(\d{4})-(\d\d)$/, function (year, month) { return [year, month, this.captures.length].join(); });
get("/public/*", function (file) { this.sendfile(file); });
get("/login", function () { var sid = "s" + Object.keys(sessions).length; sessions[sid] = { user: this.param("user") }; this.cookie("sid", sid); this.cookie("theme", "d\u00e4rk"); return "hello"; });
get("/me", function () { return this.session.user + " " + this.cookies.theme + " " + this.connection.remoteAddress + " " + this.httpVersion; });
get("/broken", function () { return this.missing.thing; });
get("/copy", function () {
  // The copy is the program's own, and the original's headers stay as they were.
  this.headers.host = "changed"; this.uri.params.q = "changed";
  return [this.source.headers.host, this.source.uri.params.q, this.source.headers.HOST, this.connection !== this.source.connection].join();
});
get("/later", function () { var self = this; setTimeout(function () { self.halt(202, "later"); }, 2); });
get("/back", function () { this.redirect("back"); });
post("/nested", function () { return JSON.stringify(this.params.post); });

var server = framework.run(port);
server.listen(port, "127.0.0.1");
var TYPE = { "Content-Type": "application/x-www-form-urlencoded" };
var calls = [
  ["GET", "/?q=%3Ca%20b"], ["GET", "/items"], ["GET", "/items", { Accept: "application/json, text/html;q=0.5" }], ["GET", "/items/7.json"], ["GET", "/ITEMS/8/"],
  ["POST", "/items", TYPE, "name=a%26b+%C3%A9"], ["GET", "/items", { Accept: "text/html" }], ["PUT", "/items/0", {}, "changed \u00e9"],
  ["POST", "/items/1", TYPE, "_method=put&name=over"], ["POST", "/items/1", TYPE, "_method=delete"], ["DELETE", "/items/0"],
  ["GET", "/archive/2009-12"], ["GET", "/archive/2009-1"], ["GET", "/public/style.css"], ["HEAD", "/public/style.css"], ["GET", "/public/none.css"],
  ["GET", "/login?user=me"], ["GET", "/me", { Cookie: "sid=s0; theme=d%C3%A4rk" }], ["GET", "/broken", { Host: "here" }], ["GET", "/copy?q=x", { Host: "here" }],
  ["GET", "/later"], ["GET", "/back", { Referer: "/from" }], ["POST", "/nested", TYPE, "u[name]=x&u[age]=9&tags[]=a&tags[]=b"], ["TRACE", "/nowhere"]
];
(function next() {
  var call = calls.shift();
  if (!call) return server.close();
  var client = http.createClient(port, "127.0.0.1"), body = call[3] || "";
  var headers = process.mixin({ "Content-Length": process._byteLength(body) }, call[2]);
  var request = client.request(call[0], call[1], headers);
  if (body) request.sendBody(body, "utf8");
  request.finish(function (response) {
    var text = "";
    response.setBodyEncoding("utf8");
    response.addListener("body", function (chunk) { text += chunk; });
    response.addListener("complete", function () {
      var seen = ["content-type", "location", "set-cookie", "x-seen"].map(function (name) { return response.headers[name]; }).filter(function (v) { return v; });
      sys.puts(call[0] + " " + call[1] + " " + response.statusCode + " [" + seen.join("; ") + "] " + text.replace(/\n/g, "\\n"));
      next();
    });
  });
})();
