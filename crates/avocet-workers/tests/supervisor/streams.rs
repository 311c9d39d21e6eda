use avocet_frames::CREDIT_WINDOW;
use avocet_workers::{BodyStream, CallError, FailureKind};

use crate::support::*;

async fn open(function: &avocet_workers::FunctionHandle, url: &str) -> BodyStream {
    let answer = call(function, url).await.unwrap();
    assert_eq!(answer.body, "begin:");
    answer.stream.expect("it streams")
}

async fn drain(stream: &mut BodyStream) -> Result<usize, CallError> {
    let mut total = 0;
    while let Some(chunk) = within(stream.chunk()).await {
        total += chunk?.len();
    }
    Ok(total)
}

#[tokio::test]
async fn a_body_of_many_windows_arrives_whole() {
    let bench = Bench::new();
    let function = bench.function("river");
    let mut stream = open(&function, "/stream?total=5000000").await;
    assert_eq!(function.state().in_flight, 1, "it is in flight up to its end");
    assert_eq!(drain(&mut stream).await.unwrap(), 5_000_000);
    assert_eq!(function.state().in_flight, 0);
    assert!(within(stream.chunk()).await.is_none());
}

#[tokio::test]
async fn a_reader_that_waits_holds_only_its_own_stream_back() {
    let bench = Bench::new();
    let function = bench.function("river");
    let mut slow = open(&function, "/stream?total=1000000").await;
    let mut fast = open(&function, "/stream?total=1000000").await;
    assert_eq!(drain(&mut fast).await.unwrap(), 1_000_000);
    let journal = text(&function, "/journal").await;
    assert!(journal.contains("Credit"));
    assert_eq!(drain(&mut slow).await.unwrap(), 1_000_000);
}

#[tokio::test]
async fn a_stream_that_is_dropped_is_cancelled() {
    let bench = Bench::new();
    let function = bench.function("river");
    let mut stream = open(&function, "/stream?total=0").await;
    assert!(within(stream.chunk()).await.unwrap().is_ok());
    drop(stream);
    assert_eq!(function.state().in_flight, 0);
    let journal = text(&function, "/journal").await;
    assert_eq!(journal.lines().filter(|line| line.starts_with("Cancel")).count(), 1);
}

#[tokio::test]
async fn an_answer_that_is_not_taken_cancels_its_stream() {
    let bench = Bench::new();
    let function = bench.function("river");
    drop(call(&function, "/stream?total=0").await.unwrap());
    assert_eq!(function.state().in_flight, 0);
}

#[tokio::test]
async fn a_body_that_the_function_breaks_off_ends_with_its_failure() {
    let bench = Bench::new();
    let mut stream = open(&bench.function("river"), "/break").await;
    let error = drain(&mut stream).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Heap);
}

#[tokio::test]
async fn a_worker_that_ignores_the_window_loses_the_call() {
    let bench = Bench::new();
    let function = bench.function("flood");
    let url = format!("/overrun?total={}", CREDIT_WINDOW * 4);
    let mut stream = open(&function, &url).await;
    in_flight(&function, 0).await;
    let error = drain(&mut stream).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Internal);
    assert_eq!(text(&function, "/echo").await, "body", "others are not affected");
}

#[tokio::test]
async fn a_crash_breaks_the_body_off() {
    let bench = Bench::new();
    let function = bench.function("river");
    let mut stream = open(&function, "/stream?total=0").await;
    assert!(within(stream.chunk()).await.unwrap().is_ok());
    assert_eq!(call(&function, "/crash").await.unwrap_err().kind, FailureKind::Crashed);
    assert_eq!(drain(&mut stream).await.unwrap_err().kind, FailureKind::Crashed);
}
