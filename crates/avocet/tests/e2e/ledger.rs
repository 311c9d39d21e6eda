//! Events as people publish them, look at them and deliver them again.

use std::path::Path;

use serde_json::{Value, json};

use crate::kit::command::run_in;
use crate::kit::http;
use crate::kit::server::{Process, Server};
use crate::kit::write_function;

/// A subscription of a function to orders, which are tried again soon, three times.
fn subscribe(folder: &Path, function: &str) {
    let yaml = format!(
        "apiVersion: eventing.kyma-project.io/v1alpha2\nkind: Subscription\nmetadata:\n  \
         name: {function}\nspec:\n  sink: http://{function}.default.svc.cluster.local\n  \
         source: \"\"\n  types: [\"order.*\"]\n  config:\n    maxDeliveries: 3\n    backoff:\n      \
         min: 10ms\n      max: 20ms\n"
    );
    std::fs::write(folder.join(function).join("subscription.yaml"), yaml).unwrap();
}

/// Serves a function that gets orders.
fn serve(folder: &Path, name: &str, source: &str) -> Server {
    write_function(folder, name, source, "");
    subscribe(folder, name);
    Server::start(&folder.join("data"), &[&folder.join(name)], &[])
}

const OK: &str = "exports.main = () => 'ok';\n";
const FAILS: &str = "exports.main = () => { throw new Error('not today'); };\n";
const TWICE: &str = "let calls = 0;\nexports.main = (event) => {\n  calls += 1;\n  \
                     console.log('call ' + calls + ' of ' + event.data.order);\n  \
                     if (calls < 3) throw new Error('not yet');\n};\n";

/// Follows what becomes of events, and knows when it is listening: an event of its own comes first.
struct Tail(Process);

impl Tail {
    fn of(server: &Server) -> Self {
        let process = Process::start(["events", "tail", "-o", "json", "--server", &server.admin]);
        // Until one is heard: those that came before the follower did are not.
        loop {
            server.run(&["emit", "listening"]).ok();
            if process.is_heard() {
                return Self(process);
            }
        }
    }

    /// The event once its only delivery is in this state.
    fn until(&self, id: &str, state: &str) -> Value {
        let line = self.0.line_where(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["id"] == id && event["deliveries"][0]["state"] == state
        });
        serde_json::from_str(&line).unwrap()
    }
}

fn show(server: &Server, id: &str) -> Value {
    server.run(&["events", "show", id, "-o", "json"]).json()
}

#[test]
fn an_event_is_emitted_tried_again_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path(), "flaky", TWICE);
    let tail = Tail::of(&server);
    let id = server.run(&["emit", "order.created", "-d", r#"{"order":7}"#, "--id", "o-7"]).ok();
    assert_eq!(id, "o-7\n");
    tail.until("o-7", "done");
    let event = show(&server, "o-7");
    assert_eq!(
        (&event["data"], &event["source"]),
        (&json!({ "order": 7 }), &json!("/avocet/emit"))
    );
    let attempts = event["deliveries"][0]["attempts"].as_array().unwrap();
    let statuses: Vec<_> = attempts.iter().map(|attempt| &attempt["status"]).collect();
    assert_eq!(statuses, [500, 500, 200]);
    let error = attempts[0]["error"].as_str().unwrap();
    assert!(error.contains("not yet") && error.contains("handler.js:5"), "{error}");
    assert!(attempts[0]["log"].to_string().contains("call 1 of 7"), "{}", attempts[0]);
    assert_eq!(attempts[2]["log"], json!(["call 3 of 7"]));
    let told = server.run(&["events", "show", "o-7"]).ok();
    for part in ["order.created", "default/flaky", "done", "not yet", "| call 3 of 7"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let list = server.run(&["events", "list", "--type", "order.*"]).ok();
    assert!(list.starts_with("STATE") && list.contains("done") && list.contains("o-7"), "{list}");
    let none = server.run(&["events", "list", "--state", "dead"]);
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("", "no events\n"));
    let missing = server.run(&["events", "show", "o-8"]).fails(4);
    assert!(missing.contains("no event \"o-8\""), "{missing}");
}

#[test]
fn a_dead_event_is_replayed_once_its_function_is_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path(), "order", FAILS);
    let tail = Tail::of(&server);
    server.run(&["emit", "order.created", "--id", "o-1"]).ok();
    tail.until("o-1", "dead");
    let dead = server.run(&["events", "dead", "--function", "order", "-o", "json"]).json();
    let delivery = &dead["events"][0]["deliveries"][0];
    assert_eq!((&delivery["function"], &delivery["state"]), (&json!("order"), &json!("dead")));
    let reason = delivery["reason"].as_str().unwrap();
    assert!(reason.contains("failed 3 times"), "{reason}");
    let told = server.run(&["events", "dead"]).ok();
    assert!(told.contains("not today"), "{told}");
    write_function(folder.path(), "order", OK, "");
    server.deploy(&folder.path().join("order")).ok();
    let report = server.run(&["events", "replay", "--dead", "--function", "order"]).ok();
    assert_eq!(report, "replayed  1 delivery\n");
    tail.until("o-1", "done");
    let report = server.run(&["events", "purge", "o-2"]).fails(4);
    assert!(report.contains("no event \"o-2\""), "{report}");
}

