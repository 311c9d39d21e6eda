// What a library throws is shown at the line that called it, also from inside a listener.
var assert = require("assert"), emitter = new process.EventEmitter();
emitter.addListener("check", function (value) {
  assert.equal(value, 2);
});
emitter.emit("check", 1);
