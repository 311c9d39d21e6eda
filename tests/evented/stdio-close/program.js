process.stdio.open();
process.stdio.addListener("close", function () { process.stdio.write("closed\n"); });
setTimeout(function () { process.stdio.close(); process.stdio.write("first\n"); }, 0);