#[test]
fn what_is_exported_is_emitted_imported_and_replayed_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[], &[]);
    let lines = "{\"type\":\"order.created\",\"id\":\"1\",\"data\":{\"order\":1}}\n\n\
                 {\"type\":\"order.paid\",\"id\":\"2\",\"source\":\"/shop\"}\n";
    let file = folder.path().join("events.jsonl");
    std::fs::write(&file, lines).unwrap();
    let emitted = server.run(&["emit", "-f", file.to_str().unwrap()]).ok();
    assert_eq!(emitted, "accepted  2 of 2 events\n");
    let exported = server.run(&["events", "export"]).ok();
    let ids = |text: &str| -> Vec<Value> {
        let event = |line| serde_json::from_str::<Value>(line).unwrap()["id"].clone();
        text.lines().map(event).collect()
    };
    assert_eq!(ids(&exported), ["1", "2"]);
    std::fs::write(&file, &exported).unwrap();
    let other = Server::start(&folder.path().join("other"), &[], &[]);
    let args = ["events", "import", "-", "--server", &other.admin];
    let imported = run_in(folder.path(), args, exported.as_bytes()).ok();
    assert_eq!(imported, "imported  2 events\n");
    assert_eq!(other.run(&["events", "export"]).ok(), exported);
    // On a laptop nobody subscribes to them.
    write_function(folder.path(), "order", TWICE.replace("calls < 3", "false").as_str(), "");
    let dev = Process::start([
        "dev",
        folder.path().join("order").to_str().unwrap(),
        "--replay",
        file.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
        "-o",
        "json",
    ]);
    dev.line_where(|line| line.contains("call 1 of 1"));
}

#[test]
fn an_asynchronous_call_is_answered_where_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let source = "exports.main = (event) => {\n  event.setResponseHeader('x-made-by', 'me');\n  \
                  event.setResponseStatus(201);\n  return { twice: event.data.n * 2 };\n};\n";
    let server = serve(folder.path(), "double", source);
    let tail = Tail::of(&server);
    let headers = [
        ("Prefer".to_owned(), b"respond-async".to_vec()),
        ("Content-Type".to_owned(), b"application/json".to_vec()),
    ];
    let answer = http::send(server.gateway, "POST", "/default/double", &headers, br#"{"n":21}"#);
    let answer = answer.unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text());
    let location = answer.header("location").unwrap();
    tail.until(location.rsplit('/').next().unwrap(), "done");
    let result = http::get(server.gateway, &location);
    assert_eq!((result.status, result.text()), (201, r#"{"twice":42}"#.to_owned()));
    assert_eq!(result.header("x-made-by").as_deref(), Some("me"));
}

#[test]
fn what_cannot_be_emitted_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[], &[]);
    let own = server.run(&["emit", "_avocet.call"]).fails(3);
    assert!(own.contains("\"type\""), "{own}");
    let empty = server.run(&["emit", "order", "-H", "ce-time: yesterday"]).fails(3);
    assert!(empty.contains("\"time\""), "{empty}");
    let run =
        |lines: &[u8]| run_in(folder.path(), ["emit", "-f", "-", "--server", &server.admin], lines);
    let broken = run(b"{\"type\":\"a\"}\n{broken\n").fails(3);
    assert!(broken.contains("-:2:"), "{broken}");
    let part = run(b"{\"type\":\"a\"}\n{\"id\":\"x\"}\n");
    assert_eq!(part.stdout, "accepted  1 of 2 events\n");
    let stderr = part.fails(3);
    assert!(stderr.contains("line 2: ") && stderr.contains("\"type\""), "{stderr}");
    let missing = server.run(&["emit", "-f", "no-such-file"]).fails(4);
    assert!(missing.contains("no-such-file"), "{missing}");
    let purge = server.run(&["events", "purge"]).fails(2);
    assert!(purge.contains("--all"), "{purge}");
    assert!(
        run_in(folder.path(), ["emit", "a", "--server", "http://127.0.0.1:1"], b"").code == Some(5)
    );
}
