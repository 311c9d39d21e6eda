// path
(function (binding) {
  'use strict';
  const { lib } = binding;
  const path = lib.path = {};

  path.normalizeArray = function (parts) {
    const kept = [];
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (part === '.' || (part === '' && i > 0)) continue;
      const last = kept[kept.length - 1];
      if (part === '..' && kept.length > 0 && last !== '..' && last !== '') kept.pop();
      else if (part === '..' && last === '' && kept.length === 1) continue;
      else kept.push(part);
    }
    return kept;
  };
  path.normalize = (text) => path.normalizeArray(String(text).split('/')).join('/');
  path.join = function () {
    return path.normalize(Array.prototype.join.call(arguments, '/'));
  };
  path.dirname = function (text) {
    text = String(text);
    if (text[0] !== '/') text = './' + text.replace(/^\.\//, '');
    return text.slice(0, text.lastIndexOf('/'));
  };
  path.filename = (text) => String(text).slice(String(text).lastIndexOf('/') + 1);
  path.exists = function (text, callback) {
    lib.posix.stat(text).addCallback(() => callback && callback(true))
      .addErrback(() => callback && callback(false));
  };
})
