// Modules of scripts, in the order in which their JavaScript is evaluated: each is a folder with its
// operations (`table.rs`) and its JavaScript. The build script reads this list too.
modules! {
    base: "base.js", "held.js", "emitter.js";
    stream: "stream.js";
    promise: "promise.js";
    timers: "timers.js";
    process: "constants.js", "process.js", "mixin.js";
    signals: "signals.js";
    stdio: "stdio.js";
    posix: "posix.js";
    child: "child.js";
    tcp: "tcp.js";
    http: "incoming.js", "outgoing.js", "server.js", "client.js";
    tls: "tls.js";
    dns: "dns.js";
    repl: "line.js", "repl.js";
    require: "called_regexp.js", "require.js";
    library: "path.js", "sys.js", "uri.js", "multipart.js", "watch.js", "file.js", "assert.js",
        "globals.js";
}
