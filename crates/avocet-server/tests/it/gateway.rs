//! What a caller of functions gets.

use std::collections::BTreeSet;

use avocet_backplane::{Level, LogQuery};
use serde_json::{Value, json};

use crate::support::{Client, function_with, start, start_with};

#[tokio::test]
async fn what_a_function_returns_is_what_the_caller_gets() {
    let running = start().await;
    for (code, status, kind, body) in [
        ("text Hello", 200, None, "Hello"),
        ("json {\"a\":1}", 200, Some("application/json; charset=utf-8"), "{\"a\":1}"),
        ("bytes abc", 200, None, "abc"),
        ("nothing", 200, None, ""),
        ("status 400", 400, None, ""),
        ("throw", 500, None, "Internal server error"),
        ("throw-text no", 500, None, "no"),
    ] {
        running.deploy("f", code).await;
        let answer = running.get("/default/f").await;
        let got = (answer.status, answer.header("content-type"), answer.text());
        assert_eq!(got, (status, kind, body.to_owned()), "{code}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{code}");
        assert_eq!(answer.header("content-length"), Some(&*body.len().to_string()), "{code}");
    }
}

#[tokio::test]
async fn what_the_platform_ends_has_its_status_and_a_reason() {
    let running = start().await;
    for (kind, status, retry) in [
        ("timeout", 408, None),
        ("cpu", 408, None),
        ("heap", 500, None),
        ("bad-body", 400, None),
        ("overload", 503, Some("1")),
        ("exited", 500, None),
    ] {
        running.deploy("f", &format!("fail {kind}")).await;
        let answer = running.get("/default/f").await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, retry), "{kind}");
        assert_eq!(answer.text(), format!("the test asked for {kind}"));
    }
}

#[tokio::test]
async fn what_the_platform_ends_is_one_error_line_of_the_call() {
    let running = start().await;
    let mut expected = Vec::new();
    for (kind, setting) in [
        ("timeout", " (spec.timeout, FUNC_TIMEOUT)"),
        ("cpu", " (spec.cpuTime)"),
        ("heap", " (spec.resourceConfiguration.function, FUNC_MEMORY_LIMIT)"),
        ("overload", ""),
        ("exited", ""),
        ("crashed", ""),
        ("not-loaded", ""),
    ] {
        running.deploy(kind, &format!("fail {kind}")).await;
        running.get(&format!("/default/{kind}")).await;
        expected.push((kind, format!("the test asked for {kind}{setting}")));
    }
    running.deploy("status", "status 100").await;
    assert_eq!(running.get("/default/status").await.status, 500);
    expected.push(("status", "the function set status 100: allowed are 200 to 999".into()));
    running.deploy("stream", "stream-break 10").await;
    let mut client = running.connect().await;
    client.send("GET /default/stream HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.closed().await;
    expected.push(("stream", "broken off".into()));
    running.deploy("batch", "status 101").await;
    let kind = "content-type: application/cloudevents-batch+json\r\n";
    let event = r#"[{"specversion":"1.0","id":"1","source":"s","type":"t"}]"#;
    running.call("POST", "/default/batch", kind, event.as_bytes()).await;
    expected.push(("batch", "the function set status 101: allowed are 200 to 999".into()));
    // The caller's fault, and a caller that is answered as it should be.
    running.deploy("caller", "fail bad-body").await;
    running.get("/default/caller").await;
    running.logged(&expected[expected.len() - 1].1).await;
    let logged = running.server.follow_logs(LogQuery::default()).await.unwrap().page.lines;
    let errors = logged.iter().filter(|line| line.level == Level::Error);
    let errors: Vec<_> = errors.map(|l| (&*l.function, l.text.to_string())).collect();
    assert_eq!(errors, expected);
    let calls: BTreeSet<_> = logged.iter().filter_map(|line| line.call.clone()).collect();
    assert_eq!(calls.len(), expected.len(), "{logged:#?}");
}

#[tokio::test]
async fn each_limit_that_is_met_is_counted_and_the_log_names_its_setting() {
    let running = start().await;
    for (kind, limit) in
        [("timeout", "timeout"), ("cpu", "cpu"), ("heap", "memory"), ("overload", "concurrency")]
    {
        running.deploy("f", &format!("fail {kind}")).await;
        running.get("/default/f").await;
        let line = format!(
            "function_limit_breaches_total{{function=\"f\",namespace=\"default\",limit=\"{limit}\"}} 1"
        );
        let metrics = running.get("/default/f/metrics").await.text();
        assert!(metrics.lines().any(|own| own == line), "{kind}: {metrics}");
    }
    running.deploy("f", "text reached").await;
    for _ in 0..2 {
        let answer = running.call("POST", "/default/f", "", &vec![b'x'; (1 << 20) + 1]).await;
        assert_eq!(answer.status, 413);
    }
    let text = "the body is over this function's limit of 1Mi (spec.bodyLimit, FUNC_BODY_MB_LIMIT)";
    running.logged(text).await;
    let metrics = running.get("/metrics").await.text();
    let line =
        "function_limit_breaches_total{function=\"f\",namespace=\"default\",limit=\"body\"} 2";
    assert!(metrics.lines().any(|own| own == line), "{metrics}");
}

#[tokio::test]
async fn a_crash_is_502_once_and_the_next_call_is_served() {
    let running = start().await;
    running.deploy("crash", "crash").await;
    running.deploy("hello", "text Hello").await;
    let answer = running.get("/default/crash").await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.text(), "the function's process ended during the call");
    assert_eq!(running.get("/default/hello").await.text(), "Hello");
}

