var posix = require("posix"),
      sys = require("sys");
var promise = posix.unlink("/tmp/hello");
promise.addCallback(function () {
  sys.puts("successfully deleted /tmp/hello");
});
