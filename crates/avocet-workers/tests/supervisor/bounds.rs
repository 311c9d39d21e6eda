use avocet_workers::FailureKind;

use crate::support::*;

#[tokio::test]
async fn a_function_takes_its_concurrency_and_its_queue_and_no_more() {
    let bench = Bench::new();
    let function = bench.limited("busy", |limits| {
        limits.concurrency = 2;
        limits.instances = 2;
        limits.queue = 3;
    });
    let held: Vec<_> = (0..7).map(|_| spawn(&function, "/hold")).collect();
    in_flight(&function, 7).await;
    let error = call(&function, "/echo").await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Overload);
    assert!(error.retry_after.is_some());
    assert!(error.message.contains("7 calls of busy"), "{}", error.message);
    let other = bench.function("other");
    assert_eq!(text(&other, "/release").await, "7", "others are not affected");
    for call in held {
        assert_eq!(join(call).await.unwrap().body, "released");
    }
    assert_eq!(text(&function, "/echo").await, "body");
}

#[tokio::test]
async fn a_worker_takes_so_many_calls_and_no_more() {
    let bench = Bench::with(|options| options.max_calls_per_worker = 5);
    let function = bench.function("busy");
    let mut held: Vec<_> = (0..5).map(|_| spawn(&function, "/hold")).collect();
    in_flight(&function, 5).await;
    assert_eq!(call(&function, "/echo").await.unwrap_err().kind, FailureKind::Overload);
    held.pop().unwrap().abort();
    let answer = within(async {
        loop {
            // The slot is free when the worker has read the cancellation.
            match function.call(request("/release", b"")).await {
                Err(error) if error.kind == FailureKind::Overload => tokio::task::yield_now().await,
                answer => return answer.unwrap(),
            }
        }
    })
    .await;
    assert_eq!(answer.body, "4");
}

#[tokio::test]
async fn callers_wait_while_a_worker_does_not_read_and_too_many_are_refused() {
    let bench = Bench::with(|options| {
        options.max_out_bytes = 1000;
        options.max_waiting = 2;
    });
    let function = bench.function("deaf");
    assert_eq!(text(&function, "/echo").await, "body");
    let mut calls = vec![spawn(&function, "/deaf")];
    in_flight(&function, 1).await;
    // More than the socket takes: from here on calls wait for room.
    let body = vec![0; 4 << 20];
    let big = function.clone();
    calls.push(tokio::spawn(async move { big.call(request("/echo", &body)).await }));
    in_flight(&function, 2).await;
    calls.extend((0..2).map(|_| spawn(&function, "/echo")));
    let error = within(async {
        loop {
            tokio::task::yield_now().await;
            let soon = tokio::time::timeout(NEAR, function.call(request("/echo", b""))).await;
            if let Ok(answer) = soon {
                return answer.unwrap_err();
            }
        }
    })
    .await;
    assert_eq!(error.kind, FailureKind::Overload);
    assert_eq!(function.state().in_flight, 2);
    drop(bench);
    for (n, call) in calls.into_iter().enumerate() {
        let kind = join(call).await.unwrap_err().kind;
        let expected = if n < 2 { FailureKind::Crashed } else { FailureKind::Overload };
        assert_eq!(kind, expected, "call {n}");
    }
}

#[tokio::test]
async fn a_caller_that_waits_for_room_keeps_its_time_limit() {
    let bench = Bench::with(|options| options.max_out_bytes = 1000);
    let function = bench.function("deaf");
    let hurried = bench.limited("hurried", |limits| limits.timeout_ms = 1);
    let deaf = spawn(&function, "/deaf");
    in_flight(&function, 1).await;
    let body = vec![0; 4 << 20];
    let big = function.clone();
    let big = tokio::spawn(async move { big.call(request("/echo", &body)).await });
    in_flight(&function, 2).await;
    assert_eq!(call(&hurried, "/echo").await.unwrap_err().kind, FailureKind::Timeout);
    drop(bench);
    assert_eq!(join(deaf).await.unwrap_err().kind, FailureKind::Crashed);
    assert_eq!(join(big).await.unwrap_err().kind, FailureKind::Crashed);
}
