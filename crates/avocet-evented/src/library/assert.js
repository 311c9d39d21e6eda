// assert
(function (binding) {
  'use strict';
  const { lib } = binding;

  const text = (value) => {
    try {
      return JSON.stringify(value);
    } catch (error) {
      return String(value);
    }
  };

  function AssertionError(options) {
    this.name = 'AssertionError';
    this.message = options.message;
    this.actual = options.actual;
    this.expected = options.expected;
    this.operator = options.operator;
    Error.captureStackTrace(this, options.stackStart || AssertionError);
  }
  Object.setPrototypeOf(AssertionError.prototype, Error.prototype);
  // Programs ask the constructor itself whether it is an Error; it stays a function.
  const isError = Object.create(Error.prototype, Object.getOwnPropertyDescriptors(Function.prototype));
  Object.setPrototypeOf(AssertionError, isError);
  AssertionError.prototype.toString = function () {
    if (this.message) return this.name + ': ' + this.message;
    return this.name + ': ' + text(this.expected) + ' ' + this.operator + ' ' + text(this.actual);
  };

  const assert = {};
  assert.AssertionError = AssertionError;
  const fail = (actual, expected, message, operator, stackStart) => {
    const error = new AssertionError({ message, actual, expected, operator, stackStart });
    // The stack begins with what a person wants to know.
    error.stack = error.toString() + error.stack.slice(error.stack.indexOf('\n    at'));
    throw error;
  };
  assert.fail = (actual, expected, message, operator) => {
    fail(actual, expected, message, operator, assert.fail);
  };

  const isArguments = (value) => Object.prototype.toString.call(value) === '[object Arguments]';

  function deepEqual(a, b, above) {
    if (a === b) return true;
    if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
    if (typeof a !== 'object' && typeof b !== 'object') return a == b; // eslint-disable-line eqeqeq
    if (a === null || b === null || a === undefined || b === undefined) return false;
    if (a.prototype !== b.prototype) return false;
    if (isArguments(a) !== isArguments(b)) return false;
    if (typeof a !== 'object' || typeof b !== 'object') return a == b; // eslint-disable-line eqeqeq
    // A pair that is being compared further out is taken as equal: cycles end.
    if (above.some(([x, y]) => x === a && y === b)) return true;
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    const inside = above.concat([[a, b]]);
    return keys.every((key) => Object.prototype.hasOwnProperty.call(b, key) &&
      deepEqual(a[key], b[key], inside));
  }

  const check = (name, operator, test) => {
    assert[name] = function (actual, expected, message) {
      if (!test(actual, expected)) fail(actual, expected, message, operator, assert[name]);
    };
  };
  check('equal', '==', (a, b) => a == b); // eslint-disable-line eqeqeq
  check('notEqual', '!=', (a, b) => a != b); // eslint-disable-line eqeqeq
  check('deepEqual', 'deepEqual', (a, b) => deepEqual(a, b, []));
  check('notDeepEqual', 'notDeepEqual', (a, b) => !deepEqual(a, b, []));
  check('strictEqual', '===', (a, b) => a === b);
  check('notStrictEqual', '!==', (a, b) => a !== b);
  assert.ok = function (value, message) {
    if (!value) fail(value, true, message, '==', assert.ok);
  };

  function matches(error, expected) {
    if (!expected) return true;
    if (expected instanceof RegExp) return expected.test(error);
    if (typeof expected !== 'function') return false;
    return error instanceof expected || (!Error.isPrototypeOf(expected) && expected !== Error &&
      !expected.prototype && expected.call({}, error) === true);
  }

  const note = (expected, message) => {
    return (expected && expected.name ? ' (' + expected.name + ').' : '.') +
      (message ? ' ' + message : '');
  };

  function attempt(name, block, expected, message) {
    if (typeof block !== 'function') {
      throw new TypeError('assert.' + name + ': the first argument (block) must be a function');
    }
    if (typeof expected === 'string') [expected, message] = [undefined, expected];
    let thrown = false, error;
    try {
      block();
    } catch (caught) {
      thrown = true;
      error = caught;
    }
    return { thrown, error, expected, message };
  }

  assert.throws = function (block, error, message) {
    const got = attempt('throws', block, error, message);
    const why = 'Missing expected exception' + note(got.expected, got.message);
    if (!got.thrown) fail(undefined, got.expected, why, 'throws', assert.throws);
    if (!matches(got.error, got.expected)) throw got.error;
  };
  assert.doesNotThrow = function (block, error, message) {
    const got = attempt('doesNotThrow', block, error, message);
    if (!got.thrown) return;
    if (!matches(got.error, got.expected)) throw got.error;
    const why = 'Got unwanted exception' + note(got.expected, got.message);
    fail(got.error, got.expected, why, 'doesNotThrow', assert.doesNotThrow);
  };
  lib.define('assert', () => assert);

  // mjsunit: the names of V8's own tests.
  const mjsunit = {};
  const failed = (expected, found, name) => {
    const start = name ? 'Fail' + 'ure (' + name + '): ' : 'Failure: ';
    throw new Error(start + 'expected <' + expected + '> found <' + found + '>');
  };
  const same = (a, b) => {
    if (a === b || a == b) return true; // eslint-disable-line eqeqeq
    if (typeof a === 'number' && typeof b === 'number' && isNaN(a) && isNaN(b)) return true;
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length &&
      a.every((item, at) => same(item, b[at]));
  };
  mjsunit.assertEquals = (expected, found, name) => {
    if (!same(expected, found)) failed(expected, found, name);
  };
  mjsunit.assertArrayEquals = (expected, found, name) => {
    if (!same(Array.from(expected), Array.from(found))) failed(expected, found, name);
  };
  mjsunit.assertTrue = (value, name) => mjsunit.assertEquals(true, value, name);
  mjsunit.assertFalse = (value, name) => mjsunit.assertEquals(false, value, name);
  mjsunit.assertNaN = (value, name) => { if (!isNaN(value)) failed('NaN', value, name); };
  const run = (code) => (typeof code === 'function' ? code() : (0, eval)(code));
  mjsunit.assertThrows = (code) => {
    try {
      run(code);
    } catch (error) {
      return;
    }
    throw new Error('Failure: did not throw: ' + code);
  };
  mjsunit.assertDoesNotThrow = (code) => {
    try {
      run(code);
    } catch (error) {
      throw new Error('Failure: threw ' + error + ': ' + code);
    }
  };
  mjsunit.assertInstanceof = (value, type) => {
    if (!(value instanceof type)) failed('instance of ' + type.name, value);
  };
  mjsunit.assertUnreachable = (name) => {
    throw new Error('Failure' + (name ? ' (' + name + ')' : '') + ': unreachable');
  };
  lib.define('mjsunit', () => mjsunit);
})
