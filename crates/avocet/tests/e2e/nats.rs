//! A server whose events, values and messages are at a NATS server.

use avocet_nats::testing::{Release, Server as Broker};
use serde_json::{Value, json};

use crate::kit::http;
use crate::kit::server::Server;
use crate::kit::{command::run, write_function};

#[test]
fn a_weak_broker_is_refused_and_named() {
    let broker = Broker::start(Release::Old);
    let data = tempfile::tempdir().unwrap();
    let serve = |url: &str| {
        let monitor = broker.monitor();
        let mut args = vec!["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
        args.extend(["--data", data.path().to_str().unwrap()]);
        args.extend(["--nats", url, "--nats-monitor", &monitor]);
        run(args).fails(1)
    };
    let weak = serve(&broker.url());
    for expected in ["power cut", "120s", "--accept-weak-durability", &broker.port().to_string()] {
        assert!(weak.contains(expected), "{expected}: {weak}");
    }
    let away = serve("nats://127.0.0.1:1");
    assert!(away.contains("127.0.0.1:1"), "{away}");
    // Functions keep values there all the same where that is accepted.
    let (url, monitor) = (broker.url(), broker.monitor());
    let flags = ["--nats", &*url, "--nats-monitor", &*monitor, "--accept-weak-durability"];
    let server = Server::start(data.path(), &[], &flags);
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("count.js");
    std::fs::write(&source, "(s, p) => { hostServices.kv.set('k', p); return 1; }").unwrap();
    server.run(&["deploy", "-f", source.to_str().unwrap(), "--trigger", "count"]).ok();
    let answer = http::send(server.gateway, "POST", "/default/count", &[], b"v").unwrap();
    assert_eq!((answer.status, answer.text()), (200, "1".into()));
    assert_eq!(broker.value("KV_hs_default_count_kv", "$KV.hs_default_count_kv.k"), b"v");
}

#[test]
fn events_are_at_the_broker_and_outlive_the_data_folder() {
    let broker = Broker::strong();
    let folder = tempfile::tempdir().unwrap();
    let source = "exports.main = (event) => { console.log('got', event.data.n); };\n";
    let trigger = "  triggers:\n    events:\n      - types: [order.created]\n";
    write_function(folder.path(), "taker", source, trigger);
    let (url, monitor) = (broker.url(), broker.monitor());
    let flags = ["--nats", &*url, "--nats-monitor", &*monitor];
    for n in 1..=2 {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(data.path(), &[&folder.path().join("taker")], &flags);
        let nats = &server.ready["nats"];
        assert_eq!((&nats["sync_interval"], &nats["replicas"]), (&json!("always"), &json!(1)));
        let event = json!({
            "specversion": "1.0", "type": "order.created", "source": "/shop",
            "id": n.to_string(), "data": {"n": n},
        });
        let headers = [("content-type".to_owned(), b"application/cloudevents+json".to_vec())];
        let body = event.to_string();
        let sent = http::send(server.gateway, "POST", "/publish", &headers, body.as_bytes());
        assert_eq!(sent.unwrap().status, 204);
        // The one of before is done, though this folder is new.
        let line = server.follow("taker").line_where(|line| line.contains("got "));
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["text"], format!("got {n}"));
    }
    assert!(!broker.value("AVOCET_EVENTS", "avocet.events.order.created").is_empty());
}
