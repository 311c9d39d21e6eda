// Each argument that the document gives a default for, left out.
var sys = require("sys"), posix = require("posix"), tcp = require("tcp"), http = require("http"), file = require("file");
var port = Number(process.ENV.PORT), port2 = Number(process.ENV.PORT2), tmp = process.ENV.TMP, node = process.ARGV[0];
function show(name, value) { sys.puts(name + ": " + JSON.stringify(value)); }
function run(text, input) {
  file.write(tmp + "/run.js", text).wait();
  var child = process.createChildProcess(node, [tmp + "/run.js"]), output = "", done = new process.Promise();
  child.addListener("output", function (data) { output += data || ""; });
  child.addListener("exit", function (code, signal) { done.emitSuccess([output, code, signal || null]); });
  if (input !== undefined) { child.write(input, "binary"); child.close(); }
  return done.wait();
}
show("process.exit(code=0)", run("process.exit()")[1]);
show("process.kill(pid, signal=SIGTERM)", run("process.kill(process.pid)")[2]);
show("stdio.open(encoding=utf8)", run("process.stdio.open(); process.stdio.addListener('data', function (d) { process.stdio.write(String(d.length)); });", "\u00c3\u00bc")[0]);
show("promise.timeout(timeout=undefined)", [typeof new process.Promise().timeout(), new process.Promise().timeout(5000).timeout()]);

// createChildProcess(command, args=[], env=ENV), child.write(data, encoding=ascii), child.kill(signal=SIGTERM)
function gather(child, act) {
  var output = "", done = new process.Promise();
  child.addListener("output", function (data) { output += data || ""; });
  child.addListener("exit", function (code, signal) { done.emitSuccess([output, signal || null]); });
  act(child);
  return done.wait();
}
show("args=[]", gather(process.createChildProcess("pwd"), function () {})[0] === process.cwd() + "\n");
show("env=ENV", gather(process.createChildProcess("/bin/sh", ["-c", "printf \"$PORT\""]), function () {})[0] === process.ENV.PORT);
show("child.write(encoding=ascii)", gather(process.createChildProcess("od", ["-An", "-tx1"]), function (child) {
  child.write("a\u00fc");
  child.close();
})[0]);
show("child.kill(signal=SIGTERM)", gather(process.createChildProcess("cat"), function (child) { child.kill(); })[1]);

// posix.cat(filename, encoding=utf8), and the place in a file where none is given.
file.write(tmp + "/text", "\u00fc").wait();
show("posix.cat(encoding=utf8)", posix.cat(tmp + "/text").wait());
var fd = posix.open(tmp + "/text", process.O_RDWR, 0).wait();
show("position", [posix.read(fd, 1, null).wait(), posix.read(fd, 1).wait(), posix.write(fd, "more", null).wait()]);
posix.close(fd).wait();

// watchFile(filename, [options,] listener): persistent, so that the process stays.
show("watchFile(options)", run("var f = process.ENV.TMP + '/text';" +
  "process.watchFile(f, function () { require('sys').print('changed'); process.unwatchFile(f); });" +
  "require('posix').unlinkSync(f);")[0]);

// tcp.createConnection(port, host=127.0.0.1), server.listen(port, host=null), connection.send(data,
// encoding=ascii), connection.setNoDelay(noDelay=true); what is received is binary.
var server = tcp.createServer(function (socket) {
  socket.addListener("receive", function (data) {
    show("send(encoding=ascii)", data);
    socket.close();
  });
  show("remoteAddress", socket.remoteAddress);
});
server.listen(port);
var c = tcp.createConnection(port);
c.addListener("connect", function () { c.setNoDelay(); c.send("a\u00fc"); });
c.addListener("eof", function () { c.close(); });
c.addListener("close", function (had_error) {
  show("close", had_error);
  // The same object, to the same default host.
  if (c.twice) return server.close();
  c.twice = true;
  c.connect(port);
});
server.addListener("close", messages);

// client.request([method], path, [headers]), sendBody(chunk, encoding=ascii), setBodyEncoding: binary
function messages() {
  var seen = 0, web = http.createServer();
  web.addListener("request", function (request, response) {
    var body = "";
    request.addListener("body", function (chunk) { body += chunk; });
    request.addListener("complete", function () {
      show(request.method + " " + request.uri.full, [body, typeof request.headers.host]);
      response.sendHeader(200);
      response.sendBody("\u00fc");
      response.finish();
      if (++seen === 2) web.close();
    });
  });
  web.listen(port2);
  var client = http.createClient(port2);
  client.request("/default").finish(function (response) {
    response.addListener("body", function (chunk) { show("response", chunk); });
    response.addListener("complete", function () {
      var post = client.request("POST", "/body");
      post.sendBody("\u00fc");
      post.sendBody([65, 252]);
      post.finish(function (response) {
        response.setBodyEncoding("utf8");
        response.addListener("body", function (chunk) { show("as UTF-8", chunk); });
      });
    });
  });
}
