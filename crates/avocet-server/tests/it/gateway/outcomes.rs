//! Outcomes of calls: status, counts, lines of the log.

use std::collections::BTreeSet;

use avocet_backplane::{Level, LogQuery};

use crate::support::start;

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
async fn headers_that_cannot_be_sent_are_named_in_the_log() {
    let running = start().await;
    running.deploy("f", "header x y: z").await;
    let answer = running.get("/default/f").await;
    assert_eq!(answer.status, 200);
    running.logged("response header \"x y\" was not sent: its name is not a header name").await;
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
