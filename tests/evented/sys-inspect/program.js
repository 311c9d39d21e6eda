// Values of every kind, as sys.inspect shows them.
var sys = require("sys");
function p(v) { sys.puts(sys.inspect(v)); }
p("it's \"quoted\"\n\t\\ \u0001 é"); p(""); p(0); p(-0); p(NaN); p(-Infinity); p(true); p(undefined); p(null);
p(function named(a) { return a; }); p([]); p({}); p([[]]); p([{}]); p({ a: [] });
p([1, [2, [3, [4]]]]); p({ a: { b: { c: {} } } });
var sparse = []; sparse[2] = "x"; sparse.extra = true; p(sparse);
p([undefined, null]); p({ u: undefined, n: null, f: function () {} });
var c = { name: "c" }; c.self = c; c.list = [c, { back: c }]; p(c);
var shared = { s: 1 }; p([shared, shared]);
function Base() { this.own = 1; } Base.prototype.inherited = 2; Base.prototype.method = function () {}; p(new Base());
p({ "with space": 1, 'q"uote': 2, 3: 4, "": 5 });
var g = {}; g.__defineGetter__("got", function () { return "value"; }); g.__defineSetter__("set", function () {}); p(g);
g = {}; g.__defineGetter__("bad", function () { throw new Error("no"); }); p(g);
p(new String("str")); p(new Number(5)); p(new Boolean(false));
p(arguments.length === 4); p((function () { return arguments; })(1, "two"));
sys.p([1]); sys.error("err"); sys.p("x");
p(Object.create({ proto: 1 })); p("multi\nline");
p({ e: new process.EventEmitter(), p: new process.Promise() });
