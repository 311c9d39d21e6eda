posix.cat("/etc/passwd").addCallback(function (content) {
  puts(content);
});
