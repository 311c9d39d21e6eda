//! Callers that send too much, too slowly, or never.

use std::time::Duration;

use crate::support::{Client, function_with, start, start_with};

/// Short enough for a test to wait for, and nothing depends on how precisely it is kept.
const SHORT: Duration = Duration::from_millis(40);

#[tokio::test]
async fn a_body_over_the_limit_is_413_whether_declared_or_counted() {
    let running = start().await;
    running.apply(&function_with("f", "text reached", "  bodyLimit: 1\n")).await;
    let large = vec![b'x'; 10 << 20];
    let answer = running.call("POST", "/default/f", "", &large).await;
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("limit of 1Mi"), "{}", answer.text());
    let mut client = running.connect().await;
    client.send("POST /default/f HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await;
    client.send(format!("{:x}\r\n", large.len())).await;
    client.send(&large).await;
    client.send("\r\n0\r\n\r\n").await;
    assert_eq!(client.answer("POST").await.status, 413);
    // The rest was read, so that the connection can go on.
    client.send("POST /default/f HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx").await;
    assert_eq!(client.answer("POST").await.text(), "reached");
    let exact = vec![b'x'; 1 << 20];
    assert_eq!(running.call("POST", "/default/f", "", &exact).await.text(), "reached");
}

#[tokio::test]
async fn a_caller_who_waits_for_continue_never_sends_a_body_that_is_too_large() {
    let running = start().await;
    running.deploy("f", "text reached").await;
    let mut client = running.connect().await;
    let head = "POST /default/f HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n";
    client.send(format!("{head}content-length: 99999999\r\n\r\n")).await;
    assert_eq!(client.answer("POST").await.status, 413);
}

