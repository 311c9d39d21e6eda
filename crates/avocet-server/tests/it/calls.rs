//! Calls of functions by name, without HTTP.

use std::sync::Arc;
use std::time::Duration;

use avocet_frames::{SpanId, Trace, TraceId};
use avocet_workers::{FailureKind, Invocation, InvokeError, Outcome};
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use tokio::time::Instant;

use crate::support::{Running, function, function_with, start, start_with, until};

/// Calls `default/NAME` as `change` wants it.
async fn call(
    running: &Running,
    name: &str,
    change: impl FnOnce(&mut Invocation),
) -> Result<Outcome, InvokeError> {
    let mut invocation = Invocation::new("default", name);
    change(&mut invocation);
    running.server.invoker().invoke(invocation).await
}

async fn text(outcome: Outcome) -> String {
    String::from_utf8(outcome.whole(1 << 20).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_function_sees_the_request_that_the_invocation_says() {
    let running = start().await;
    running.deploy("f", "head").await;
    let trace = Trace {
        id: TraceId::new(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c),
        span: SpanId::new(0xb7ad_6b71_6920_3331),
        sampled: Some(true),
        ..Trace::default()
    };
    let outcome = call(&running, "f", |invocation| {
        invocation.method = Method::PUT;
        invocation.url = "/a?b=c".to_owned();
        let json = HeaderValue::from_static("application/json");
        invocation.headers.insert(header::CONTENT_TYPE, json);
        invocation.body = "{}".into();
        invocation.trace = Some(trace);
    });
    let outcome = outcome.await.unwrap();
    assert_eq!((outcome.status, outcome.failure), (StatusCode::OK, None));
    assert_eq!(outcome.headers[header::CONTENT_TYPE], "application/json; charset=utf-8");
    let seen: Value = serde_json::from_str(&text(outcome).await).unwrap();
    let head = &seen["head"];
    assert_eq!(
        (&head["m"], &head["u"], &head["k"]),
        (&"PUT".into(), &"/a?b=c".into(), &"json".into())
    );
    let headers = ["content-type", "application/json", "content-length", "2"];
    assert_eq!((&head["h"], &seen["body"]), (&headers.to_vec().into(), &"{}".into()));
    assert_eq!(head["t"]["id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(head["ip"], Value::Null);
    let outcome = call(&running, "f", |_| {}).await.unwrap();
    let seen: Value = serde_json::from_str(&text(outcome).await).unwrap();
    assert_eq!((&seen["head"]["m"], &seen["head"]["k"]), (&"POST".into(), &Value::Null));
}

#[tokio::test]
async fn an_outcome_has_the_status_of_the_return_table_and_is_counted_and_logged() {
    let running = start().await;
    for (name, code, status, failure) in [
        ("status", "status 404", 404, None),
        ("thrown", "throw", 500, None),
        ("late", "fail timeout", 408, Some(FailureKind::Timeout)),
        ("lost", "crash", 502, Some(FailureKind::Crashed)),
    ] {
        running.deploy(name, code).await;
        let outcome = call(&running, name, |_| {}).await.unwrap();
        assert_eq!((outcome.status.as_u16(), outcome.failure), (status, failure), "{name}");
        let metrics = running.get(&format!("/default/{name}/metrics")).await.text();
        let labels = format!("function=\"{name}\",namespace=\"default\"");
        assert!(metrics.contains(&format!("function_calls_total{{{labels}}} 1")), "{metrics}");
        let failures = u8::from(status >= 500 || status == 408);
        let failures = format!("function_failures_total{{{labels}}} {failures}");
        assert!(metrics.contains(&failures), "{metrics}");
    }
    running.logged("the test asked for timeout (spec.timeout, FUNC_TIMEOUT)").await;
}

#[tokio::test]
async fn a_streamed_answer_is_read_to_its_end_within_a_limit() {
    let running = start().await;
    running.deploy("f", "stream 1000000").await;
    let outcome = call(&running, "f", |_| {}).await.unwrap();
    assert_eq!(outcome.whole(1_000_000).await.unwrap().len(), 1_000_000);
    let outcome = call(&running, "f", |_| {}).await.unwrap();
    let error = outcome.whole(999_999).await.unwrap_err();
    assert_eq!(error.to_string(), "the function's answer has more than 999999 bytes");
    running.deploy("breaks", "stream-break 10").await;
    let outcome = call(&running, "breaks", |_| {}).await.unwrap();
    assert_eq!(outcome.whole(100).await.unwrap_err().kind, FailureKind::Crashed);
}

#[tokio::test]
async fn a_function_that_is_not_there_is_named_with_the_nearest() {
    let running = start().await;
    running.deploy("order", "text x").await;
    let error = call(&running, "oder", |_| {}).await.unwrap_err();
    let nearest = "no function \"oder\" in namespace \"default\"; the nearest is default/order";
    assert_eq!(error, InvokeError::NotFound(nearest.to_owned()));
    assert_eq!(error.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_request_that_the_function_does_not_take_never_reaches_it() {
    let running = start().await;
    running.apply(&function_with("f", "head", "  bodyLimit: 1Ki\n")).await;
    let large = call(&running, "f", |invocation| invocation.body = vec![b'x'; 1025].into());
    assert_eq!(large.await.unwrap_err().status(), StatusCode::PAYLOAD_TOO_LARGE);
    for (kind, body, status) in [
        ("application/cloudevents+json", "{}", StatusCode::BAD_REQUEST),
        ("application/cloudevents-batch+json", "[]", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let error = call(&running, "f", |invocation| {
            invocation.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            invocation.body = body.into();
        });
        assert_eq!(error.await.unwrap_err().status(), status, "{kind}");
    }
    let metrics = running.get("/default/f/metrics").await.text();
    assert!(metrics.contains("namespace=\"default\"} 0"), "{metrics}");
}

#[tokio::test]
async fn nothing_is_called_once_the_platform_has_ended() {
    let running = start().await;
    running.deploy("f", "text f").await;
    let invoker = running.server.invoker();
    running.server.shutdown(Duration::from_secs(5)).await;
    // Nobody holds the routes any more but connections that are being closed.
    until(async || {
        let ended = invoker.invoke(Invocation::new("default", "f")).await;
        matches!(ended, Err(InvokeError::Ended))
    })
    .await;
}

#[tokio::test]
async fn a_deadline_ends_a_call_before_the_functions_own_limit() {
    let running = start().await;
    running.deploy("f", "hold").await;
    let passed = |invocation: &mut Invocation| invocation.deadline = Some(Instant::now());
    let outcome = call(&running, "f", passed).await.unwrap();
    assert_eq!(outcome.failure, Some(FailureKind::Timeout));
    running.logged("cancelled").await;
}

#[tokio::test]
async fn calls_wait_for_a_first_deploy_as_over_http() {
    let running = start_with(|options| options.gateway.arrivals.wait = Duration::from_secs(3600));
    let running = Arc::new(running.await);
    running.deploy("open", "open one").await;
    let deploying = tokio::spawn({
        let running = running.clone();
        async move { running.apply(&function("f", "gated one text there")).await }
    });
    until(async || running.get("/default/f/healthz").await.status == 503).await;
    let past = |invocation: &mut Invocation| invocation.deadline = Some(Instant::now());
    let error = call(&running, "f", past).await.unwrap_err();
    assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
    let waiting = call(&running, "f", |_| {});
    tokio::pin!(waiting);
    let opened = until(async || {
        running.get("/default/open").await;
        deploying.is_finished()
    });
    let (outcome, ()) = tokio::join!(waiting, opened);
    assert_eq!(text(outcome.unwrap()).await, "there");
}
