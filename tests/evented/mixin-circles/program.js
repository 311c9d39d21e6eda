// Deep copies of what leads back to itself, of what is linked in all directions, and of what is no
// plain object.
var sys = require("sys");
function is(text, value) { sys.puts(text + ": " + value); }

// A circle ends with the copy that is being made.
var a = { name: "a" }; a.self = a; a.list = [a, { up: a }];
var copy = process.mixin(true, {}, a);
is("own circle", copy !== a && copy.self === copy && copy.list[0] === copy && copy.list[1].up === copy);
var one = { n: 1 }, two = { n: 2, other: one }; one.other = two;
copy = process.mixin(true, {}, { one: one });
is("two", copy.one.other.other === copy.one && copy.one !== one && copy.one.other !== two);
copy = process.mixin(true, { self: { kept: true } }, a);
is("over what was there", copy.self === copy || copy.self.kept);
process.mixin(true, copy, copy); is("into itself", copy.name);
copy = process.mixin(true, {}, a, { a: a }, a); is("several", copy.a !== copy && copy.a !== a && copy.a.self === copy.a);

// What is met again elsewhere is copied again.
var shared = { n: 1 }; copy = process.mixin(true, {}, { x: shared, y: shared });
copy.x.n = 2; is("twice", copy.y.n + " " + shared.n);

// A tree whose nodes know their parents and each other, and everything that knows everything.
var root = { nodes: [] }, all = [];
for (var i = 0; i < 30; i++) {
  var node = { root: root, before: root.nodes[i - 1] || null, nodes: root.nodes };
  if (node.before) node.before.after = node;
  root.nodes.push(node);
}
copy = process.mixin(true, {}, root);
is("tree", copy.nodes.length + " " + (copy.nodes[3].root === copy) + " " + (copy.nodes[4].before !== root.nodes[3]));
for (i = 0; i < 40; i++) all.push({ i: i });
all.forEach(function (x) { all.forEach(function (y) { x["to" + y.i] = y; }); });
copy = process.mixin(true, [], all); is("all to all", copy[7].to9.to3.i + " " + (copy[7] !== all[7]));

// Regular expressions were functions: they are shared. So are dates, of which nothing can be copied.
var options = { route: /^\/(\w+)$/g, when: new Date(0), f: sys.puts }; copy = process.mixin(true, {}, options);
is("regexp", copy.route.exec("/x")[1] + " " + copy.when.getTime() + " " + (copy.f === sys.puts));

// A name that would be a prototype is a name.
copy = process.mixin(true, {}, JSON.parse('{"__proto__": {"polluted": true}, "x": {"__proto__": 1}}'));
is("__proto__", {}.polluted + " " + copy.polluted + " " + Object.keys(copy).join());
// What cannot be set stays.
is("frozen", JSON.stringify(process.mixin(true, Object.freeze({ a: 1 }), { a: 2, b: 3 })));
// Whatever there is ends.
is("process", process.mixin(true, {}, process).pid === process.pid);
is("globals", typeof process.mixin(true, {}, GLOBAL));
is("module", process.mixin(true, {}, module).id);
is("emitter", process.mixin(true, {}, new process.Promise().addCallback(sys.puts))._events.success[0] === sys.puts);
