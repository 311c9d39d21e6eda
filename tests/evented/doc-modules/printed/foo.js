var circle = require("./circle"),
var sys = require("sys");
sys.puts("The area of a circle of radius 4 is " + circle.area(4));
