// Synchronous code, then microtasks, then timers by their due time, and only then the hour.
const start = test.now();
setTimeout(() => console.log('an hour', Math.round((test.now() - start) / 60000)), 3600000);
setTimeout(() => console.log('timer 20'), 20);
setTimeout(() => {
  console.log('timer 10');
  Promise.resolve().then(() => console.log('microtask of timer 10'));
}, 10);
const interval = setInterval(() => {
  console.log('interval');
  clearInterval(interval);
}, 15);
clearTimeout(setTimeout(() => console.log('never'), 1));
Promise.resolve().then(() => console.log('microtask'));
test.sleep(12).then((ms) => console.log('slept', ms));
console.log('synchronous');