async fn head(target: &str, headers: &str) -> Value {
    let running = start().await;
    running.deploy("echo", "head").await;
    running.call("GET", target, headers, b"").await.json()["head"].clone()
}

#[tokio::test]
async fn a_function_sees_its_own_path() {
    for (target, own) in [
        ("/default/echo", "/"),
        ("/default/echo/", "/"),
        ("/default/echo?x=1", "/?x=1"),
        ("/default/echo/a/b%20c?x=1&y", "/a/b%20c?x=1&y"),
        ("/default/echo//a", "//a"),
    ] {
        let head = head(target, "").await;
        assert_eq!(head["u"], own);
        assert_eq!((&head["m"], &head["ip"]), (&json!("GET"), &json!("127.0.0.1")));
    }
}

#[tokio::test]
async fn a_function_is_reached_by_host_name() {
    let running = start().await;
    running.deploy("echo", "head").await;
    for host in
        ["echo.default.example.org", "ECHO.default.localhost:8080", "echo.default.svc.local"]
    {
        let answer = running.call("GET", "/a?b", &format!("host: {host}\r\n"), b"").await;
        assert_eq!(answer.json()["head"]["u"], "/a?b", "{host}");
    }
    for host in ["echo.default", "echo.other.example.org", "127.0.0.1"] {
        let answer = running.call("GET", "/a?b", &format!("host: {host}\r\n"), b"").await;
        assert_eq!(answer.status, 404, "{host}");
    }
    let absolute = "http://echo.default.example.org/a";
    assert_eq!(running.get(absolute).await.json()["head"]["u"], "/a");
}

#[tokio::test]
async fn api_rules_route_by_host_and_path() {
    let running = start().await;
    running.deploy("echo", "head").await;
    let rule = "apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata:\n  name: shop\n\
                spec:\n  hosts: [shop.example.org]\n  service: {name: echo, port: 80}\n  rules:\n\
                \x20 - path: /orders/*\n    methods: [GET]\n    noAuth: true\n";
    let report = running.apply(rule).await;
    assert!(!report.is_refused(), "{report:?}");
    let host = "host: shop.example.org\r\n";
    let answer = running.call("GET", "/orders/7?full", host, b"").await;
    assert_eq!(answer.json()["head"]["u"], "/orders/7?full");
    let posted = running.call("POST", "/orders/7", host, b"x").await;
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET")));
    assert_eq!(posted.text(), "\"/orders/7\" has no route for POST; it has one for GET");
    for closed in ["/other", "/default/echo", "/healthz", "/publish"] {
        assert_eq!(running.call("GET", closed, host, b"").await.status, 404, "{closed}");
    }
    let dotted = "host: SHOP.example.org.:80\r\n";
    assert_eq!(running.call("GET", "/default/echo", dotted, b"").await.status, 404);
    let object = "/api/v1/namespaces/default/objects/apirule/shop";
    assert_eq!(running.admin("DELETE", object, "").await.status, 204);
    assert_eq!(running.call("GET", "/orders/7?full", host, b"").await.status, 404);
}

