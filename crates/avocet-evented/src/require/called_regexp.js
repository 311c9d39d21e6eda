// Help where a program calls a regular expression, as V8 of 2009 let it.
(function (binding) {
  'use strict';
  const { lib } = binding;

  // A literal, or the constructor, as it stands behind what it is given to.
  const REGEXP = '(?:/(?![/*])\\S|(?:new\\s+)?RegExp\\s*\\()';
  const quoted = (name) => name.replace(/\$/g, '\\$&');

  // Whether a source gives a regular expression, or a list of some, that name.
  function givesTo(name, source) {
    const to = '(?:^|[^\\w$])["\']?' + quoted(name) + '["\']?\\s*';
    const alone = to + '[=:]\\s*' + REGEXP;
    const inList = to + '[=:]\\s*[[{][^;]*?[[,:(]\\s*' + REGEXP;
    const later = to + '(?:\\[[^\\]\\n]*\\]\\s*=|\\.\\s*(?:push|unshift)\\s*\\()[^;]*?' + REGEXP;
    return new RegExp(alone + '|' + inList + '|' + later).test(source);
  }

  // Whether a name comes from elsewhere: a parameter, or a variable that is not a function's name.
  function isGiven(name, source) {
    const parameter = 'function\\b[^(){}]*\\((?:[^()]*[^\\w$])?' + quoted(name) + '(?![\\w$])[^()]*\\)';
    const variable = '(?:^|[^\\w$.])' + quoted(name) + '\\s*=(?!=)\\s*(?!function)';
    return new RegExp(parameter + '|' + variable).test(source);
  }
  // A regular expression that goes somewhere: as an argument, or into a list.
  const passed = new RegExp('[(,[:]\\s*' + REGEXP);

  // Whether what was called, as V8 writes it, may be one.
  function mayBeRegExp(called, sources) {
    if (/^\/.+\/\w*$/.test(called)) return true;
    const names = called.match(/[A-Za-z_$][\w$]*/g);
    if (names === null) return false;
    // A value out of a list has the list's name.
    const last = /[\])]$/.test(called) ? names[0] : names[names.length - 1];
    if (sources.some((source) => givesTo(last, source))) return true;
    return sources.some((source) => passed.test(source)) && sources.some((source) => isGiven(last, source));
  }

  // Adds to the stack of an error, which people read, how it is written today.
  lib.explain = function (error) {
    if (!(error instanceof TypeError)) return;
    const [, whole, called] = /^((.+?)(?:\.(?:call|apply))?) is not a function$/.exec(error.message) || [];
    if (whole === undefined || !mayBeRegExp(called, lib.sources())) return;
    const stack = String(error.stack), frames = stack.indexOf('\n    at') >>> 0;
    const plain = /^[\w$.[\]]+$|^\/.*\/$/.test(called) && !/\.[^A-Za-z_$]|\.$/.test(called);
    error.stack = stack.slice(0, frames) + '\n  a regular expression cannot be called: write ' +
      (plain ? called + '.exec(…)' : '.exec(…) behind it') + ' if it is one' + stack.slice(frames);
  };
})
