var sys = require("sys"),
    tcp = require("tcp"),
   repl = require("repl");
nconnections = 0;
tcp.createServer(function (c) {
  sys.error("Connection!");
  nconnections += 1;
  c.close();
}).listen(5000);
repl.start("simple tcp server> ");
