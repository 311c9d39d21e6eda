// A million timers that are not due yet: prints bytes each and milliseconds to start them.
var count = 1000000, before = process.memoryUsage().rss, begun = Date.now();
function due() {}
for (var i = 0; i < count; i++) setTimeout(due, 3600000 + i % 1000);
var took = Date.now() - begun;
require("sys").puts(JSON.stringify({each: (process.memoryUsage().rss - before) / count, ms: took}));
process.exit(0);
