leaked = "leaked";
