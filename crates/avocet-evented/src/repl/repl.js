// repl: read, evaluate, print, again.
(function (binding) {
  'use strict';
  const { ops, hooks, lib } = binding;
  const { process } = lib;

  const HELP = [
    '.break\tForget the lines of an expression that is not complete.',
    '.clear\tBreak, and forget everything in the scope.',
    '.exit\tLeave the prompt.',
    '.help\tShow this.',
  ];

  // Errors that more input could still mend.
  const INCOMPLETE = [
    /Unexpected end of input/, /missing \) after argument list/, /Unterminated template literal/,
    /Unterminated regular expression/, /Unexpected token '?\)?'? *$/, /after (array|property) list/,
    /Unterminated string/,
  ];

  let takeLine, complete;
  hooks.line = (line) => takeLine(line);
  hooks.names = (text) => complete(text);

  lib.define('repl', () => {
    process.stdio.write("Type '.help' for options.\n");
    const repl = { scope: {}, prompt: 'node> ' };
    // Modules are found beside the script; without one, in the current folder.
    const module = process.mainModule || new process.Module('.', undefined);
    // Names of the scope come before global ones; sloppy, for `with`. Called with the scope and the
    // code, which have no names of their own: all names are the user's.
    const evaluate = ops.compile('(function (require, exports, module) { return function () ' +
      '{ with (arguments[0]) { return eval(arguments[1]); } }; })', 'repl')(
      lib.requireFor(module), repl, module);
    let buffer = '', interactive = false, colourful = false, open = false;

    const ask = function () {
      const prompt = buffer === '' ? repl.prompt : '...   ';
      if (interactive) ops.line_ask(prompt);
      else process.stdio.write(prompt);
    };

    complete = function (text) {
      try {
        ops.line_offer(...lib.completions(text, repl.scope));
      } catch (error) {
        // A getter that throws has no members.
      }
    };

    function rewrite(code) {
      const variable = /^\s*(?:var|let|const)\s+([\w$]+)\s*=([\s\S]*)$/.exec(code);
      if (variable) return 'arguments[0].' + variable[1] + ' =' + variable[2];
      const named = /^\s*function\s+([_\w$]+)/.exec(code);
      return named ? 'arguments[0].' + named[1] + ' = ' + code : code;
    }

    function run(code) {
      let text = rewrite(code);
      // An object is what a line that begins with a brace most likely means.
      if (/^\s*\{[\s\S]*\}\s*$/.test(text) && !/;\s*\}\s*$/.test(text)) text = '(' + text + ')';
      const value = evaluate(repl.scope, text);
      repl.scope._ = value;
      if (value === undefined) return;
      if (colourful) ops.stderr_write(lib.paintValue(lib.sys.inspect(value)) + '\n');
      else lib.sys.p(value);
    }

    function command(line) {
      switch (line) {
        case '.break': buffer = ''; return true;
        case '.clear':
          process.stdio.write('Clearing Scope...\n');
          buffer = '';
          repl.scope = {};
          return true;
        case '.exit': close(); return true;
        case '.help': process.stdio.write(HELP.join('\n') + '\n'); return true;
      }
      return false;
    }

    function take(line) {
      const trimmed = line.trim();
      if (command(trimmed)) return;
      if (trimmed === '' && buffer === '') return;
      buffer += (buffer === '' ? '' : '\n') + line;
      try {
        run(buffer);
        buffer = '';
      } catch (error) {
        if (error instanceof SyntaxError && INCOMPLETE.some((text) => text.test(error.message))) return;
        buffer = '';
        lib.showError(error);
      }
    }
    function textOf(thrown) {
      try {
        if (thrown && thrown.stack) return own(thrown.stack);
        return typeof thrown === 'string' ? thrown : lib.sys.inspect(thrown);
      } catch (error) {
        return 'what was thrown cannot be shown';
      }
    }
    lib.showError = function (error) {
      const shown = textOf(error);
      process.stdio.write((colourful ? lib.paint('error', shown) : shown) + '\n');
    };
    const own = (stack) => String(stack).split('\n')
      .filter((line) => !/\bavocet:|\(?repl:\d|evaluate \(/.test(line)).join('\n');

    function close() {
      if (!open) return;
      open = false;
      if (interactive) ops.line_end();
      else process.stdio.close();
    }

    takeLine = function (line) {
      if (line === undefined) {
        buffer = '';
        return ask();
      }
      if (line === null) {
        open = false;
        ops.line_end();
        return process.stdio.write('\n');
      }
      take(line);
      if (open) ask();
    };

    function follow() {
      let rest = '';
      process.stdio.open();
      process.stdio.addListener('data', (data) => {
        const lines = (rest + data).split('\n');
        rest = lines.pop();
        for (const line of lines) {
          if (!open) return;
          take(line);
          if (open) ask();
        }
      });
      process.stdio.addListener('close', () => {
        if (open && rest !== '') take(rest);
        if (open) process.stdio.write('\n');
        open = false;
      });
    }

    repl.start = function (prompt) {
      if (prompt !== undefined) repl.prompt = String(prompt);
      if (open) return;
      open = true;
      const terminal = ops.line_start();
      interactive = terminal > 0;
      colourful = terminal > 1;
      if (!interactive) follow();
      ask();
    };
    return repl;
  });

  // The shell: what sys has is there without asking.
  lib.shell = function () {
    process.stdio.write('Welcome to the avocet shell.\nEnter a line of JavaScript, Control-D ends.\n');
    process.mixin(globalThis, lib.library('sys'));
    const repl = lib.library('repl');
    process.addListener('uncaughtException', lib.showError);
    repl.start();
  };
})
