'use strict';
// A million timers that are not due yet: prints bytes each and milliseconds to start them.
const count = 1_000_000;
const before = process.memoryUsage().rss;
const begun = Date.now();
const due = () => {};
for (let i = 0; i < count; i++) setTimeout(due, 3_600_000 + i % 1000);
const ms = Date.now() - begun;
console.log(JSON.stringify({ each: (process.memoryUsage().rss - before) / count, ms }));
process.exit(0);
