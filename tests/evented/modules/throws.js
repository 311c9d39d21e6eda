exports.partial = "before";
throw new Error("thrown by a module");
