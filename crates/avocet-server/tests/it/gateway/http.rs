//! HTTP itself: heads, lengths, bodies, connections.

use serde_json::Value;

use super::head;
use crate::support::{Client, start};

#[tokio::test]
async fn a_request_has_one_host_line() {
    let running = start().await;
    for (version, hosts, status) in [
        ("1.1", "", 400),
        ("1.1", "host: a\r\nHost: a\r\n", 400),
        ("1.0", "", 200),
        ("1.1", "host: a\r\n", 200),
    ] {
        let mut client = running.connect().await;
        client.send(format!("GET /healthz HTTP/{version}\r\n{hosts}\r\n")).await;
        let answer = client.answer("GET").await;
        assert_eq!(answer.status, status, "{version} {hosts:?}");
        assert_eq!(answer.text().contains("Host line"), status == 400, "{}", answer.text());
    }
}

#[tokio::test]
async fn every_status_has_a_reason() {
    let running = start().await;
    for (status, reason) in [
        (200, "OK"),
        (203, "Non-Authoritative Information"),
        (299, "Successful"),
        (399, "Redirection"),
        (404, "Not Found"),
        (499, "Client Error"),
        (599, "Server Error"),
        (999, "Unknown"),
    ] {
        running.deploy("f", &format!("status {status}")).await;
        let mut client = running.connect().await;
        client.send("GET /default/f HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        let answer = client.closed().await;
        let line = format!("HTTP/1.1 {status} {reason}\r\n");
        assert!(answer.starts_with(&line), "{line:?}: {answer}");
    }
}

#[tokio::test]
async fn a_request_has_one_length() {
    let running = start().await;
    running.deploy("f", "text reached").await;
    let (length, chunked) = ("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n");
    let both = [format!("{length}{chunked}"), format!("{chunked}{length}")];
    for framing in &both {
        for address in [running.server.listen_addr(), running.server.admin_addr()] {
            let mut client = Client::connect(address).await;
            // As the second request of a connection, too.
            client.send("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
            client.answer("GET").await;
            let head = format!("POST /default/f HTTP/1.1\r\nhost: localhost\r\n{framing}\r\n");
            client.send(format!("{head}0\r\n\r\nGET /healthz HTTP/1.1\r\n")).await;
            let answer = client.answer("POST").await;
            assert_eq!(answer.status, 400, "{framing:?}");
            assert!(answer.text().contains("Transfer-Encoding"), "{}", answer.text());
            assert_eq!(client.closed().await, "", "{framing:?}");
        }
    }
    // A body may say what it likes.
    let mut client = running.connect().await;
    for framing in [chunked, "Content-Length: 59\r\n"] {
        let head = format!("POST /default/f HTTP/1.1\r\nhost: x\r\n{framing}\r\n");
        let text = format!("a\r\n\r\n{length}{chunked}");
        let text = match framing == chunked {
            true => format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len()),
            false => format!("{text:<59}"),
        };
        client.send(head + &text).await;
        assert_eq!(client.answer("POST").await.text(), "reached", "{framing:?}");
    }
}

#[tokio::test]
async fn headers_arrive_as_node_reads_them() {
    let head = head(
        "/default/echo",
        "X-One: a \"quoted\\ value\"\r\nCookie: a=1\r\nCookie: b=2\r\nX-Latin: gr\u{fc}n\r\n",
    )
    .await;
    let headers = head["h"].as_array().unwrap();
    for pair in [
        ["x-one", "a \"quoted\\ value\""],
        ["cookie", "a=1"],
        ["cookie", "b=2"],
        ["x-latin", "gr\u{fc}n"],
        ["host", "127.0.0.1"],
    ] {
        assert!(headers.chunks(2).any(|own| own == pair), "{pair:?} in {headers:?}");
    }
}

#[tokio::test]
async fn the_body_is_read_as_its_content_type_says() {
    let running = start().await;
    running.deploy("echo", "head").await;
    for (kind, read) in [
        ("content-type: application/json\r\n", "json"),
        ("content-type: text/plain\r\n", "text"),
        ("content-type: application/x-www-form-urlencoded\r\n", "form"),
        ("content-type: multipart/form-data; boundary=x\r\n", "multipart"),
        ("", "binary"),
    ] {
        let answer = running.call("POST", "/default/echo", kind, b"{}").await;
        assert_eq!(answer.json()["head"]["k"], read);
        assert_eq!(answer.json()["body"], "{}");
    }
    let answer = running.call("POST", "/default/echo", "content-type: text/plain\r\n", b"").await;
    assert_eq!(answer.json()["head"]["k"], Value::Null);
}

#[tokio::test]
async fn a_chunked_body_arrives_whole() {
    let running = start().await;
    running.deploy("echo", "head").await;
    let mut client = running.connect().await;
    client
        .send("POST /default/echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        .await;
    client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").await;
    assert_eq!(client.answer("POST").await.json()["body"], "abcde");
}

#[tokio::test]
async fn a_head_request_has_the_headers_and_no_body() {
    let running = start().await;
    running.deploy("f", "text Hello").await;
    let mut client = running.connect().await;
    client.send("HEAD /default/f HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let answer = client.answer("HEAD").await;
    assert_eq!((answer.status, answer.header("content-length")), (200, Some("5")));
    client.send("GET /default/f HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(client.answer("GET").await.text(), "Hello");
}

#[tokio::test]
async fn old_and_pipelined_requests_are_answered_in_order() {
    let running = start().await;
    running.deploy("f", "text Hello").await;
    running.deploy("g", "text Other").await;
    let mut client = running.connect().await;
    client.send("GET /default/f HTTP/1.0\r\n\r\n").await;
    assert!(client.closed().await.ends_with("\r\n\r\nHello"));
    let mut client = running.connect().await;
    let line = |name| format!("GET /default/{name} HTTP/1.1\r\nhost: x\r\n\r\n");
    client.send(line("f") + &line("g") + &line("f")).await;
    for text in ["Hello", "Other", "Hello"] {
        assert_eq!(client.answer("GET").await.text(), text);
    }
}

#[tokio::test]
async fn expect_continue_is_answered_before_the_body() {
    let running = start().await;
    running.deploy("echo", "head").await;
    let mut client = running.connect().await;
    let head = "POST /default/echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n";
    client.send(format!("{head}content-length: 3\r\n\r\n")).await;
    assert_eq!(client.answer("POST").await.status, 100);
    client.send("abc").await;
    assert_eq!(client.answer("POST").await.json()["body"], "abc");
}

#[tokio::test]
async fn ambiguous_framing_is_refused() {
    let running = start().await;
    running.deploy("f", "text reached").await;
    for framing in [
        "content-length: 3\r\ncontent-length: 4\r\n",
        "content-length: +3\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "content length: 3\r\n",
    ] {
        let mut client = running.connect().await;
        client.send(format!("POST /default/f HTTP/1.1\r\nhost: x\r\n{framing}\r\nabc")).await;
        assert_eq!(client.answer("POST").await.status, 400, "{framing}");
    }
}
