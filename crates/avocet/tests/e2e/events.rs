//! Events that functions send.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use serde_json::{Value, json};

use crate::kit::server::Server;
use crate::kit::write_function;

const SOURCE: &str = "exports.main = (event) => event\n\
     .emitCloudEvent('order.paid', '/shop', { total: 70 }, { traceid: 'x9' })\n\
     .then((answer) => ({ status: answer.status }), (error) => ({ failed: error.message }));\n";

/// Answers one request with 204 and gives its head and its body.
fn publisher() -> (String, thread::JoinHandle<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/publish", listener.local_addr().unwrap());
    let received = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        let head = head.to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let mut body = vec![0; length.unwrap().parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
        (head, serde_json::from_slice(&body).unwrap())
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

#[test]
fn without_a_publisher_the_function_learns_why() {
    let folder = tempfile::tempdir().unwrap();
    write_function(folder.path(), "emitter", SOURCE, "");
    let server = Server::start(&folder.path().join("data"), &[folder.path()], &[]);
    let answer: Value = serde_json::from_slice(&server.get("emitter", "/").body).unwrap();
    let why = answer["failed"].as_str().unwrap();
    assert!(why.contains("PUBLISHER_PROXY_ADDRESS"), "{why}");
}
