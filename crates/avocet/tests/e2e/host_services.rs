//! Functions `(subject, payload) => …` and their host services, from outside.

use std::path::Path;

use serde_json::{Value, json};

use crate::kit::http::{self, Answer};
use crate::kit::server::Server;

/// A server with an empty data folder, and a folder for sources.
struct World {
    server: Server,
    folder: tempfile::TempDir,
    _data: tempfile::TempDir,
}

impl World {
    fn with(more: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(data.path(), &[], more);
        Self { server, folder: tempfile::tempdir().unwrap(), _data: data }
    }

    fn new() -> Self {
        Self::with(&[])
    }

    /// Deploys a source that messages on `subject` call.
    fn deploy(&self, name: &str, subject: &str, source: &str) {
        self.deploy_in("default", name, subject, source);
    }

    fn deploy_in(&self, namespace: &str, name: &str, subject: &str, source: &str) {
        let file = self.folder.path().join(format!("{name}.js"));
        std::fs::write(&file, source).unwrap();
        let file = file.to_str().unwrap();
        self.server.run(&["deploy", "-f", file, "--trigger", subject, "-n", namespace]).ok();
    }

    /// Deploys a source with more lines of its `spec`.
    fn deploy_yaml(&self, name: &str, source: &str, settings: &str) {
        let folder: &Path = self.folder.path();
        crate::kit::write_function(folder, name, source, settings);
        self.server.deploy(&folder.join(name)).ok();
    }

    fn post(&self, function: &str, body: &str) -> Answer {
        let target = match function.contains('/') {
            true => format!("/{function}"),
            false => format!("/default/{function}"),
        };
        http::send(self.server.gateway, "POST", &target, &[], body.as_bytes()).unwrap()
    }

    /// The JSON that a function answers.
    fn ask(&self, function: &str, body: &str) -> Value {
        let answer = self.post(function, body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }
}

const TEXT: &str = "const text = (bytes) => new TextDecoder().decode(bytes);\n";

/// Runs the call that is the payload and gives its result, or the message of what it throws.
fn runner() -> String {
    format!(
        "{TEXT}const show = (v) => v instanceof Uint8Array ? text(v) : Array.isArray(v) ? v.map(show) : v;\n\
         (subject, payload) => {{\n\
           const [path, ...args] = JSON.parse(text(payload));\n\
           const [service, call] = path.split('.');\n\
           try {{ return {{ value: show(this.hostServices[service][call](...args)) ?? null }} }}\n\
           catch (error) {{ return {{ error: error.message }} }}\n\
         }}"
    )
}

impl World {
    /// The result of one host service, or what it throws.
    fn call(&self, function: &str, call: Value) -> Result<Value, String> {
        let mut answer = self.ask(function, &call.to_string());
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["value"].take()),
        }
    }
}

