var sys = require("sys");
sys.exec("ls /").addCallback(function (stdout, stderr) {
  puts(stdout);
});
