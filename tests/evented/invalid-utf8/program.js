// Bytes that are no UTF-8, and halves of surrogate pairs, in every place where text goes in or out.
// Text shows U+FFFD for them; what was binary stays as it was; nothing ends the process.
var sys = require("sys"), posix = require("posix"), tcp = require("tcp"), http = require("http");
var tmp = process.ENV.TMP, node = process.ARGV[0], port = Number(process.ENV.PORT);
function show(name, value) {
  sys.puts(name + ": " + JSON.stringify(value).replace(/[\u007f-\uffff]/g, function (c) {
    return "\\u" + ("000" + c.charCodeAt(0).toString(16)).slice(-4);
  }));
}
function failure(f) { try { return f(); } catch (e) { return e.message; } }
function shell(command) {
  var child = process.createChildProcess("/bin/sh", ["-c", command]), out = "", err = "", done = new process.Promise();
  child.addListener("output", function (data) { out += data || ""; });
  child.addListener("error", function (data) { err += data || ""; });
  child.addListener("exit", function (code) { done.emitSuccess([code, out, err.split(tmp).join("")]); });
  return done.wait();
}

process.chdir(tmp);
show("child output", shell("printf 'a\\377b\\303'; printf 'c\\377' >&2"));

// Names of files: those that the system gives, and those that the script does.
shell("mkdir names; : > \"names/$(printf 'bad\\377')\"");
var names = posix.readdirSync("names");
show("readdir", names);
show("stat", failure(function () { return posix.statSync("names/" + names[0]); }));
posix.closeSync(posix.openSync("names/half\ud800", process.O_CREAT | process.O_WRONLY, 0600));
show("open", posix.readdirSync("names").indexOf("half\ufffd") >= 0);
show("cat", failure(function () { return posix.cat("a\0b").wait(); }));
show("rename", failure(function () { return posix.renameSync("\udfff", "x\0"); }));
show("chdir", failure(function () { return process.chdir("\ud800"); }));
show("watch", typeof process.watchFile("\ud800\0", function () {}));
process.unwatchFile("\ud800\0");
shell("mkdir \"$(printf 'in\\377')\"");
require("file").write(tmp + "/cwd.js", "require('sys').print(process.cwd());").wait();
show("cwd", shell("cd \"$(printf 'in\\377')\"; " + node + " ../cwd.js").slice(1)
  .map(function (text) { return text.split("\n")[0].split(tmp).join(""); }));

// The environment, the arguments, the script's own name and the text of modules.
require("file").write(tmp + "/show.js",
  "require('sys').print(JSON.stringify([process.ENV.BAD, process.ENV['N\ufffd'], process.ARGV.slice(2)]));").wait();
show("ENV and ARGV", shell("env \"BAD=$(printf 'x\\377')\" \"$(printf 'N\\377')=v\" " + node + " show.js \"$(printf '\\377y')\"")[1]);
show("script", shell("cp show.js \"$(printf 'no\\377.js')\"; " + node + " \"$(printf 'no\\377.js')\"").slice(1)
  .map(function (text) { return text.split("\n")[0]; }));
shell("printf 'exports.text = \"m\\377\\303\"; // \\377' > module.js");
show("module", require(tmp + "/module").text);
show("compile", failure(function () { return process.compile("'\ud800'.length", "\udfff"); }));
show("require", failure(function () { return require("\ud800"); }).replace(/\ufffd|\ud800/, "U"));

// Standard input and output.
require("file").write(tmp + "/echo.js", "process.stdio.open(process.ARGV[2]);\n" +
  "process.stdio.addListener('data', function (data) { process.stdio.write(data, process.ARGV[2]); });").wait();
show("stdin as text", shell("printf 'i\\377\\n' | " + node + " echo.js utf8 | od -An -tx1")[1].replace(/\s+/g, " "));
show("stdin as bytes", shell("printf 'i\\377\\n' | " + node + " echo.js binary | od -An -tx1")[1].replace(/\s+/g, " "));

// Encodings of files.
var fd = posix.openSync("bytes", process.O_CREAT | process.O_RDWR, 0600);
posix.writeSync(fd, "\u00ff\ud800\u0141", 0, "binary");
posix.writeSync(fd, "\ud800", 3, "utf8");
show("binary", posix.readSync(fd, 10, 0, "binary"));
show("utf8", posix.readSync(fd, 10, 0, "utf8"));
show("ascii", posix.readSync(fd, 10, 0, "ascii"));
posix.closeSync(fd);
show("byteLength", process._byteLength("\ud800"));

// Arguments and environment of children.
var child = process.createChildProcess(node, ["show.js", "arg\ud800"], { BAD: "\udfff" }), seen = "";
child.addListener("output", function (data) { seen += data || ""; });
child.addListener("exit", function () { show("child", seen); network(); });
show("NUL in an argument", failure(function () { process.createChildProcess("true", ["\0"]); }));

// Messages: target, names and values of headers, bodies, parts of forms.
function network() {
  show("uri", require("uri").parse("http://h\ud800/\udfff?\ud800").path);
  var server = http.createServer(function (request, response) {
    var body = "";
    request.setBodyEncoding("utf8");
    request.addListener("body", function (chunk) { body += chunk; });
    request.addListener("complete", function () {
      show("request", [request.uri.full, request.uri.path, request.uri.params, request.headers["x-a"], request.httpVersion, body]);
      response.sendHeader(200, { "X-B": "\ud800\u00ff" });
      response.sendBody("\udfff", "utf8");
      response.finish();
    });
  });
  server.listen(port);
  function send(text, encoding, done) {
    var c = tcp.createConnection(port), got = "";
    c.addListener("connect", function () { c.send(text, encoding); });
    c.addListener("receive", function (data) { got += data; });
    c.addListener("eof", function () { c.close(); });
    c.addListener("close", function () { show("response", got); done(); });
  }
  var rest = "Connection: close\r\nContent-Length: 2\r\n\r\n";
  send("POST /\u00ff\u00c3?a=\u00ff%ff&b=%E9&\u00e9=1 HTTP/1.1\r\nX-A: \u00ff\u00c3\r\n" + rest + "\u00ff\u00c3", "binary", function () {
    send("POST /\u00e9\ud83d\ude00?a=\u00e9#\u00e9 HTTP/1.1\r\nX-A: \ud800\r\n" + rest + "\u00e9", "utf8", function () {
      send("GET / HTTP/1.1\r\nX-\u00c3\u00a9: 1\r\n\r\n", "binary", function () {
        forms();
        server.close();
      });
    });
  });
}
function forms() {
  require("multipart").parse({ boundary: "--\u00ff", data: "--\u00ff\r\nContent-Disposition: form-data; name=\"n\u00ff\ud800\"; filename=\"\u00c3\"\r\n\r\n" +
    "\u00ff\ud800\r\n--\u00ff--" }).addCallback(function (parts) { show("form", parts); });
}
