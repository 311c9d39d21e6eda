// A finalization registry is told between pieces of work; without garbage collection nothing
// happens, so this only shows that the program ends.
const registry = new FinalizationRegistry((name) => console.log('gone', name));
(() => { registry.register({}, 'object'); })();
const weak = new WeakRef({ kept: true });
console.log(weak.deref().kept);
setTimeout(() => console.log('end'), 1);
