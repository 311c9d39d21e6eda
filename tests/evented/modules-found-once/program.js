// A module that was found on the search path stays the one of its name, whatever path comes
// before it later.
var sys = require("sys"), here = require("path").dirname(__filename);
require.paths.unshift(here + "/one");
var thing = require("thing");
require.paths.unshift(here + "/two");
sys.puts(thing.from + " " + (require("thing") === thing));
sys.puts(String(require("sys") === sys));
sys.puts(require("other").from);
require.async("thing").addCallback(function (same) { sys.puts(String(same === thing)); });
