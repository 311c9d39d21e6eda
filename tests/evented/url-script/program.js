// A script from an address, which requires a module from another.
var http = require("http"), sys = require("sys");
var base = "http://127.0.0.1:" + process.ENV.PORT;
var files = {
  "/main.js": 'var sys = require("sys"); sys.puts(__filename === process.ARGV[1] && module.id === ".");\nsys.puts(require("' + base + '/lib.js").name);\n' +
    'try { require("' + base + '/none.js"); } catch (e) { sys.puts(e.message.replace(/:\\d+/, "")); }\n' +
    'require.async("https://127.0.0.1/x.js").addErrback(function (e) { sys.puts(e.message); });',
  "/lib.js": 'exports.name = "lib";'
};
var server = http.createServer(function (request, response) {
  var text = files[request.uri.path];
  response.sendHeader(text ? 200 : 404, {});
  response.sendBody(text || "");
  response.finish();
});
server.listen(Number(process.ENV.PORT));
var child = process.createChildProcess(process.ARGV[0], [base + "/main.js"]);
child.addListener("output", function (data) { if (data) sys.print(data); });
child.addListener("error", function (data) { if (data) sys.print("stderr " + data); });
child.addListener("exit", function (code) { sys.puts(code); server.close(); });
