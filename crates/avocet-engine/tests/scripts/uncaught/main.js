setTimeout(function fails() {
  const total = {};
  total.missing();
}, 1);
setTimeout(() => { throw 'just text'; }, 2);
setTimeout(() => Promise.reject(new RangeError('nobody catches this')), 3);
const late = Promise.reject(new Error('handled in time'));
late.catch(() => console.log('caught'));
setTimeout(() => console.log('still running'), 4);
