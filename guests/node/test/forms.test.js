'use strict';
// Names of a form that nest, and that nothing of it is lost.
const assert = require('node:assert/strict');
const test = require('node:test');
const { parse } = require('../lib/forms.js');

const CASES = {
  '': {},
  'a=1&b=&c': { a: '1', b: '', c: '' },
  'a=1&a=2&a=3': { a: ['1', '2', '3'] },
  'a[]=1': { a: ['1'] },
  'a[]=1&a=2': { a: ['1', '2'] },
  'a[5]=x&a[2]=y': { a: ['y', 'x'] },
  'a[101]=x': { a: { 101: 'x' } },
  'a[01]=x': { a: { '01': 'x' } },
  'a[]=1&a[b]=2': { a: { 0: '1', b: '2' } },
  'a[b]=1&a=2': { a: { b: '1', 2: true } },
  'a[0][b]=1&a[1][b]=2': { a: [{ b: '1' }, { b: '2' }] },
  'a%5Bb%5D=c%20d+e': { a: { b: 'c d e' } },
  'a[b]=c=d&e=f=g': { a: { b: 'c=d' }, e: 'f=g' },
  'a[b': { 'a[b': '' },
  'a[b][c=1': { a: { b: { '[c': '1' } } },
  'a]=1': { 'a]': '1' },
  '[a]=1': { a: '1' },
  '=1&&x=2': { x: '2' },
  'x=%ff&y=%zz%20&z=%C3%BC': { x: '%ff', y: '%zz%20', z: 'ü' },
  '__proto__[a]=1&a[__proto__]=1': {},
};

for (const [text, expected] of Object.entries(CASES)) {
  test(`form ${text}`, () => assert.deepEqual(parse(text), expected));
}

test('a form that nests too deep is refused', () => {
  let [found, depth] = [parse(`a${'[b]'.repeat(32)}=1`), 0];
  while (found !== '1') [found, depth] = [Object.values(found)[0], depth + 1];
  assert.equal(depth, 33);
  assert.throws(() => parse(`a${'[b]'.repeat(33)}=1`), /deeper than 32 levels/);
});

test('no pair is dropped, and lists stay lists', () => {
  const numbers = Array.from({ length: 2000 }, (_, n) => String(n));
  assert.equal(Object.keys(parse(numbers.map((n) => `k${n}=v`).join('&'))).length, 2000);
  for (const name of ['a', 'a[]', 'a[N]']) {
    assert.deepEqual(parse(numbers.map((n) => `${name.replace('N', n)}=${n}`).join('&')), { a: numbers });
  }
});

test('a long list takes no longer than its text', () => {
  // Quadratic work would take hours.
  assert.equal(parse('a=1&'.repeat(250_000)).a.length, 250_000);
  assert.equal(Object.keys(parse(`a[]=1&a[x]=2&${'a[]=1&'.repeat(150_000)}`).a).length, 150_002);
});
