//! Events that functions send.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::server::Server;
use crate::kit::write_function;

const SOURCE: &str = "exports.main = (event) => event\n\
     .emitCloudEvent('order.paid', '/shop', { total: 70 }, { traceid: 'x9' })\n\
     .then((answer) => ({ status: answer.status }), (error) => ({ failed: error.message }));\n";

/// Answers a request; gives its head in lower case and its body.
fn answer(mut stream: TcpStream, status: &str) -> (String, Value) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let head = head.to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).unwrap();
    (head, serde_json::from_slice(&body).unwrap())
}

/// Answers one request with 204 and gives its head and its body.
fn publisher() -> (String, thread::JoinHandle<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/publish", listener.local_addr().unwrap());
    let received = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        answer(stream, "204 No Content")
    });
    (address, received)
}

#[test]
fn an_emitted_event_reaches_the_publisher() {
    let (address, received) = publisher();
    let folder = tempfile::tempdir().unwrap();
    let env = format!("  env:\n    - name: PUBLISHER_PROXY_ADDRESS\n      value: {address}\n");
    write_function(folder.path(), "emitter", SOURCE, &env);
    let server = Server::start(&folder.path().join("data"), &[folder.path()], &[]);
    let answer: Value = serde_json::from_slice(&server.get("emitter", "/").body).unwrap();
    assert_eq!(answer, json!({"status": 204}));
    let (head, event) = received.join().unwrap();
    assert!(head.starts_with("post /publish ") && head.contains("application/cloudevents+json"));
    for (name, value) in [
        ("specversion", json!("1.0")),
        ("type", json!("order.paid")),
        ("source", json!("/shop")),
        ("datacontenttype", json!("application/json")),
        ("data", json!({"total": 70})),
        ("traceid", json!("x9")),
    ] {
        assert_eq!(event[name], value, "{name}");
    }
    assert!(event["id"].is_string() && event["time"].is_string());
}

/// Answers requests with these statuses, one after the other; gives each one's head and body.
fn sink(statuses: &'static [&str]) -> (String, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let (seen, sees) = mpsc::channel();
    thread::spawn(move || {
        for status in statuses {
            let (stream, _) = listener.accept().unwrap();
            // Where the test has ended nobody listens any more.
            let _ = seen.send(answer(stream, status));
        }
    });
    (address, sees)
}

#[test]
fn an_accepted_event_is_delivered_after_failures_and_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let (address, seen) = sink(&["500 Broken", "500 Broken", "204 No Content"]);
    write_function(folder.path(), "emitter", SOURCE, "");
    let subscription = format!(
        "apiVersion: eventing.kyma-project.io/v1alpha2\nkind: Subscription\nmetadata:\n  name: s\n\
         spec:\n  sink: {address}\n  source: \"\"\n  types: [order.*]\n"
    );
    std::fs::write(folder.path().join("s.yaml"), subscription).unwrap();
    let data = folder.path().join("data");
    let open = ["--egress-allow", "127.0.0.1"];
    let server = Server::start(&data, &[folder.path()], &open);
    let answer: Value = serde_json::from_slice(&server.get("emitter", "/").body).unwrap();
    assert_eq!(answer, json!({"status": 204}), "it is on disk");
    let next = || seen.recv_timeout(Duration::from_secs(30)).expect("it is delivered");
    let (head, data_of_it) = next();
    assert!(head.contains("ce-type: order.paid") && head.contains("ce-traceid: x9"), "{head}");
    assert_eq!(data_of_it, json!({"total": 70}));
    server.process.signal("KILL");
    drop(server);
    let _server = Server::start(&data, &[folder.path()], &open);
    for _ in 0..2 {
        let id =
            |head: &str| head.lines().find(|line| line.starts_with("ce-id: ")).map(str::to_owned);
        assert_eq!(id(&next().0), id(&head), "the same again");
    }
}
