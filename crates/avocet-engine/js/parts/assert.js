(function assertPart(binding) {
  'use strict';

  const { failure } = binding;

  binding.define('node:assert', () => {
    const deep = binding.use('deep-equal');

    class AssertionError extends Error {
      constructor({ message, actual, expected, operator, stackStartFn }) {
        super(message ?? `${binding.inspect(actual)} ${operator} ${binding.inspect(expected)}`);
        binding.put(this, 'name', 'AssertionError');
        this.generatedMessage = message === undefined;
        this.code = 'ERR_ASSERTION';
        this.actual = actual;
        this.expected = expected;
        this.operator = operator;
        if (stackStartFn !== undefined) Error.captureStackTrace(this, stackStartFn);
      }
    }

    function fail(actual, expected, operator, message, from, generated) {
      if (message instanceof Error) throw message;
      const error = new AssertionError({ message: message ?? generated, actual, expected, operator, stackStartFn: from });
      error.generatedMessage = message === undefined;
      throw error;
    }

    function assert(value, message) {
      if (value) return;
      const text = `The expression evaluated to a falsy value: ${binding.inspect(value)}`;
      fail(value, true, '==', message, assert, text);
    }

    /** A check of two values that fails with both of them shown. */
    function pair(operator, holds, text) {
      return function check(actual, expected, message) {
        if (holds(actual, expected)) return;
        const between = operator.startsWith('not') ? 'and' : 'should be';
        const both = `${binding.inspect(actual)}\n\n${between}\n\n${binding.inspect(expected)}`;
        fail(actual, expected, operator, message, check, `${text}:\n\n${both}\n`);
      };
    }

    /** Whether a thrown value is what was expected: a class, a pattern, a check or properties. */
    function isExpected(error, expected) {
      if (expected === undefined) return true;
      if (expected instanceof RegExp) return expected.test(String(error));
      if (typeof expected === 'function') {
        if (expected.prototype !== undefined && error instanceof expected) return true;
        if (expected === Error || Error.prototype.isPrototypeOf(expected.prototype)) return false;
        return expected.call({}, error) === true;
      }
      return Reflect.ownKeys(expected).every((key) => (
        expected[key] instanceof RegExp && typeof error[key] === 'string'
          ? expected[key].test(error[key]) : deep.isDeepStrictEqual(error[key], expected[key])));
    }

    function checkThrown(thrown, error, expected, message, operator, from) {
      const [want, text] = typeof expected === 'string' ? [undefined, expected] : [expected, message];
      if (!thrown) {
        const what = operator === 'rejects' ? 'rejection' : 'exception';
        fail(undefined, want, operator, text, from, `Missing expected ${what}.`);
      }
      if (isExpected(error, want)) return;
      if (typeof want === 'function' && message === undefined) throw error;
      fail(error, want, operator, text, from, `The error is not the one expected:\n\n${binding.inspect(error)}\n`);
    }

    function throws(block, expected, message) {
      let thrown = false;
      let error;
      try {
        block();
      } catch (caught) {
        thrown = true;
        error = caught;
      }
      checkThrown(thrown, error, expected, message, 'throws', throws);
    }

    async function rejects(work, expected, message) {
      let thrown = false;
      let error;
      try {
        await (typeof work === 'function' ? work() : work);
      } catch (caught) {
        thrown = true;
        error = caught;
      }
      checkThrown(thrown, error, expected, message, 'rejects', rejects);
    }

    function unwanted(error, operator, message, from, what) {
      const own = typeof message === 'string' ? message : undefined;
      fail(error, undefined, operator, own, from, `Got unwanted ${what}.\nActual message: "${error?.message}"`);
    }

    function doesNotThrow(block, message) {
      try {
        block();
      } catch (error) {
        unwanted(error, 'doesNotThrow', message, doesNotThrow, 'exception');
      }
    }

    async function doesNotReject(work, message) {
      try {
        await (typeof work === 'function' ? work() : work);
      } catch (error) {
        unwanted(error, 'doesNotReject', message, doesNotReject, 'rejection');
      }
    }

    const strict = {
      equal: pair('strictEqual', Object.is, 'Expected values to be strictly equal'),
      notEqual: pair('notStrictEqual', (a, b) => !Object.is(a, b), 'Expected values not to be strictly equal'),
      deepEqual: pair('deepStrictEqual', deep.isDeepStrictEqual, 'Expected values to be strictly deep-equal'),
      notDeepEqual: pair('notDeepStrictEqual', (a, b) => !deep.isDeepStrictEqual(a, b),
        'Expected values not to be strictly deep-equal'),
    };
    const shared = {
      AssertionError, throws, rejects, doesNotThrow, doesNotReject,
      ok: (value, message) => { if (!value) assert(value, message); },
      fail: (message = 'Failed') => fail(undefined, undefined, 'fail', message, shared.fail),
      ifError(value) {
        if (value === null || value === undefined) return;
        if (value instanceof Error) throw value;
        throw failure(Error, 'ERR_ASSERTION', `ifError got unwanted exception: ${binding.inspect(value)}`);
      },
      match: pair('match', (text, pattern) => typeof text === 'string' && pattern.test(text),
        'The input did not match the regular expression'),
      doesNotMatch: pair('doesNotMatch', (text, pattern) => typeof text !== 'string' || !pattern.test(text),
        'The input was expected to not match the regular expression'),
      strictEqual: strict.equal, notStrictEqual: strict.notEqual,
      deepStrictEqual: strict.deepEqual, notDeepStrictEqual: strict.notDeepEqual,
    };
    Object.assign(assert, shared, {
      equal: pair('==', (a, b) => a == b || (a !== a && b !== b), 'Expected values to be loosely equal'),
      notEqual: pair('!=', (a, b) => a != b && (a === a || b === b), 'Expected values to be loosely unequal'),
      deepEqual: pair('deepEqual', deep.isDeepEqual, 'Expected values to be loosely deep-equal'),
      notDeepEqual: pair('notDeepEqual', (a, b) => !deep.isDeepEqual(a, b), 'Expected values not to be loosely deep-equal'),
    });
    assert.strict = Object.assign((value, message) => assert(value, message), shared, strict);
    assert.strict.strict = assert.strict;
    return assert;
  });
})
