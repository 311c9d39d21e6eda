// Emitters made in each of the ways of the time.
var sys = require("sys");
function A() { process.EventEmitter.call(this); this.name = "A"; } process.inherits(A, process.EventEmitter); A.prototype.hi = function () { this.emit("hi", this.name); };
function B() { A.call(this); this.name = "B"; } sys.inherits(B, A);
function C() { this.name = "C"; } C.prototype.__proto__ = process.EventEmitter.prototype; C.prototype.hi = A.prototype.hi;
var d = { name: "D", __proto__: process.EventEmitter.prototype, hi: A.prototype.hi };
function E() { this.name = "E"; } E.prototype = new process.EventEmitter(); E.prototype.hi = A.prototype.hi;
var f = process.mixin({ name: "F", hi: A.prototype.hi }, process.EventEmitter.prototype);
[new A(), new B(), new C(), d, new E(), f].forEach(function (o) {
  o.addListener("newListener", function (n) { if (n !== "newListener") sys.print("new " + n + " "); });
  o.addListener("hi", function (n) { sys.puts(n + " " + (this === o) + " " + (o instanceof process.EventEmitter)); });
  o.hi();
});
var e1 = new E(), e2 = new E(), seen = 0; e1.addListener("x", function () { seen++; }); e2.emit("x"); sys.puts(seen);
sys.puts([B.super_ === A, A.super_ === process.EventEmitter, new B().constructor === B, new B() instanceof A, "constructor" in B.prototype].join());
var keys = []; for (var k in B.prototype) keys.push(k); sys.puts(keys.sort().join());
// emit of one's own
function G() {} process.inherits(G, process.EventEmitter); G.prototype.emit = function (type) { sys.puts("G emits " + type); return process.EventEmitter.prototype.emit.apply(this, arguments); };
var g = new G(); g.addListener("z", function (v) { sys.puts("z " + v); }); g.emit("z", 1);
sys.puts(process instanceof process.EventEmitter); process.addListener("mine", function (v) { sys.puts("process " + v); }); process.emit("mine", 3);
sys.puts(typeof process._events);
