'use strict';
// The packages beside the worker: there without being declared, behind what the function brings.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { start } = require('./harness.js');

const NAMES = ['@opentelemetry/api', 'axios', 'cloudevents', 'express'];
const WAYS = {
  'require': { 'handler.js': `const all = ${JSON.stringify(NAMES)}.map((name) => typeof require(name)); exports.main = () => all;` },
  'require in a file of its own': { 'handler.js': "exports.main = require('./lib/a.js');", 'lib/a.js': `module.exports = () => ${JSON.stringify(NAMES)}.map((name) => typeof require(name));` },
  'import': { 'handler.mjs': `${NAMES.map((name, at) => `import * as n${at} from '${name}';`).join('\n')} export const main = () => [n0, n1, n2, n3].map((one) => typeof (one.default ?? one));` },
  'import in a file of its own': { 'handler.mjs': "import { names } from './names.mjs'; export const main = names;", 'names.mjs': `${NAMES.map((name, at) => `import * as n${at} from '${name}';`).join('\n')} export const names = () => [n0, n1, n2, n3].map((one) => typeof (one.default ?? one));` },
  'import()': { 'handler.js': `exports.main = async () => { const all = []; for (const name of ${JSON.stringify(NAMES)}) { const one = await import(name); all.push(typeof (one.default ?? one)) } return all };` },
};

for (const [way, files] of Object.entries(WAYS)) {
  test(`${way} finds them`, async (t) => {
    const worker = await start(files, { entry: Object.keys(files)[0] });
    t.after(() => worker.stop());
    assert.equal(worker.loaded.error, undefined);
    const kinds = JSON.parse((await worker.call()).body);
    assert.deepEqual(kinds.map((kind) => kind === 'object' || kind === 'function'), [true, true, true, true]);
  });
}

test('a part of a package is found', async (t) => {
  const worker = await start({ 'handler.js': "const { SpanStatusCode } = require('@opentelemetry/api/build/src/trace/status'); exports.main = () => SpanStatusCode.OK;" });
  t.after(() => worker.stop());
  assert.equal((await worker.call()).body, '1');
});

test("the function's own release comes first", async (t) => {
  const worker = await start({ 'handler.js': "exports.main = async () => [require('axios').own, (await import('axios')).default.own];", 'node_modules/axios/package.json': '{"name":"axios","main":"a.js"}', 'node_modules/axios/a.js': 'exports.own = true;' });
  t.after(() => worker.stop());
  assert.equal((await worker.call()).body, '[true,true]');
});

test('what is nowhere is told as Node.js tells it', async (t) => {
  for (const [entry, source] of [['handler.js', "require('not-there')"], ['handler.mjs', "import 'not-there'"]]) {
    const worker = await start({ [entry]: source }, { entry });
    t.after(() => worker.stop());
    assert.match(worker.loaded.error.message, /^Error.*: Cannot find (module|package) 'not-there'/);
    assert.doesNotMatch(worker.loaded.error.message, /guests/);
  }
});

test('a package that its install script has not built is named', async (t) => {
  const worker = await start({
    'handler.js': "require('bound');",
    'node_modules/bound/package.json': '{"name":"bound","main":"a.js","scripts":{"install":"node-gyp-build"}}',
    'node_modules/bound/a.js': "module.exports = require('./build/bound.node');",
  });
  t.after(() => worker.stop());
  assert.match(worker.loaded.error.message, /; bound is built by its install script \(`node-gyp-build`\), and such scripts run only with --allow-install-scripts$/);
});

test('the packages that are promised are there, at the versions of package.json', () => {
  const own = require('../package.json').dependencies;
  for (const [name, version] of Object.entries(own)) {
    const found = JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'node_modules', name, 'package.json'), 'utf8'));
    assert.equal(found.version, version, name);
  }
});
