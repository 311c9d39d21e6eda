// Arguments of the wrong type are refused by name, before Rust sees them.
for (const call of [
  () => test.timer_start('x', 1, false),
  () => test.timer_start(1.5, 1, false),
  () => test.timer_start(1, 1),
  () => test.digest('sha9', new Uint8Array(1)),
  () => test.print('loud', 'x'),
  () => test.random_fill(new Uint8Array(70000)),
]) {
  try { call(); } catch (error) { console.log(error.name, error.message); }
}
const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, '0')).join('');
console.log(hex(test.digest('md5', new Uint8Array())), hex(test.digest('sha1', test.utf8_encode('abc'))));
console.log(test.utf8_decode(new Uint8Array([0xc3, 0xa9, 0xff]), false), test.utf8_decode(new Uint8Array([0xff]), true));
console.log(test.latin1_decode(new Uint8Array([0xe9])), hex(test.utf8_encode('é\ud800')));
console.log(test.url_parse('../b?q#f', 'https://u:p@example.org:8080/a/c').slice(0, 8).join(' '));
console.log(test.url_parse('no url', null), test.url_set('http://a/', 'port', '81')[0]);
console.log(test.promise_state(Promise.resolve(1)), test.promise_state(new Promise(() => {})));
const random = new Uint8Array(new ArrayBuffer(32), 8, 16);
test.random_fill(random);
console.log(random.some((b) => b > 0), new Uint8Array(random.buffer, 0, 8).every((b) => b === 0));
console.log(test.memory_usage().length, test.memory_usage().every((n) => n >= 0));
console.log(test.count(), test.count(1, 2, 3), test.count('one', 2), test.count(1, 999));
try { test.count(1, 2, 'three'); } catch (error) { console.log(error.name, error.message); }
console.log(test.words('a b'), test.words());
