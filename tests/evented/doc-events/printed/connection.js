server.addListener("connection", function (socket) {
  puts("someone connected!");
});