#[tokio::test]
async fn a_host_whose_routes_ask_for_authentication_is_closed() {
    let running = start().await;
    running.deploy("echo", "head").await;
    let rule = "apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata:\n  name: shop\n\
                spec:\n  hosts: [echo.default.example.org]\n  service: {name: echo, port: 80}\n\
                \x20 rules:\n  - path: /*\n    methods: [GET]\n    jwt: {}\n";
    running.apply(rule).await;
    for target in ["/", "/default/echo"] {
        let answer = running.call("GET", target, "host: echo.default.example.org\r\n", b"").await;
        assert_eq!(answer.status, 404, "{target}");
        assert!(answer.text().contains("no open route"), "{}", answer.text());
    }
    assert_eq!(running.get("/default/echo").await.status, 200);
}

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
async fn options_and_the_platforms_paths_never_reach_the_function() {
    let running = start().await;
    running.deploy("f", "text reached").await;
    let asked = "access-control-request-method: PUT\r\naccess-control-request-headers: x-a\r\n";
    let answer = running.call("OPTIONS", "/default/f/any", asked, b"").await;
    assert_eq!((answer.status, answer.text()), (200, String::new()));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("PUT"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("x-a"));
    for at in ["", "/default/f"] {
        let health = running.get(&format!("{at}/healthz")).await;
        assert_eq!((health.status, health.text()), (200, "OK".into()));
        assert_eq!(running.get(&format!("{at}/favicon.ico")).await.status, 204);
        let metrics = running.get(&format!("{at}/metrics")).await;
        let line = "function_calls_total{function=\"f\",namespace=\"default\"} 0";
        assert!(metrics.text().lines().any(|own| own == line), "{}", metrics.text());
    }
    assert_eq!(running.call("OPTIONS", "*", "", b"").await.status, 200);
}

