'use strict';
// What the function's imports find beyond Node.js's own rules: the module `sdk`, and ES module
// syntax in files that do not announce it. CommonJS is served in this thread and costs nothing;
// ES modules need Node.js's loader hooks, which are set up only for functions that need them.
const module_ = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const SDK = path.join(__dirname, 'sdk.js');
let wanted = false;
let provided = false;

/** Whether this generation of functions has `sdk`; earlier ones may have a package of that name. */
const sdkWanted = () => wanted;

/** `require('sdk')` finds it from here on; `import 'sdk'` after {@link provideSdk}. */
function wantSdk() {
  if (wanted) return;
  wanted = true;
  const resolve = module_._resolveFilename;
  module_._resolveFilename = function (request, ...rest) {
    return request === 'sdk' ? SDK : resolve.call(this, request, ...rest);
  };
}

function provideSdk() {
  if (provided) return;
  provided = true;
  const url = pathToFileURL(SDK).href;
  if (typeof module_.registerHooks === 'function') {
    module_.registerHooks({
      resolve: (name, context, next) => (name === 'sdk' ? { url, format: 'commonjs', shortCircuit: true } : next(name, context)),
    });
  } else {
    register(`export const resolve = async (name, context, next) => name === 'sdk'
      ? { url: ${JSON.stringify(url)}, format: 'commonjs', shortCircuit: true } : next(name, context);`);
  }
}

/** Files with `.js` in `folder`, but not in packages, are loaded as ES modules. */
function treatAsModules(folder) {
  const prefix = `${pathToFileURL(folder).href}/`;
  register(`export const load = (url, context, next) =>
    url.startsWith(${JSON.stringify(prefix)}) && /\\.js(\\?|$)/.test(url) && !url.includes('/node_modules/')
      ? next(url, { ...context, format: 'module' }) : next(url, context);`);
}

function register(source) {
  module_.register(`data:text/javascript,${encodeURIComponent(source)}`);
}

module.exports = { wantSdk, sdkWanted, provideSdk, treatAsModules };
