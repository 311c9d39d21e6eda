// How handlers are found.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { boot, engineFolder, listFiles } from '../../../avocet-engine/js/test/harness.mjs';
import { load, sandboxFolder } from './harness.mjs';

const FOUND = [
  ['module.exports = { main }', "module.exports = { main: () => 'found' }"],
  ['a method', "module.exports = { main() { return 'found' } }"],
  ['exports.main', "exports.main = () => 'found'"],
  ['module.exports = function', "module.exports = function main() { return 'found' }"],
  ['module.exports = arrow', "module.exports = () => 'found'"],
  ['a property of a function', "module.exports = () => 'wrong'; module.exports.main = () => 'found'"],
  ['a class instance', "class F { main() { return 'found' } } module.exports = new F()"],
  ['transpiled default', "exports.__esModule = true; exports.default = { main: () => 'found' }"],
  ['transpiled default function', "exports.__esModule = true; exports.default = () => 'found'"],
];

for (const [name, source] of FOUND) {
  test(`finds ${name}`, async () => {
    const fn = await load(source);
    assert.deepEqual(await fn.call(), { r: 'text', body: 'found' });
  });
}

const found = () => 'found';
const MODULES = [
  ['export const main', { main: found }],
  ['export default { main }', { default: { main: found } }],
  ['export default function', { default: found }],
];

for (const [name, namespace] of MODULES) {
  test(`finds ${name}`, async () => {
    const fn = await load({ 'handler.mjs': '' }, { definition: { entry: 'handler.mjs' }, namespaces: { 'handler.mjs': namespace } });
    assert.deepEqual(await fn.call(), { r: 'text', body: 'found' });
  });
}

test('another export name', async () => {
  const fn = await load("exports.main = () => 'no'; exports.greet = () => 'yes'", { definition: { export: 'greet' } });
  assert.deepEqual(await fn.call(), { r: 'text', body: 'yes' });
});

const MISSING = [
  ['exports.greet = () => {}; exports.size = 3', /handler\.js does not export a function named "main"; it exports greet \(function\), size \(number\)$/],
  ['', /it exports nothing$/],
  ['exports.main = "text"', /it exports main \(string\)$/],
  ['module.exports = null', /it exports null$/],
];

for (const [source, message] of MISSING) {
  test(`says what is exported instead: ${source || 'nothing'}`, async () => {
    await assert.rejects(load(source), (error) => error.code === 'ERR_HANDLER_NOT_FOUND'
      && error.file === 'handler.js' && message.test(error.message));
  });
}

test('several files, JSON, cycles and built-in modules', async () => {
  const fn = await load({
    'handler.js': `
      const { add } = require('./lib/math');
      const { name } = require('./package.json');
      const path = require('node:path');
      exports.main = () => [add(1, 2), name, path.join('a', '..', 'b'), require('./lib').kind, __filename, require.main === module];`,
    'lib/math.js': "exports.early = true; exports.add = (a, b) => a + b; exports.seen = require('./other.cjs').seen;",
    'lib/other.cjs': "exports.seen = require('./math').early;",
    'lib/index.js': "exports.kind = 'index ' + require('./math').seen;",
    'package.json': '{"name":"shop"}',
  });
  assert.deepEqual(JSON.parse((await fn.call()).body), [3, 'shop', 'b', 'index true', 'handler.js', true]);
});

test('the environment is the function\'s own', async () => {
  const fn = await load('exports.main = () => { process.env.N = 5; return [process.env.COLOR, process.env.N, Object.keys(process.env)] }');
  assert.deepEqual(JSON.parse((await fn.call()).body), ['blue', '5', ['COLOR', 'N']]);
});

const ABSENT = [
  ['fs', /^Cannot find module 'fs': functions on runtime v8 have no file system; use runtime nodejs22$/],
  ['node:net', /^Cannot find module 'node:net': functions on runtime v8 have no network sockets; use runtime nodejs22$/],
  ['./nope', /^Cannot find module '\.\/nope': handler\.js asks for it, and no such file is part of the function$/],
  ['left-pad', /^Cannot find module 'left-pad': handler\.js asks for it, and it is neither built in nor among the function's files; runtime v8 installs no packages: use runtime nodejs22, or bundle it into a file of the function$/],
];

for (const [name, message] of ABSENT) {
  test(`a module that is not there: ${name}`, async () => {
    await assert.rejects(load(`require('${name}')`), (error) => error.code === 'MODULE_NOT_FOUND' && message.test(error.message));
  });
}

test('process.exit goes to the operation', async () => {
  const fn = await load('exports.main = () => process.exit(3)');
  fn.begin();
  assert.match(fn.logs[0].text, /ExitCalled/);
});

for (const eager of [true, false]) {
  test(`nothing of the calls that warm.js makes is left, parts evaluated ${eager ? 'in advance' : 'on first use'}`, async () => {
    const source = "console.log('loaded'); exports.main = (e) => { console.log(typeof URL); return [e['ce-id'], process.env.A, Object.keys(globalThis).filter((name) => name !== 'Proxy')] }";
    const fn = await load(source, { eager, warm: path.join(sandboxFolder, 'warm.js') });
    assert.deepEqual(await fn.call({ headers: { 'ce-id': '7' } }), { r: 'json', body: '["7",null,[]]' });
    assert.deepEqual(fn.logs.map((line) => line.text), ['loaded', 'function']);
    assert.equal(fn.sandbox.answers.size, 1);
  });
}

test('every part is in the file that is said to have it', () => {
  const { binding } = boot({ folders: [engineFolder, sandboxFolder] });
  const listed = [engineFolder, sandboxFolder].flatMap((folder) => listFiles(folder).filter((file) => file.startsWith('parts/')));
  const known = new Set(Object.values(binding.partFiles).map((file) => file.replace(/^\w+\//, '')));
  assert.deepEqual([...known].sort(), listed.sort());
  for (const id of Object.keys(binding.partFiles)) assert.ok(binding.use(id), id);
});
