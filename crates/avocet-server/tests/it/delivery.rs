//! Events on their way to functions.

use std::net::SocketAddr;

use avocet_embedded::{Embedded, Options};
use avocet_server::Server;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::{
    Running, apply, function, function_with, options, start, start_in, start_with, until,
};

const STRUCTURED: &str = "content-type: application/cloudevents+json\r\n";

/// A subscription of the function or URL `sink` to events of the type `order.*`.
fn subscription(name: &str, sink: &str) -> String {
    let sink = match sink.contains(':') {
        true => sink.to_owned(),
        false => format!("http://{sink}.default.svc.cluster.local"),
    };
    format!(
        "apiVersion: eventing.kyma-project.io/v1alpha2\nkind: Subscription\nmetadata:\n  \
         name: {name}\nspec:\n  sink: {sink}\n  source: \"\"\n  types: [\"order.*\"]\n---\n"
    )
}

async fn publish(running: &Running, id: &str, kind: &str, data: Value) {
    let event =
        json!({"specversion": "1.0", "id": id, "source": "/shop", "type": kind, "data": data});
    let body = event.to_string();
    let answer = running.call("POST", "/publish", STRUCTURED, body.as_bytes()).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// A server whose operator opens the addresses of this machine to sinks.
async fn start_open() -> Running {
    start_with(|options| options.egress = vec!["127.0.0.1".parse().unwrap()]).await
}

/// An address that answers each request with the next of `statuses`, and gives heads and bodies.
async fn sink(
    statuses: &'static [&str],
) -> (SocketAddr, tokio::sync::mpsc::Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (seen, sees) = tokio::sync::mpsc::channel(100);
    tokio::spawn(async move {
        for status in statuses.iter().chain(std::iter::repeat(&"204 No Content")) {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = Vec::new();
            let (head, body) = loop {
                stream.read_buf(&mut read).await.unwrap();
                let text = String::from_utf8_lossy(&read).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.split("content-length: ").nth(1).unwrap();
                if body.len() == length.lines().next().unwrap().parse::<usize>().unwrap() {
                    break (head.to_owned(), body.to_owned());
                }
            };
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            seen.send((head, body)).await.unwrap();
        }
    });
    (address, sees)
}

#[tokio::test]
async fn a_published_event_reaches_every_function_that_wants_it() {
    let running = start().await;
    let trigger = "  triggers:\n    events:\n      - types: [order.*.v1, order.created]\n";
    let yaml = [
        function("one", "log one got it"),
        function_with("two", "log two got it", trigger),
        subscription("s-one", "one"),
    ];
    assert!(!running.apply(&yaml.concat()).await.is_refused());
    publish(&running, "1", "order.created", json!({})).await;
    let line = running.logged("one got it").await;
    assert!(line.call.is_some(), "it is an invocation: {line:?}");
    running.logged("two got it").await;
}

#[tokio::test]
async fn a_sink_can_be_any_address_and_gets_a_binary_event() {
    let running = start_open().await;
    let (address, mut seen) = sink(&[]).await;
    let yaml = subscription("s", &format!("http://{address}/hook?a=b"));
    assert!(!running.apply(&yaml).await.is_refused());
    publish(&running, "1", "other", json!({})).await;
    publish(&running, "2", "order.created", json!({"n": 2})).await;
    let (head, body) = seen.recv().await.unwrap();
    assert_eq!(body, "{\"n\":2}");
    assert!(head.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{head}");
    for line in [
        "ce-id: 2",
        "ce-type: order.created",
        "ce-source: /shop",
        "ce-specversion: 1.0",
        "content-type: application/json",
    ] {
        assert!(head.contains(line), "{line} in {head}");
    }
}

#[tokio::test]
async fn a_sink_that_the_operator_has_not_opened_gets_nothing_and_the_event_waits() {
    let running = start().await;
    let (address, mut seen) = sink(&[]).await;
    assert!(!running.apply(&subscription("s", &format!("http://{address}/"))).await.is_refused());
    publish(&running, "1", "order.created", json!({})).await;
    until(async || {
        let metrics = running.get("/metrics").await.text();
        metrics.contains("avocet_delivery_failures_total 1\n")
    })
    .await;
    let metrics = running.get("/metrics").await.text();
    assert!(metrics.contains("avocet_events_dead_total 0\n"), "{metrics}");
    assert!(seen.try_recv().is_err());
}

#[tokio::test]
async fn a_function_can_be_called_at_a_path_of_its_own() {
    let running = start().await;
    let sink = "http://f.default.svc.cluster.local/a?b=c";
    let yaml = [function("f", "log-head"), subscription("s", sink)].concat();
    assert!(!running.apply(&yaml).await.is_refused());
    publish(&running, "1", "order.created", json!({})).await;
    running.logged("POST /a?b=c").await;
}

#[tokio::test]
async fn a_sink_that_fails_is_asked_again() {
    let running = start_open().await;
    let (address, mut seen) = sink(&["500 X", "302 X", "429 X"]).await;
    assert!(!running.apply(&subscription("s", &format!("http://{address}/"))).await.is_refused());
    publish(&running, "1", "order.created", json!({})).await;
    // At once, then after about 1 s, then 2 s.
    for _ in 0..3 {
        let (head, _) = seen.recv().await.unwrap();
        assert!(head.contains("ce-id: 1"), "{head}");
    }
}

#[tokio::test]
async fn a_missing_function_is_waited_for() {
    let running = start().await;
    assert!(!running.apply(&subscription("s", "late")).await.is_refused());
    publish(&running, "1", "order.created", json!({})).await;
    running.deploy("late", "log late got it").await;
    running.logged("late got it").await;
}

#[tokio::test]
async fn what_a_function_emits_goes_to_the_bus() {
    let running = start().await;
    let yaml = [
        function("emitter", "publish"),
        function("heir", "log heir got it"),
        subscription("s", "heir"),
    ];
    assert!(!running.apply(&yaml.concat()).await.is_refused());
    let event = json!({"specversion": "1.0", "id": "1", "source": "/f", "type": "order.made"});
    let answer = running.call("POST", "/default/emitter", "", event.to_string().as_bytes()).await;
    assert_eq!(answer.text(), "204");
    running.logged("heir got it").await;
    let answer = running.call("POST", "/default/emitter", "", b"{}").await;
    assert!(answer.text().starts_with("400 CloudEvent attribute"), "{}", answer.text());
}

#[tokio::test]
async fn what_a_handler_emits_is_there_with_its_end_or_not_at_all() {
    let running = start_open().await;
    let (address, mut seen) = sink(&[]).await;
    let trigger = "  triggers:\n    events:\n      - types: [order.*]\n";
    let yaml = |code| {
        function_with("relay", code, trigger)
            + &subscription("s", &format!("http://{address}/")).replace("order.*", "of.*")
    };
    // The first one emits and fails: of that nothing is seen.
    assert!(!running.apply(&yaml("publish-fail of.failure")).await.is_refused());
    publish(&running, "1", "order.created", json!({})).await;
    running.logged("published 204").await;
    assert!(!running.apply(&yaml("publish-as of.success")).await.is_refused());
    let (head, _) = seen.recv().await.unwrap();
    assert!(head.contains("ce-type: of.success"), "{head}");
}

#[tokio::test]
async fn many_subscriptions_are_served() {
    use avocet_backplane::{Change, Document, Key, Put, ResourceKind, wait};
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path(), |_| {});
    let store = Embedded::open(&options.data_dir, Options::default()).unwrap();
    let put = |n: usize| {
        let name = format!("s-{n}");
        let document = json!({
            "namespace": "default", "name": name, "sink": {"function": "default/f"},
            "types": [if n == 7_777 { "order.created".to_owned() } else { format!("other.{n}") }],
        });
        let key = Key::new(ResourceKind::Subscription, "default", name);
        Change::Put(Put::new(key, Document::parse(document.to_string()).unwrap()))
    };
    wait(store.registry().apply((0..10_000).map(put).collect())).unwrap();
    let server = Server::bind(options).await.unwrap().start(store.backplane()).await.unwrap();
    let running = Running::of(server, folder);
    running.deploy("f", "log f got it").await;
    publish(&running, "1", "order.created", json!({})).await;
    running.logged("f got it").await;
}

#[tokio::test]
async fn what_was_accepted_is_delivered_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = start_in(folder.path(), |_| {}).await;
    let yaml = [subscription("s", "late"), function("other", "nothing")].concat();
    assert!(!apply(&server, &yaml).await.is_refused());
    let running = Running::of(server, tempfile::tempdir().unwrap());
    publish(&running, "1", "order.created", json!({})).await;
    running.stop().await;
    let running = Running::of(start_in(folder.path(), |_| {}).await, folder);
    running.deploy("late", "log late got it").await;
    running.logged("late got it").await;
}
