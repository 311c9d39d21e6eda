//! Breaches of each limit on Node.js and Python: a status, a line in the function's log that
//! names the setting, and a count.

use std::path::Path;

use crate::kit::http::{self, Answer};
use crate::kit::server::Server;

const NODE: &str = "exports.main = (event) => {\n\
    const what = event.extensions.request.path;\n\
    if (what === '/fill') { const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1)); }\n\
    if (what === '/hold') { console.log('held'); return new Promise(() => {}); }\n\
    return 'fine';\n};\n";

const PYTHON: &str = "import time\n\n\
    def main(event, context):\n    what = event['extensions']['request'].path\n    \
    if what == '/fill':\n        everything = []\n        while True:\n            \
    everything.append(b'x' * (1 << 20))\n    \
    if what == '/hold':\n        print('held')\n        time.sleep(3600)\n    return 'fine'\n";

fn deploy(server: &Server, sources: &Path, name: &str, runtime: &str, settings: &str) {
    let folder = sources.join(name);
    std::fs::create_dir(&folder).unwrap();
    let (file, code) = match runtime.starts_with("python") {
        true => ("handler.py", PYTHON),
        false => ("handler.js", NODE),
    };
    std::fs::write(folder.join(file), code).unwrap();
    let yaml = format!(
        "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\nmetadata: {{name: {name}}}\n\
         spec:\n  runtime: {runtime}\n  source: {{dir: .}}\n{settings}"
    );
    std::fs::write(folder.join("function.yaml"), yaml).unwrap();
    server.deploy(&folder).ok();
}

/// The answer's status, its line in the log and its count are there.
fn told(server: &Server, name: &str, answer: &Answer, status: u16, limit: &str, setting: &str) {
    assert_eq!(answer.status, status, "{name}: {}", answer.text());
    let log = server.follow(name);
    log.line_where(|line| line.contains("\"level\":\"error\"") && line.contains(setting));
    let metrics = server.get(name, "/metrics").text();
    let count = format!(
        "function_limit_breaches_total{{function=\"{name}\",namespace=\"default\",limit=\"{limit}\"}} 1"
    );
    assert!(metrics.lines().any(|line| line == count), "{name}: {metrics}");
}

fn check(family: &str, runtime: &str) {
    let (data, sources) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path(), &[], &[]);
    let named = |what: &str| format!("{family}-{what}");
    let begin = |what: &str, settings: &str| {
        deploy(&server, sources.path(), &named(what), runtime, settings);
        named(what)
    };

    let memory = "  resourceConfiguration: {function: {resources: {limits: {memory: 160Mi}}}}\n";
    let name = begin("memory", memory);
    let answer = server.get(&name, "/fill");
    let setting = "spec.resourceConfiguration.function, FUNC_MEMORY_LIMIT";
    told(&server, &name, &answer, 500, "memory", setting);
    assert_eq!(server.get(&name, "/").text(), "fine");

    let name = begin("timeout", "  timeout: 500ms\n");
    let answer = server.get(&name, "/hold");
    told(&server, &name, &answer, 408, "timeout", "spec.timeout, FUNC_TIMEOUT");

    let name = begin("body", "  bodyLimit: 1Ki\n");
    let target = format!("/default/{name}/");
    let answer = http::send(server.gateway, "POST", &target, &[], &[b'x'; 1025]).unwrap();
    told(&server, &name, &answer, 413, "body", "spec.bodyLimit, FUNC_BODY_MB_LIMIT");

    let one = "  concurrency: 1\n  queue: 0\n  scaleConfig: {maxReplicas: 1}\n";
    let name = begin("concurrency", one);
    let log = server.follow(&name);
    let (gateway, held) = (server.gateway, format!("/default/{name}/hold"));
    // It is held until the server ends, which is when nobody waits for its answer any more.
    std::thread::spawn(move || http::send(gateway, "GET", &held, &[], b""));
    log.line_where(|line| line.contains("\"held\""));
    let answer = server.get(&name, "/");
    told(&server, &name, &answer, 503, "concurrency", "spec.concurrency");
    assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
}

#[test]
fn limits_on_nodejs_have_their_status_line_and_count() {
    check("node", "nodejs20");
}

#[test]
fn limits_on_python_have_their_status_line_and_count() {
    check("python", "python312");
}
