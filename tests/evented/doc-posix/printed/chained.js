posix.rename("/tmp/hello", "/tmp/world").addCallback(function () {
  posix.stat("/tmp/world").addCallback(function (stats) {
    sys.puts("stats: " + JSON.stringify(stats));
  });
});
