console.log('Hello', { a: 1 });
console.error('bad', [1, 2]);