#[tokio::test]
async fn without_cors_options_is_the_functions() {
    let running = start().await;
    running.apply(&function_with("f", "text reached", "  cors: false\n")).await;
    let answer = running.call("OPTIONS", "/default/f", "", b"").await;
    assert_eq!((answer.status, answer.text()), (200, "reached".into()));
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn calls_and_failures_are_counted() {
    let running = start().await;
    running.deploy("f", "text Hello").await;
    running.get("/default/f").await;
    running.get("/default/f").await;
    running.deploy("f", "throw").await;
    running.get("/default/f").await;
    let text = running.get("/metrics").await.text();
    for line in [
        "function_calls_total{function=\"f\",namespace=\"default\"} 3",
        "function_failures_total{function=\"f\",namespace=\"default\"} 1",
        "function_duration_seconds_count{function=\"f\",namespace=\"default\"} 3",
        "avocet_functions 1",
        "avocet_workers 1",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} in {text}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_with_what_is() {
    let running = start().await;
    assert!(running.get("/default/x").await.text().contains("none is deployed"));
    running.deploy("hello", "text Hello").await;
    let answer = running.get("/default/helo").await;
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.text(),
        "no function \"helo\" in namespace \"default\"; the nearest is default/hello"
    );
    for (target, text) in [
        ("/", "functions are at /NAMESPACE/FUNCTION"),
        ("/shop/hello", "no function \"hello\" in namespace \"shop\""),
        ("/default/other", "no function \"other\" in namespace \"default\""),
        ("//default/hello", "the path begins with two slashes; functions are at"),
        ("/default//hello", "the path has two slashes in a row; functions are at"),
        ("/default/h%65llo", "a name is written as it is, without percent signs; functions are"),
        ("/hello", "functions are at /NAMESPACE/FUNCTION; no function \"hello\" in namespace"),
        ("/Default/hello", "no function \"hello\" in namespace \"Default\""),
        ("/../default/hello", "no function \"default\" in namespace \"..\""),
    ] {
        let answer = running.get(target).await;
        assert_eq!(answer.status, 404, "{target}");
        assert!(answer.text().starts_with(text), "{target}: {}", answer.text());
        assert!(target == "/hello" || !answer.text().contains("nearest"), "{}", answer.text());
    }
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

#[tokio::test]
async fn a_streamed_answer_arrives_whole_and_at_the_readers_pace() {
    let running = start().await;
    // More than the credit window: the worker has to wait for the reader.
    running.deploy("f", "stream 1000000").await;
    let answer = running.get("/default/f").await;
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    assert!(answer.complete && answer.body.len() == 1_000_000, "{}", answer.body.len());
    // Again more than the window, so that its beginning is on the way when it breaks off.
    running.deploy("f", "stream-break 1000000").await;
    let answer = running.get("/default/f").await;
    assert!(answer.status == 200 && !answer.complete);
}

#[tokio::test]
async fn a_caller_who_leaves_cancels_the_call() {
    let running = start().await;
    running.deploy("f", "hold").await;
    let mut client = running.connect().await;
    client.send("GET /default/f HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let state = "/api/v1/namespaces/default/functions/f/state";
    while running.admin("GET", state, "").await.json()["inFlight"] == 0 {}
    drop(client);
    running.logged("cancelled").await;
}

#[tokio::test]
async fn headers_that_cannot_be_sent_are_named_in_the_log() {
    let running = start().await;
    running.deploy("f", "header x y: z").await;
    let answer = running.get("/default/f").await;
    assert_eq!(answer.status, 200);
    running.logged("response header \"x y\" was not sent: its name is not a header name").await;
}

#[tokio::test]
async fn functions_publish_to_the_address_they_name() {
    let bus = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = bus.local_addr().unwrap();
    let running =
        start_with(|options| options.publisher = Some(format!("http://{address}/p"))).await;
    running.deploy("f", "publish").await;
    let asked = running.call("POST", "/default/f", "", b"{\"id\":\"1\"}");
    let taken = async {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = bus.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"{\"id\":\"1\"}") {
            stream.read_buf(&mut request).await.unwrap();
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        String::from_utf8(request).unwrap()
    };
    let (answer, request) = tokio::join!(asked, taken);
    assert_eq!(answer.text(), "204");
    assert!(request.starts_with("POST /p HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/cloudevents+json"), "{request}");
}

#[tokio::test]
async fn publishing_nowhere_says_what_is_missing() {
    let running = start().await;
    running.deploy("f", "publish").await;
    let text = running.call("POST", "/default/f", "", b"{}").await.text();
    assert!(text.starts_with("501 ") && text.contains("PUBLISHER_PROXY_ADDRESS"), "{text}");
    let env = "  env:\n  - {name: PUBLISHER_PROXY_ADDRESS, value: 'ftp://bus.example'}\n";
    running.apply(&function_with("f", "publish", env)).await;
    let text = running.call("POST", "/default/f", "", b"{}").await.text();
    assert!(text.starts_with("502 ftp://bus.example is no http:// or https:// URL"), "{text}");
}

#[tokio::test]
async fn healthz_is_503_until_the_first_functions_are_deployed() {
    let running = start_with(|options| options.starting = true).await;
    let answer = running.get("/healthz").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    running.deploy("f", "text Hello").await;
    assert_eq!(running.get("/default/f").await.text(), "Hello");
    running.server.ready();
    assert_eq!(running.get("/healthz").await.status, 200);
}
