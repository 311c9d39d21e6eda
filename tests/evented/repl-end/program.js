require("repl").start("");