#[test]
fn a_post_is_a_message() {
    let world = World::new();
    world.deploy(
        "echo",
        "echo.*",
        &format!("{TEXT}(s, p) => p.length > 3 ? [s, text(p)] : p.length > 0 ? p : null"),
    );
    let answer = world.post("echo", "{not json");
    assert_eq!((answer.status, answer.text()), (200, r#"["echo.*","{not json"]"#.to_owned()));
    assert!(answer.header("content-type").unwrap().starts_with("application/json"));
    let answer = world.post("echo", "\u{1}\u{2}");
    assert_eq!(answer.header("content-type").as_deref(), Some("application/octet-stream"));
    assert_eq!(answer.body, [1, 2]);
    assert_eq!(world.post("echo", "").status, 204);
    let answer = world.server.get("echo", "");
    assert_eq!((answer.status, answer.header("allow").as_deref()), (405, Some("POST")));
    world.deploy("broken", "broken", "() => { throw new Error('no') }");
    assert_eq!(world.post("broken", "").status, 500);
    world.deploy_yaml(
        "slow",
        "() => { for (;;); }",
        "  timeout: 200ms\n  triggers:\n    subjects: [slow]\n",
    );
    assert_eq!(world.post("slow", "").status, 408);
}

#[test]
fn keys_and_values_are_kept_and_are_their_functions_own() {
    let world = World::new();
    world.deploy("one", "one", &runner());
    world.deploy("two", "two", &runner());
    world.deploy_in("other", "one", "three", &runner());
    let call = |function: &str, call: Value| world.call(function, call);
    assert_eq!(call("one", json!(["kv.keys"])), Ok(json!([])));
    for (key, value) in [("b", json!("text")), ("a/b=c.d-_", json!({ "n": 1 })), ("B", json!(null))]
    {
        assert_eq!(call("one", json!(["kv.set", key, value])), Ok(Value::Null));
    }
    assert_eq!(call("one", json!(["kv.keys"])), Ok(json!(["B", "a/b=c.d-_", "b"])));
    assert_eq!(call("one", json!(["kv.get", "b"])), Ok(json!("text")));
    assert_eq!(call("one", json!(["kv.get", "a/b=c.d-_"])), Ok(json!("{\"n\":1}")));
    assert_eq!(call("one", json!(["kv.get", "B"])), Ok(json!("null")));
    for other in ["two", "other/one"] {
        assert_eq!(call(other, json!(["kv.keys"])), Ok(json!([])), "{other}");
        let missing = "kv.get \"b\": there is no such key".to_owned();
        assert_eq!(call(other, json!(["kv.get", "b"])), Err(missing));
    }
    for _ in 0..2 {
        assert_eq!(call("one", json!(["kv.delete", "b"])), Ok(Value::Null));
    }
    assert_eq!(call("one", json!(["kv.increment", "n", 5])), Ok(json!(5)));
    assert_eq!(call("one", json!(["kv.increment", "n"])), Ok(json!(6)));
    let wrong = call("one", json!(["kv.set", "B", 1, { "ifRevision": 0 }])).unwrap_err();
    assert!(wrong.starts_with("kv.set \"B\": "), "{wrong}");
    for bad in ["", ".a", "a.", "a..b", "a b", "ä"] {
        let error = call("one", json!(["kv.set", bad, 1])).unwrap_err();
        assert!(error.starts_with(&format!("kv.set {}: ", json!(bad))), "{error}");
    }
    let large = "x".repeat(600_000);
    let full = call("one", json!(["kv.set", "large", large])).unwrap_err();
    assert!(full.contains("the limit is 524288"), "{full}");
    assert_eq!(call("one", json!(["kv.keys"])), Ok(json!(["B", "a/b=c.d-_", "n"])));
}

#[test]
fn objects_travel_in_pieces() {
    let world = World::new();
    world.deploy("store", "store", &runner());
    world.deploy(
        "large",
        "large",
        "() => { const o = hostServices.objectStore; const data = new Uint8Array(3_000_001).map((_, i) => i);\n\
         const info = o.put('large', data); const back = o.get('large');\n\
         return [info.size, info.chunks, info.digest.slice(0, 8), back.length === data.length && back.every((b, i) => b === data[i])] }",
    );
    assert_eq!(world.ask("large", ""), json!([3_000_001, 23, "SHA-256=", true]));
    let call = |call: Value| world.call("store", call);
    assert_eq!(call(json!(["objectStore.list"])), Ok(json!([])));
    let info = call(json!(["objectStore.put", "a name / ä", "hello"])).unwrap();
    assert_eq!((&info["name"], &info["size"]), (&json!("a name / ä"), &json!(5)));
    assert_eq!(info["digest"], "SHA-256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    assert_eq!(call(json!(["objectStore.list"])), Ok(json!([info])));
    assert_eq!(call(json!(["objectStore.get", "a name / ä"])), Ok(json!("hello")));
    for _ in 0..2 {
        assert_eq!(call(json!(["objectStore.delete", "a name / ä"])), Ok(Value::Null));
    }
    let missing = "objectStore.get \"a name / ä\": there is no such object".to_owned();
    assert_eq!(call(json!(["objectStore.get", "a name / ä"])), Err(missing));
    assert!(call(json!(["objectStore.put", "", "x"])).unwrap_err().contains("empty"));
}

#[test]
fn functions_ask_each_other_by_subjects() {
    let world = World::new();
    world.deploy("ask", "ask", &runner());
    world.deploy("answer", "answer.*", &format!("{TEXT}(s, p) => `${{s}} ${{text(p)}}`"));
    world.deploy("silent", "silent", "() => {}");
    world.deploy("broken", "broken", "() => { throw new Error('out of stock') }");
    world.deploy_yaml(
        "never",
        "() => new Promise(() => {})",
        "  triggers:\n    subjects: [never]\n",
    );
    let call = |call: Value| world.call("ask", call);
    assert_eq!(call(json!(["messaging.request", "answer.a", "hi"])), Ok(json!("\"answer.a hi\"")));
    assert_eq!(call(json!(["messaging.request", "silent", ""])), Ok(json!("")));
    let error = |subject: &str| call(json!(["messaging.request", subject, "x"])).unwrap_err();
    assert_eq!(error("broken"), "messaging.request \"broken\": out of stock");
    assert_eq!(
        error("nobody"),
        "messaging.request \"nobody\": nobody serves the subject \"nobody\""
    );
    assert!(error("never").ends_with("within 750 ms"), "{}", error("never"));
    for bad in ["", "a..b", "a b", "a.*", "$KV.x", "_INBOX.x"] {
        for call_name in ["messaging.publish", "messaging.request", "messaging.requestMany"] {
            let refused = call(json!([call_name, bad, "x"])).unwrap_err();
            assert!(refused.starts_with(&format!("{call_name} {}: ", json!(bad))), "{refused}");
        }
    }
    assert_eq!(call(json!(["messaging.requestMany", "nobody", "x"])), Ok(json!([])));
    world.deploy("second", "answer.>", "() => 2");
    let mut both = call(json!(["messaging.requestMany", "answer.a", "x"])).unwrap();
    both.as_array_mut().unwrap().sort_by_key(ToString::to_string);
    assert_eq!(both, json!(["2", "\"answer.a x\""]));
}

#[test]
fn a_function_can_ask_itself() {
    let world = World::new();
    world.deploy(
        "factorial",
        "factorial",
        &format!(
            "{TEXT}(s, p) => {{ const n = Number(text(p)); return n < 2 ? 1 : \
             n * Number(text(hostServices.messaging.request('factorial', String(n - 1)))) }}"
        ),
    );
    assert_eq!(world.ask("factorial", "4"), json!(24));
}

#[test]
fn messages_call_functions_once_each_until_they_are_deleted() {
    let world = World::new();
    world.deploy("ask", "ask", &runner());
    let count = format!(
        "{TEXT}(s, p) => {{ const kv = hostServices.kv; if (text(p) === 'count') return kv.keys().map((k) => text(kv.get(k))); kv.increment('n') }}"
    );
    world.deploy_yaml(
        "count",
        &count,
        "  triggers:\n    subjects: [\"jobs.>\", \"jobs.*\", jobs.a]\n",
    );
    for _ in 0..20 {
        world.call("ask", json!(["messaging.publish", "jobs.a", "x"])).unwrap();
    }
    // A request on the same subjects comes behind them in the queue, but may be handled beside them.
    let seen = |world: &World| world.ask("count", "count");
    while seen(&world) != json!(["20"]) {
        assert!(
            seen(&world).as_array().unwrap().first().is_none_or(|n| n
                .as_str()
                .unwrap()
                .parse::<u32>()
                .unwrap()
                <= 20)
        );
    }
    world.call("ask", json!(["messaging.request", "jobs.a", "x"])).unwrap();
    assert_eq!(seen(&world), json!(["21"]));
    world.server.run(&["delete", "function", "count"]).ok();
    let error = world.call("ask", json!(["messaging.request", "jobs.a", "x"])).unwrap_err();
    assert!(error.contains("nobody serves"), "{error}");
}
