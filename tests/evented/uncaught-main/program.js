var x = 1;
throw new Error("from the main module");
