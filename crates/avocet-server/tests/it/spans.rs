//! Spans of invocations that the gateway makes. That those of every runtime are alike is shown with
//! the real binary.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Running, start_with};

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
    let headers = "b3: 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1\r\n\
                   tracestate: vendor=\"1\\\r\n";
    let answer = running.call("GET", "/default/f", headers, b"").await.json();
    let (mut socket, _) = collector.accept().await.unwrap();
    let spans = spans(&mut socket).await;
    let span = &spans[0];
    let expected =
        format!("00-{}-{}-01", span["traceId"].as_str().unwrap(), span["spanId"].as_str().unwrap());
    assert_eq!(answer["head"]["t"], expected);
    assert_eq!(span["traceId"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span["parentSpanId"], "b7ad6b7169203331");
    assert_eq!(span["traceState"], "vendor=\"1\\");
}
