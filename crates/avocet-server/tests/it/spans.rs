//! Spans of invocations that the gateway makes. That those of every runtime are alike is shown with
//! the real binary.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Running, start_with};

/// Headers and what they mean (`tests/traces`).
fn contexts() -> Vec<Value> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/traces/contexts.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The headers of a case as a request has them.
fn header_lines(case: &Value) -> String {
    let flat: Vec<&str> =
        case["headers"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
    flat.chunks(2).map(|pair| format!("{}: {}\r\n", pair[0], pair[1])).collect()
}

/// A server, and the collector that its spans go to.
async fn start() -> (Running, TcpListener) {
    let collector = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    (start_with(|options| options.collector = Some(endpoint)).await, collector)
}

/// The spans of the next request, which is taken.
async fn spans(socket: &mut TcpStream) -> Vec<Value> {
    let mut received = Vec::new();
    let body = loop {
        assert!(socket.read_buf(&mut received).await.unwrap() > 0);
        let text = String::from_utf8_lossy(&received);
        let Some((_, body)) = text.split_once("\r\n\r\n") else { continue };
        if let Ok(body) = serde_json::from_str::<Value>(body) {
            break body;
        }
    };
    socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
    body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_span_ends_with_the_last_byte_of_its_answer() {
    let (running, collector) = start().await;
    // More than the sockets hold: it does not end before it is read.
    running.deploy("f", "stream 64000000").await;
    let mut client = running.connect().await;
    client.send("GET /default/f HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    client.head().await;
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    client.closed().await;
    let (mut socket, _) = collector.accept().await.unwrap();
    let spans = spans(&mut socket).await;
    assert_eq!(spans.len(), 1, "{spans:#?}");
    let end: u128 = spans[0]["endTimeUnixNano"].as_str().unwrap().parse().unwrap();
    assert!(end >= before, "{end} {before}");
}

#[tokio::test]
async fn each_event_of_a_batch_has_a_span_and_a_trace_of_its_own() {
    let (running, collector) = start().await;
    running.deploy("f", "head").await;
    let event = |id: u8| {
        format!(r#"{{"specversion":"1.0","id":"{id}","source":"/s","type":"t","data":{id}}}"#)
    };
    let batch = format!("[{},{}]", event(1), event(2));
    let kind = "content-type: application/cloudevents-batch+json\r\n";
    assert_eq!(running.call("POST", "/default/f", kind, batch.as_bytes()).await.status, 200);
    let (mut socket, _) = collector.accept().await.unwrap();
    let spans = spans(&mut socket).await;
    assert_eq!(spans.len(), 2, "{spans:#?}");
    assert_ne!(spans[0]["traceId"], spans[1]["traceId"]);
    assert_ne!(spans[0]["spanId"], spans[1]["spanId"]);
}

#[tokio::test]
async fn the_function_is_told_the_span_that_it_is_in() {
    let (running, collector) = start().await;
    running.deploy("f", "head").await;
    let headers = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\
                   tracestate: vendor=\"1\\\r\nbaggage: user=ada\r\n";
    let answer = running.call("GET", "/default/f", headers, b"").await.json();
    let (mut socket, _) = collector.accept().await.unwrap();
    let spans = spans(&mut socket).await;
    let span = &spans[0];
    let expected = json!({
        "id": span["traceId"], "span": span["spanId"], "sampled": true, "state": "vendor=\"1\\",
        "baggage": "user=ada",
    });
    assert_eq!(answer["head"]["t"], expected);
    assert_eq!(span["traceId"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span["parentSpanId"], "b7ad6b7169203331");
    assert_eq!(span["traceState"], "vendor=\"1\\");
}

#[tokio::test]
async fn a_worker_is_told_what_the_callers_headers_mean_and_sees_them_as_they_came() {
    let running = crate::support::start().await;
    running.deploy("f", "head").await;
    for case in contexts() {
        let answer = running.call("GET", "/default/f", &header_lines(&case), b"").await.json();
        let head = &answer["head"];
        assert_eq!(head.get("t").unwrap_or(&Value::Null), &case["trace"], "{case}");
        let sent = case["headers"].as_array().unwrap();
        for pair in sent.chunks(2) {
            let seen = head["h"].as_array().unwrap();
            assert!(seen.chunks(2).any(|other| other == pair), "{pair:?} {head}");
        }
    }
}

#[tokio::test]
async fn a_span_of_the_platform_is_in_the_callers_trace() {
    let (running, collector) = start().await;
    running.deploy("f", "head").await;
    let cases = contexts();
    let mut told = Vec::new();
    for case in &cases {
        let answer = running.call("GET", "/default/f", &header_lines(case), b"").await.json();
        told.push(answer["head"]["t"].clone());
    }
    let (mut socket, _) = collector.accept().await.unwrap();
    let expected = cases.iter().filter(|case| !case["span"].is_null()).count();
    let mut made = Vec::new();
    while made.len() < expected {
        made.extend(spans(&mut socket).await);
    }
    assert_eq!(made.len(), expected);
    for (case, told) in cases.iter().zip(told) {
        let span = made.iter().find(|span| span["spanId"] == told["span"]);
        let Some(span) = span else {
            assert!(case["span"].is_null() && told["sampled"] == false, "{case} {told}");
            continue;
        };
        assert_eq!((&span["traceId"], true), (&told["id"], told["sampled"] == true), "{case}");
        for field in ["parentSpanId", "traceState"] {
            assert_eq!(span.get(field), case["span"].get(field), "{case}");
        }
        let named = case["span"].get("traceId");
        assert!(named.is_none_or(|id| *id == span["traceId"]), "{case} {span}");
    }
}
