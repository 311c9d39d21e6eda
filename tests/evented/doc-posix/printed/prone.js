posix.rename("/tmp/hello", "/tmp/world");
posix.stat("/tmp/world").addCallback(function (stats) {
  sys.puts("stats: " + JSON.stringify(stats));
});
