use avocet_workers::{Event, FailureKind};

use crate::support::*;

#[tokio::test]
async fn a_call_over_its_time_fails_alone() {
    let bench = Bench::new();
    let slow = bench.limited("slow", |limits| limits.timeout_ms = 1);
    let other = bench.function("other");
    let held = spawn(&other, "/hold");
    in_flight(&other, 1).await;
    let error = call(&slow, "/hold").await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Timeout);
    assert!(
        error.message.contains("slow did not end within its time limit of 0.001 s (spec.timeout)")
    );
    assert_eq!(text(&other, "/release").await, "1", "only the other's call is still there");
    assert_eq!(join(held).await.unwrap().body, "released");
}

#[tokio::test]
async fn an_answer_after_the_time_is_dropped() {
    let bench = Bench::new();
    let slow = bench.limited("slow", |limits| limits.timeout_ms = 1);
    let steady = bench.function("steady");
    for _ in 0..20 {
        assert_eq!(call(&slow, "/late").await.unwrap_err().kind, FailureKind::Timeout);
        assert_eq!(text(&steady, "/echo").await, "body");
    }
    bench.sink.events(20, |e| matches!(e, Event::LateAnswer { .. })).await;
    assert_eq!(slow.state().in_flight, 0);
}

#[tokio::test]
async fn a_worker_that_answers_no_ping_is_killed_and_replaced() {
    let bench = Bench::with(|options| {
        options.ping_every = NEAR;
        options.pong_within = std::time::Duration::from_secs(2);
    });
    let function = bench.function("deaf");
    assert_eq!(text(&function, "/echo").await, "body");
    let error = call(&function, "/deaf").await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Crashed);
    assert!(error.message.contains("did not answer a ping"), "{}", error.message);
    assert_eq!(text(&function, "/echo").await, "body");
}

#[tokio::test]
async fn a_worker_that_goes_on_with_a_cancelled_call_is_killed() {
    let bench = Bench::with(|options| {
        options.ping_every = NEAR;
        options.cancel_within = NEAR;
    });
    let function = bench.limited("stuck", |limits| limits.timeout_ms = 1);
    assert_eq!(call(&function, "/stuck").await.unwrap_err().kind, FailureKind::Timeout);
    let reason = |event: &Event| match event {
        Event::WorkerExited { reason, .. } => Some(reason.clone()),
        _ => None,
    };
    let reason = bench.sink.event(reason).await;
    assert!(reason.contains("did not stop calls that were given up"), "{reason}");
}

#[tokio::test]
async fn a_stream_over_its_time_is_broken_off() {
    let bench = Bench::new();
    let function = bench.limited("river", |limits| limits.timeout_ms = 1000);
    within(function.load()).await.unwrap();
    let mut stream = call(&function, "/stream?total=0").await.unwrap().stream.unwrap();
    let error = within(async {
        loop {
            if let Err(error) = stream.chunk().await.expect("it has no clean end") {
                return error;
            }
        }
    })
    .await;
    assert_eq!(error.kind, FailureKind::Timeout);
    assert!(within(stream.chunk()).await.is_none());
}
