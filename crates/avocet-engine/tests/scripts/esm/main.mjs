import { add } from './lib/math.js';
import old, { twice } from './lib/old.cjs';
import data from './data.json';
import * as self from './lib/cycle-a.mjs';
import { basename } from 'node:path';
console.log(add(1, 2), old.twice(4), twice(5), data.name, self.a, basename('/x/y.js'));
console.log(import.meta.url, import.meta.filename);
const later = await import('./lib/later.mjs');
console.log(later.value, typeof require, this);
