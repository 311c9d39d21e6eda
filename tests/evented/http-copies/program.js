// What a program sees of requests, responses and connections, and copies of them: frameworks of the
// time copy both into objects of their own.
var sys = require("sys"), http = require("http"), port = Number(process.ENV.PORT);
function own(object, names) {
  return names.split(" ").map(function (name) {
    return name + (object.hasOwnProperty(name) ? object.propertyIsEnumerable(name) ? "" : " hidden" : " missing");
  }).join();
}
// Copies by hand, as programs did.
function shallow(object) { var copy = {}; for (var name in object) copy[name] = object[name]; return copy; }
function deep(object) {
  if (object === null || typeof object !== "object") return object;
  var copy = object instanceof Array ? [] : {};
  for (var name in object) copy[name] = deep(object[name]);
  return copy;
}
var DOCUMENTED = "method uri headers httpVersion connection";
var kinds = {
  "/keys?a=1&b=2#c": function (req, res) {
    sys.puts(own(req, DOCUMENTED));
    sys.puts(Object.keys(req).sort().join());
    sys.puts(own(req.uri, "full path queryString params fragment") + " " + Object.keys(req.uri.params));
    sys.puts(own(req.headers, "host x-one") + " " + ("X-One" in req.headers) + " " + req.headers["X-ONE"]);
    sys.puts(JSON.stringify(req.headers) + " " + JSON.stringify(req.uri));
    sys.puts(JSON.parse(JSON.stringify(req)).headers["x-one"]);
    sys.puts(sys.inspect(req).indexOf('"x-one": "1, 2"') > 0);
    sys.puts(own(req.connection, "remoteAddress server"));
    sys.puts(Object.keys(req.connection).sort().join() + " " + Object.keys(res).join());
    res.sendHeader(200, {}); res.finish();
  },
  "/change": function (req, res) {
    var headers = req.headers;
    headers.added = "x"; headers["x-one"] += "!"; delete headers.host; req.uri.params = { mine: 1 };
    req.headers = process.mixin({}, headers, { more: "y" }); req.method = "PUT"; req.mine = true;
    sys.puts(JSON.stringify(headers) + " " + (headers === req.headers) + " " + Object.keys(headers).length);
    sys.puts(req.method + " " + req.headers.more + " " + req.uri.params.mine + " " + Object.isFrozen(Object.freeze(headers)));
    res.sendHeader(200, {}); res.finish();
  },
  "/shallow?x=y": function (req, res) {
    [process.mixin({}, req), shallow(req), process.mixin(Object.create({ base: 1 }), req)].forEach(function (mine) {
      sys.puts([mine.method, mine.uri.path, mine.uri.params.x, mine.headers.host, mine.httpVersion, mine.connection === req.connection].join());
    });
    res.sendHeader(200, {}); res.finish();
  },
  "/deep?x=y": function (req, res) {
    [process.mixin(true, {}, req), deep(req), process.mixin(true, { headers: { already: "there" } }, req)].forEach(function (mine) {
      sys.puts([mine.method, mine.uri.path, mine.uri.params.x, mine.headers.host, mine.headers.already, mine.httpVersion].join());
      sys.puts([mine.headers !== req.headers, mine.uri !== req.uri, mine.connection !== req.connection, mine.connection.remoteAddress].join());
    });
    sys.puts(typeof process.mixin(true, {}, res).sendHeader + " " + typeof process.mixin(true, {}, req.connection).send);
    sys.puts(process.mixin(true, {}, server).listeners("request").length + " " + deep(server)._events.request.length);
    res.sendHeader(200, {}); res.finish();
  },
  // A copy answers, and reads, as what it was copied from.
  "/answer": function (req, res) {
    var mine = process.mixin(true, {}, res), theirs = process.mixin(true, {}, req);
    theirs.setBodyEncoding("utf8"); theirs.pause(); setTimeout(function () { theirs.resume(); }, 5);
    var body = "";
    req.addListener("body", function (chunk) { body += chunk; });
    req.addListener("complete", function () {
      mine.sendHeader(200, { "Content-Type": "text/plain" });
      mine.sendBody("copied: " + body, "utf8");
      process.mixin({}, mine).finish();
    });
  },
  "/wrap": function (req, res) {
    // An object of the program's own in front of the response.
    function Response(response) { process.mixin(this, response); this.headers = {}; }
    Response.prototype.halt = function (status, text) {
      this.sendHeader(status, process.mixin({ "Content-Length": text.length }, this.headers));
      this.sendBody(text); this.finish();
    };
    var response = new Response(res);
    response.headers["X-Wrapped"] = "yes";
    response.halt(404, "halted");
  },
  "/inherit": function (req, res) {
    // Objects of the program's own that inherit from the response, and the response as another kind.
    function beget(object) { function F() {} F.prototype = object; return new F(); }
    var mine = beget(res), theirs = beget(req);
    mine.halt = function (status) { this.sendHeader(status, { "Content-Length": 9 }); this.sendBody("inherited"); this.finish(); };
    sys.puts([theirs.method, theirs.uri.path, theirs.headers.Host].join());
    theirs.pause(); theirs.resume();
    mine.halt(201);
  },
  "/kind": function (req, res) {
    function Kind() {}
    sys.inherits(Kind, http.ServerResponse);
    Kind.prototype.render = function (text) { this.sendHeader(200, [["Content-Length", text.length]]); this.sendBody(text); this.finish(); };
    res.__proto__ = Kind.prototype;
    var old = res.sendHeader;
    res.sendHeader = function (status, headers) { old.call(this, status + 2, headers); };
    res.render("of another kind");
  },
  "/close": function (req, res) {
    var connection = process.mixin(true, {}, req.connection);
    sys.puts(connection.readyState + " " + (typeof connection.fd));
    res.sendHeader(200, {}); res.finish(); connection.close();
  }
};
var paths = []; for (var path in kinds) paths.push(path);
var server = http.createServer(function (req, res) { kinds[req.uri.full](req, res); });
server.listen(port, "127.0.0.1");
(function next() {
  if (paths.length === 0) return server.close();
  var path = paths.shift(), client = http.createClient(port, "127.0.0.1");
  sys.puts("-- " + path);
  var request = client.request("POST", path, { "Host": "here", "X-One": "1", "x-one": "2", "Content-Length": 5 });
  request.sendBody("h\u00e9llo".slice(0, 4), "utf8");
  request.finish(function (response) {
    var mine = process.mixin(true, {}, response), body = "";
    var plain = [own(response, "statusCode headers httpVersion client"), mine.statusCode, mine.httpVersion, mine.headers["x-wrapped"]];
    if (path === "/answer" || path === "/wrap") sys.puts(plain.join(" "));
    mine.setBodyEncoding("utf8");
    response.addListener("body", function (chunk) { body += chunk; });
    response.addListener("complete", function () { if (body) sys.puts(body); next(); });
  });
})();
