var count = 5;
repl.start();
repl.scope.count = count;
