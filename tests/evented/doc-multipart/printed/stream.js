var multipart = require("multipart");
var stream = new multipart.Stream(options);
var parts = {};
stream.addListener("part", function (part) {
  var buffer = "";
  part.addListener("body", function(chunk) {
    buffer = buffer + chunk;
  });
  part.addListener("complete", function() {
    parts[part.name] = buffer;
  });
});
stream.addListener("complete", function() {
  // The parts object now contains all parts and data
});
