// Bad - misses all or part of the body
request.finish(function (response) {
  setTimeout(function () {
    response.addListener("body", function (chunk) {
      puts("BODY: " + chunk);
    });
  }, 10);
});
