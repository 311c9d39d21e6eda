process.watchFile(f, function (curr, prev) {
  sys.puts("the current mtime is: " + curr.mtime);
  sys.puts("the previous mtime was: " + prev.mtime);
});