#[tokio::test]
async fn large_bodies_share_a_bounded_memory() {
    let running = start_with(|options| options.gateway.body_memory = 256 * 1024).await;
    running.deploy("f", "text reached").await;
    let body = vec![b'x'; 300 * 1024];
    assert_eq!(running.call("POST", "/default/f", "", &body).await.status, 200);
    let head = "POST /default/f HTTP/1.1\r\nhost: x\r\ncontent-length: 307200\r\n\r\n";
    let mut slow = running.connect().await;
    slow.send(head).await;
    slow.send(&body[1..]).await;
    // The slow one holds most of the memory as soon as its bytes have arrived.
    let refused = loop {
        let answer = running.call("POST", "/default/f", "", &body).await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert_eq!(running.call("POST", "/default/f", "", &body[..60_000]).await.status, 200);
    slow.send(&body[..1]).await;
    assert_eq!(slow.answer("POST").await.status, 200);
    assert_eq!(running.call("POST", "/default/f", "", &body).await.status, 200);
}

#[tokio::test]
async fn answers_that_nobody_reads_share_a_bounded_memory() {
    let running = start_with(|options| options.gateway.answer_memory = 32 << 20).await;
    let large = "x".repeat(16 << 20);
    running.deploy("large", &format!("text {large}")).await;
    running.deploy("small", "text small").await;
    assert_eq!(running.get("/default/large").await.text().len(), large.len());
    let mut silent = Vec::new();
    // Two of them take all there is: the system's buffers hold only the beginnings.
    let refused = loop {
        let mut client = running.connect().await;
        client.send("GET /default/large HTTP/1.1\r\nhost: x\r\n\r\n").await;
        if let Some(status) = client.early_status().await {
            break status;
        }
        silent.push(client);
    };
    assert_eq!(refused, 503);
    assert_eq!(running.get("/default/small").await.text(), "small");
    // Who takes nothing is not waited for as long as usual.
    while running.get("/default/large").await.status != 200 {}
    let mut cut = 0;
    for client in silent {
        cut += usize::from(client.closed().await.len() < large.len());
    }
    assert!(cut > 0);
}

#[tokio::test]
async fn one_address_does_not_take_all_connections() {
    let running = start_with(|options| options.gateway.connections_of_one = 2).await;
    let mut first = running.connect().await;
    let mut second = running.connect().await;
    for client in [&mut first, &mut second] {
        client.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert_eq!(client.answer("GET").await.status, 200);
    }
    let third = running.get("/healthz").await;
    assert_eq!((third.status, third.header("retry-after")), (503, Some("1")));
    drop(first);
    while running.get("/healthz").await.status != 200 {}
}

#[tokio::test]
async fn a_caller_who_has_said_everything_gets_the_answer() {
    let running = start().await;
    running.deploy("f", "text Hello").await;
    running.deploy("s", "stream 1000000").await;
    for round in 0..20 {
        for (target, length) in [("/default/f", 5), ("/default/s", 1_000_000)] {
            let mut client = running.connect().await;
            client.send(format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
            client.half_close().await;
            let answer = client.answer("GET").await;
            assert_eq!((answer.status, answer.body.len()), (200, length), "{round}");
            // And the connection ends.
            client.closed().await;
        }
    }
}

#[tokio::test]
async fn a_body_that_is_not_encoded_as_it_says_never_reaches_the_function() {
    let running = start().await;
    running.deploy("f", "text reached").await;
    for (coding, status) in [("gzip", 400), ("deflate", 400), ("br", 400), ("zstd", 415)] {
        let header = format!("content-encoding: {coding}\r\n");
        let answer = running.call("POST", "/default/f", &header, b"xx").await;
        assert_eq!(answer.status, status, "{coding}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_header_line_of_64_kb_is_431_and_others_are_served() {
    let running = start().await;
    running.deploy("f", "text Hello").await;
    let long = format!("x-long: {}\r\n", "y".repeat(64 * 1024));
    let refused = running.call("GET", "/default/f", &long, b"").await;
    assert_eq!(refused.status, 431);
    assert!(refused.text().starts_with("the request's head is too large"), "{}", refused.text());
    assert_eq!(running.get("/default/f").await.text(), "Hello");
}

/// Bytes limit a head, not the number of its headers.
#[tokio::test]
async fn many_headers_are_taken_up_to_the_limit_in_bytes() {
    let running = start().await;
    running.deploy("f", "text Hello").await;
    let mut client = running.connect().await;
    for (headers, pieces, status) in
        [(1, 1, 200), (101, 1, 200), (1, 1, 200), (2_500, 3, 200), (97, 2, 200), (5_000, 1, 431)]
    {
        let many: String = (0..headers).map(|n| format!("x-{n}: y\r\n")).collect();
        let request = format!("GET /default/f HTTP/1.1\r\nhost: x\r\n{many}\r\n");
        for piece in request.as_bytes().chunks(request.len().div_ceil(pieces)) {
            client.send(std::str::from_utf8(piece).unwrap()).await;
        }
        assert_eq!(client.answer("GET").await.status, status, "{headers} headers");
    }
}

#[tokio::test]
async fn a_request_line_that_is_none_is_400() {
    let running = start().await;
    for line in [
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /default/f\r\n\r\n",
        "G\u{0}T / HTTP/1.1\r\n\r\n",
        "GET  / HTTP/9.9\r\n\r\n",
    ] {
        let mut client = running.connect().await;
        client.send(line).await;
        let answer = client.answer("GET").await;
        assert_eq!(answer.status, 400, "{line:?}");
        assert!(answer.text().starts_with("the request cannot be read"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_408() {
    let running = start_with(|options| options.gateway.body_time = SHORT).await;
    running.deploy("f", "text reached").await;
    let mut client = running.connect().await;
    client.send("POST /default/f HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\na").await;
    let answer = client.answer("POST").await;
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
    assert!(answer.text().starts_with("the body did not arrive within"), "{}", answer.text());
    client.closed().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_reaches_no_function() {
    let running = start().await;
    running.deploy("f", "log reached").await;
    let mut client = running.connect().await;
    client.send("POST /default/f HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\na").await;
    drop(client);
    running.deploy("g", "text Hello").await;
    assert_eq!(running.get("/default/g").await.text(), "Hello");
    let metrics = running.get("/default/f/metrics").await.text();
    assert!(metrics.contains("function_calls_total{function=\"f\",namespace=\"default\"} 0"));
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed_and_half_a_head_is_408() {
    let running = start_with(|options| options.gateway.head_time = SHORT).await;
    assert_eq!(running.connect().await.closed().await, "");
    let mut client = running.connect().await;
    client.send("GET / HTTP/1.1\r\nhost:").await;
    let answer = client.answer("GET").await;
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
    assert_eq!(answer.text(), "the request's head did not arrive in its time");
    assert_eq!(client.closed().await, "");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_long_call_is_not() {
    let running = start_with(|options| {
        options.gateway.idle_time = SHORT;
        options.gateway.head_time = SHORT;
    })
    .await;
    running.deploy("hold", "hold").await;
    running.deploy("release", "release").await;
    let mut waiting = running.connect().await;
    waiting.send("GET /default/hold HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut idle = running.connect().await;
    idle.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(idle.answer("GET").await.text(), "OK");
    // When the idle one is closed, the waiting one is older.
    idle.closed().await;
    running.get("/default/release").await;
    assert_eq!(waiting.answer("GET").await.text(), "released");
}

#[tokio::test]
async fn a_caller_who_does_not_take_the_answer_is_cut_off() {
    let running = start_with(|options| options.gateway.write_stall = SHORT).await;
    running.deploy("f", "stream 100000000").await;
    let mut client = running.connect().await;
    client.send("GET /default/f HTTP/1.1\r\nhost: x\r\n\r\n").await;
    running.logged("cancelled").await;
}

#[tokio::test]
async fn connections_over_the_bound_are_told_to_come_back() {
    let running = start_with(|options| options.gateway.connections = 2).await;
    let mut held: Vec<Client> = Vec::new();
    for _ in 0..2 {
        let mut client = running.connect().await;
        client.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert_eq!(client.answer("GET").await.status, 200);
        held.push(client);
    }
    let mut third = running.connect().await;
    let answer = third.answer("GET").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    drop(held);
    loop {
        let mut client = running.connect().await;
        client.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
        if client.answer("GET").await.status == 200 {
            break;
        }
    }
}
