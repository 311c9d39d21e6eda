// loop() runs the loop inside a listener or the main file; unloop() leaves one level, or all.
var log = [];
function later(f, ms) { setTimeout(f, ms || 0); }

later(function () { log.push("one"); process.unloop(); });
later(function () { log.push("two"); }, 30);
process.loop();
log.push("back before two");
process.loop();
log.push("idle after two");

// A level inside a level.
later(function () {
  later(function () { log.push("inner"); process.unloop("one"); });
  process.loop();
  log.push("inner left");
  later(function () { log.push("outer goes on"); process.unloop(); });
});
process.loop();
log.push("outer left");

// All levels at once, one of them waiting for a promise.
var last = new process.Promise();
later(function () {
  later(function () {
    later(function () { process.unloop("all"); later(function () { log.push("all left"); }); });
    process.loop();
    log.push("third left");
  });
  try { new process.Promise().wait(); } catch (e) { log.push("second left: " + e.message); }
});
process.loop();
log.push("first left");
process.loop();

// An inner loop does not make the outer forget that its promise is there.
later(function () {
  last.emitSuccess("value");
  later(function () { log.push("still in the inner loop"); process.unloop(); }, 10);
  process.loop();
});
log.push(last.wait());

// The program's own loop too: what is pending never comes.
later(function () { process.unloop(); });
later(function () { log.push("never"); }, 600000);
process.addListener("exit", function (code) { require("sys").puts(log.join("\n") + "\n" + code); });
