import { missing } from './other.mjs';
console.log(missing);
