// Sends back what it receives: PORT.
require("tcp").createServer(function (connection) {
  connection.setEncoding("binary");
  connection.addListener("receive", function (data) { connection.send(data, "binary"); });
  connection.addListener("eof", function () { connection.close(); });
}).listen(parseInt(process.ARGV[2], 10), "127.0.0.1");
