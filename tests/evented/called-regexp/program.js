// A regular expression cannot be called any more: the stack of the error says what to write.
var sys = require("sys"), matchers = require("./matchers");
process.addListener("uncaughtException", function (e) { sys.puts(e.message + "\n" + e.stack.split("\n")[1].replace(/\(.*\//, "(")); });
var route = /^\/item\/(\d+)$/, made = new RegExp("a+"), late, routes = [], table = { "/": /^\/$/, "item": /item/ };
late = /x/;
function add(pattern, f) { routes.push({ pattern: pattern, f: f }); }
add(/^\/user\/(\w+)$/, function () {});
var calls = [
  function () { route("/item/7"); },
  function () { made("aa"); },
  function () { late("x"); },
  function () { /b+/("b"); },
  function () { route.call(null, "/item/7"); },
  function () { for (var i = 0; i < routes.length; i++) routes[i].pattern("/user/x"); },
  function () { routes.forEach(function (r) { var test = r.pattern; test("/user/x"); }); },
  function () { table["/"]("/"); },
  function () { table.item("item"); },
  function () { matchers.tag("{{ x }}"); },
  function () { matchers.all[0]("{{ x }}"); },
  function () { matchers.match(route, "/item/7"); },
  function () { new matchers.Template().parse("{{ x }}"); },
  // What is something else gets no such advice.
  function () { var undefinedThing; undefinedThing(); },
  function () { sys.putz("x"); },
  function () { process.nothing.call(); },
  function () { (5)(); },
  function () { throw new TypeError("route is a function"); }
];
calls.forEach(function (call, i) { setTimeout(call, i); });
var promise = new process.Promise();
promise.addCallback(function () { route("in a promise"); });
setTimeout(function () { promise.emitSuccess(); }, 30);
