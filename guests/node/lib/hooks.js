'use strict';
// What the function's imports find beyond Node.js's own rules: the modules `avocet` and `sdk`, the packages beside
// the worker (as those of a cluster's image are beside a function), and ES module syntax in files
// that do not announce it. What the function's own folder has comes first. CommonJS is served in this
// thread and costs nothing; ES modules need Node.js's loader hooks, which an older Node.js runs on a
// thread of their own: there they are set up only for functions that import something.
const fs = require('node:fs');
const module_ = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const SDK = path.join(__dirname, 'sdk.js');
const SERVICES = path.join(__dirname, 'avocet.js');
const WORKER = path.join(__dirname, '..', 'worker.js');
const PACKAGES = path.join(__dirname, '..', 'node_modules');

/** A name that is looked for among packages. */
const isBare = (name) => /^[@A-Za-z0-9]/.test(name) && !/^[A-Za-z]+:/.test(name);

let hasSdk = false;
let imports = false;

/** `require` finds them from here on, and `import` where that is cheap. `sdk`: whether this
 * generation of functions has the module of that name; earlier ones may have a package of it. */
function provide(sdk) {
  hasSdk = sdk;
  const resolve = module_._resolveFilename;
  const beside = { id: WORKER, filename: WORKER, paths: [PACKAGES] };
  module_._resolveFilename = function (request, ...rest) {
    if (sdk && request === 'sdk') return SDK;
    try {
      return resolve.call(this, request, ...rest);
    } catch (error) {
      if (error?.code !== 'MODULE_NOT_FOUND' || !isBare(request)) throw error;
      if (request === 'avocet') return SERVICES;
      try {
        return resolve.call(this, request, beside, false);
      } catch {
        // Older releases did not say which of their files others may ask for.
        const inside = path.join(PACKAGES, request);
        if (fs.existsSync(inside) || fs.existsSync(`${inside}.js`)) return resolve.call(this, inside, beside, false);
        throw error;
      }
    }
  };
  if (typeof module_.registerHooks === 'function') provideImports();
}

/** Before the file is loaded, where it may import something. Returns whether it has to be imported
 * itself, because hooks on another thread do not see what `require` loads. */
function provideFor(file) {
  if (imports) return false;
  const source = fs.readFileSync(file, 'utf8');
  if (!/\bimport\b/.test(source)) return false;
  provideImports();
  return process.features.require_module === true && /^\s*import\b(?!\s*\()/m.test(source);
}

function provideImports() {
  imports = true;
  const sdk = hasSdk ? pathToFileURL(SDK).href : null;
  const services = pathToFileURL(SERVICES).href;
  const worker = pathToFileURL(WORKER).href;
  if (typeof module_.registerHooks === 'function') {
    module_.registerHooks({ resolve: resolver({ sdk, services, worker }, isBare) });
    return;
  }
  register(`export const resolve = async (name, context, next) => {
    if (name === 'sdk' && ${Boolean(sdk)}) return { url: ${JSON.stringify(sdk)}, format: 'commonjs', shortCircuit: true };
    try {
      return await next(name, context);
    } catch (error) {
      if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !(${isBare})(name)) throw error;
      if (name === 'avocet') return { url: ${JSON.stringify(services)}, format: 'commonjs', shortCircuit: true };
      return next(name, { ...context, parentURL: ${JSON.stringify(worker)} }).catch(() => { throw error; });
    }
  };`);
}

function resolver({ sdk, services, worker }, bare) {
  return (name, context, next) => {
    if (sdk !== null && name === 'sdk') return { url: sdk, format: 'commonjs', shortCircuit: true };
    try {
      return next(name, context);
    } catch (error) {
      if (!/MODULE_NOT_FOUND$/.test(error?.code) || !bare(name)) throw error;
      if (name === 'avocet') return { url: services, format: 'commonjs', shortCircuit: true };
      try {
        return next(name, { ...context, parentURL: worker });
      } catch {
        throw error;
      }
    }
  };
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

module.exports = { provide, provideFor, treatAsModules };
