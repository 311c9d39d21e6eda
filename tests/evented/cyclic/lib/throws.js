exports.before = "partial";
throw new Error("thrown by the module");
