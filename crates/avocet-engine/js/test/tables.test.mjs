// The rows of tables/, each in a context of its own.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';
import { boot } from './harness.mjs';

const require = createRequire(import.meta.url);

/** The value of an expression in a module, through JSON; an error's name and code where it throws. */
function value(source) {
  const engine = boot({ files: {
    'main.js': `exports.value = (() => { try { return JSON.stringify(${source}) } catch (e) { return JSON.stringify({ error: e.name, code: e.code }) } })()`,
  } });
  return JSON.parse(engine.hooks.requireFile('main.js').value);
}

for (const name of readdirSync(new URL('tables', import.meta.url))) {
  for (const [source, expected] of require(`./tables/${name}`)) {
    test(`${name}: ${source.slice(0, 120)}`, () => {
      assert.deepEqual(value(source), expected);
    });
  }
}
