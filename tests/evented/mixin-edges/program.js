// What mixin copies, shares, skips and replaces.
var sys = require("sys");
function show(v) { sys.puts(JSON.stringify(v)); }
// shallow: shared; deep: copied
var inner = { a: 1 }, o = process.mixin({}, { inner: inner });
sys.puts(o.inner === inner);
o = process.mixin(true, {}, { inner: inner, list: [1, { x: 1 }], f: sys.puts, d: null, u: undefined });
sys.puts(o.inner === inner); show(o); sys.puts(("u" in o) + " " + o.f === sys.puts + " " + (o.list instanceof Array));
// false is the flag too
o = process.mixin(false, { z: 1 }, { inner: inner }); sys.puts(o.inner === inner);
// one object: the global
process.mixin({ globalFromMixin: 42 }); sys.puts(globalFromMixin + " " + GLOBAL.globalFromMixin);
sys.puts(process.mixin(true, { deepGlobal: { a: 1 } }) === GLOBAL); sys.puts(deepGlobal.a);
// null and undefined sources, not objects
show(process.mixin({ a: 1 }, null, undefined, { b: 2 }, 5, "xy"));
show(process.mixin(null, { a: 1 })); show(process.mixin(5, { a: 1 })); show(process.mixin("s", { a: 1 }));
// undefined does not overwrite; null and false do
show(process.mixin({ a: 1, b: 2, c: 3 }, { a: undefined, b: null, c: false }));
// inherited
function Base() { this.own = 1; } Base.prototype.inherited = 2;
show(process.mixin({}, new Base()));
// target in source: skipped
var t = { a: 1 }; process.mixin(t, { self: t, b: 2 }); sys.puts(("self" in t) + " " + t.b);
process.mixin(true, t, { self: t, c: 3 }); sys.puts(("self" in t) + " " + t.c);
// deep into what exists
var existing = { deep: { keep: 1, arr: [1, 2, 3] } }, d = existing.deep;
process.mixin(true, existing, { deep: { add: 2, arr: [9] } }); show(existing); sys.puts(existing.deep === d);
// shallow replaces
show(process.mixin({ deep: { keep: 1 } }, { deep: { add: 2 } }));
// several, later wins
show(process.mixin({}, { a: 1, b: 1 }, { b: 2, c: 2 }, { c: 3 }));
// functions as targets; the target comes back
function F() {} sys.puts(process.mixin(F, { x: 1 }) === F); sys.puts(F.x);
// objects with a length are like arrays when deep
show(process.mixin(true, {}, { l: { length: 2, 0: "a" } }).l instanceof Array);
show(process.mixin(true, { v: 5 }, { v: { a: 1 } })); show(process.mixin(true, { v: { a: 1 } }, { v: 5 }));
show(process.mixin(true, { v: [1, 2] }, { v: [undefined, 5, 6] }));
