posix.rename("/tmp/hello", "/tmp/world").wait();
var stats = posix.stat("/tmp/world").wait();
sys.puts("stats: " + JSON.stringify(stats));
