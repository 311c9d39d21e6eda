// Rounds of everything that holds something: memory and descriptors stay as they were. The options
// keep the garbage collector, the compiler and the allocator from moving on their own. AVOCET_SOAK sets the rounds.
var http = require("http"), tcp = require("tcp"), sys = require("sys"), posix = require("posix");
var file = require("file"), multipart = require("multipart"), pem = {}, thrown = 0;
posix.readdirSync("../tls-tcp/pem").forEach(function (name) { pem[name] = posix.cat("../tls-tcp/pem/" + name).wait(); });
var WARM = 10, ROUNDS = Number(process.ENV.AVOCET_SOAK) || 20, EACH = 15, ports = [process.ENV.PORT, process.ENV.PORT2, process.ENV.PORT3].map(Number);
process.addListener("uncaughtException", function (e) {
  if (e.message !== "from a listener") { sys.puts(e.stack); process.exit(1); }
  thrown++;
});

function answer(request, response) {
  if (request.uri.path === "/throw") {
    setTimeout(function () { response.sendHeader(500, { Connection: "close" }); response.finish(); }, 0);
    throw new Error("from a listener");
  }
  var body = "";
  request.addListener("body", function (chunk) { body += chunk; });
  request.addListener("complete", function () {
    response.sendHeader(200, {});
    response.sendBody(body || "x");
    response.finish();
  });
}
var plain = http.createServer(answer), secure = http.createServer(answer);
secure.setSecure("X509_PEM", pem["ca.crt"], "", pem["server.key"], pem["server.crt"]);
var echo = tcp.createServer(function (socket) {
  socket.addListener("receive", function (data) { socket.send(data); });
  socket.addListener("eof", function () { socket.close(); });
});
var open = 0;
[plain, secure, echo].forEach(function (server) {
  server.addListener("connection", function (socket) {
    open++;
    socket.addListener("close", function () { open--; });
  });
});
plain.listen(ports[0], "127.0.0.1");
secure.listen(ports[1], "127.0.0.1");
echo.listen(ports[2], "127.0.0.1");

// Each calls done() once all that it opened is closed.
var kinds = {
  http: function (done) {
    var client = http.createClient(ports[0]), form = new Array(3000).join("body ");
    client.request("POST", "/", { "Content-Length": form.length }).finish(function () {});
    var request = http.createClient(ports[0]).request("POST", "/");
    request.sendBody(form);
    request.finish(function (response) {
      response.addListener("complete", done);
    });
    client.forceClose();
  },
  https: function (done) {
    var client = http.createClient(ports[1]);
    client.setSecure("X509_PEM", pem["ca.crt"], "", pem["client.key"], pem["client.crt"]);
    client.request("/").finish(function (response) { response.addListener("complete", done); });
  },
  rude: function (done) {
    var c = tcp.createConnection(ports[0]);
    c.addListener("connect", function () { c.send("GET / HTTP/1.1\r\nX"); c.forceClose(); });
    c.addListener("close", done);
  },
  nonsense: function (done) {
    var c = tcp.createConnection(ports[0]);
    c.addListener("connect", function () { c.send("\u00ff\u0000 nonsense\r\n\r\n"); });
    c.addListener("eof", function () { c.close(); });
    c.addListener("close", done);
  },
  thrower: function (done) {
    var c = tcp.createConnection(ports[0]);
    c.addListener("connect", function () { c.send("GET /throw HTTP/1.1\r\n\r\n"); });
    c.addListener("eof", function () { c.close(); });
    c.addListener("close", done);
  },
  untrusted: function (done) {
    // One who speaks no TLS.
    var c = tcp.createConnection(ports[1]);
    c.addListener("connect", function () { c.send("GET / HTTP/1.0\r\n\r\n"); });
    c.addListener("eof", function () { c.close(); });
    c.addListener("close", done);
  },
  tcp: function (done) {
    var c = tcp.createConnection(ports[2]), got = 0, text = new Array(20001).join("x");
    c.addListener("connect", function () { c.send(text); });
    c.addListener("receive", function (data) { got += data.length; if (got === text.length) c.close(); });
    c.addListener("close", done);
  },
  refused: function (done) {
    var c = tcp.createConnection(1);
    c.addListener("close", done);
  },
  child: function (done) {
    var child = process.createChildProcess("cat");
    child.write("text");
    child.close();
    child.addListener("exit", done);
  },
  missing: function (done) {
    process.createChildProcess("/no/such/program").addListener("exit", done);
  },
  files: function (done) {
    var name = process.ENV.TMP + "/file";
    posix.open(name, process.O_CREAT | process.O_RDWR, 0600).addCallback(function (fd) {
      posix.write(fd, "text", 0).addCallback(function () {
        posix.close(fd).addCallback(function () {
          posix.cat(name).addCallback(function () {
            posix.stat(name + "not").addErrback(function () { done(); });
          });
        });
      });
    });
  },
  timers: function (done) {
    for (var i = 0; i < 100; i++) clearTimeout(setTimeout(function () {}, 600000));
    var times = 0, timer = setInterval(function () {
      if (++times < 3) return;
      clearInterval(timer);
      done();
    }, 1);
  },
  promises: function (done) {
    var one = new process.Promise(), two = new process.Promise();
    one.timeout(600000);
    one.cancel();
    two.addCallback(done);
    two.timeout(600000);
    setTimeout(function () { two.emitSuccess(); }, 0);
  },
  forms: function (done) {
    multipart.parse({ boundary: "--x", data: "--x\r\n\r\n" + new Array(5000).join("form ") + "\r\n--x--" }).addCallback(done);
  },
  watch: function (done) {
    process.watchFile("program.js", function () {});
    process.unwatchFile("program.js");
    setTimeout(done, 0);
  },
};

function round(done) {
  var left = 0;
  function one() { if (--left === 0) done(); }
  for (var name in kinds) {
    var times = name === "child" || name === "missing" ? 3 : EACH;
    left += times;
    for (var i = 0; i < times; i++) kinds[name](one);
  }
}
function rounds(n, done) {
  if (n > 0) return round(function () { rounds(n - 1, done); });
  // The servers' sides of what the clients have closed end a little later.
  var tries = 500;
  (function settle() {
    if (open === 0 || --tries === 0) return done();
    setTimeout(settle, 10);
  })();
}
function measure() {
  // A collection that had begun by itself keeps what died meanwhile: the next ones take it.
  for (var i = 0; i < 4; i++) gc();
  var memory = process.memoryUsage();
  return { descriptors: posix.readdirSync("/proc/self/fd").length, heap: memory.heapUsed, rss: memory.rss };
}
rounds(WARM, function () {
  var before = measure();
  rounds(ROUNDS, function () {
    var after = measure();
    function grew(name, limit) {
      var by = after[name] - before[name];
      sys.puts(name + ": " + (by <= limit ? "flat" : "grew by " + by + " from " + before[name]));
    }
    grew("descriptors", 0);
    grew("heap", 100 << 10);
    grew("rss", 1 << 20);
    sys.puts("thrown: " + (thrown === EACH * (WARM + ROUNDS)));
    [plain, secure, echo].forEach(function (server) { server.close(); });
  });
});
