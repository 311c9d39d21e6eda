var repl = require("repl");
counter = 1;
repl.start("> ");
repl.scope.local = "visible";
