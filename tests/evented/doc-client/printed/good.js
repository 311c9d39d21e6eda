// Good
request.finish(function (response) {
  response.addListener("body", function (chunk) {
    puts("BODY: " + chunk);
  });
});
