const { add } = require('./lib/add');
const data = require('./data');
console.log(add(1, 2), data.name, __filename, __dirname, require('./lib/add').add === add);
try { require('./nothing'); } catch (error) { console.log(error.code, error.message); }
try { require('./lib/broken'); } catch (error) { console.log(error.name, error.message); }
import('./lib/esm.mjs').then((m) => console.log(m.default, m.named, Object.keys(m)));
import('./absent.js').catch((error) => console.log(error.code));
console.log(require('./lib/esm.mjs').named);
