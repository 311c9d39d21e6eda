//! Bodies of requests that arrive while their function runs.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};

use avocet_frames::CREDIT_WINDOW;
use avocet_workers::{ArrivingBody, CallBody, FailureKind, FunctionHandle};
use bytes::Bytes;

use crate::support::*;

const CHUNK: usize = 10_000;
const WINDOW: usize = CREDIT_WINDOW as usize;

/// Body that a caller sends.
struct Sent {
    parts: VecDeque<Result<Bytes, String>>,
    fate: Arc<Fate>,
}

/// Fate of that body.
#[derive(Default)]
struct Fate {
    taken: AtomicUsize,
    dropped: AtomicBool,
}

impl ArrivingBody for Sent {
    fn poll_chunk(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        let part = self.parts.pop_front();
        if let Some(Ok(part)) = &part {
            self.fate.taken.fetch_add(part.len(), SeqCst);
        }
        Poll::Ready(part)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.fate.dropped.store(true, SeqCst);
    }
}

fn parts(total: usize) -> VecDeque<Result<Bytes, String>> {
    let body = Bytes::from(vec![b'x'; total]);
    (0..total).step_by(CHUNK).map(|at| Ok(body.slice(at..total.min(at + CHUNK)))).collect()
}

fn sending(parts: VecDeque<Result<Bytes, String>>) -> (CallBody, Arc<Fate>) {
    let fate = Arc::new(Fate::default());
    (CallBody::Arriving(Box::new(Sent { parts, fate: fate.clone() })), fate)
}

async fn upload(function: &FunctionHandle, url: &str, body: CallBody) -> Answer {
    let mut request = request(url, b"");
    request.body = body;
    within(function.call(request)).await
}

#[tokio::test]
async fn a_body_of_many_windows_arrives_whole_and_within_them() {
    let bench = Bench::new();
    let (body, fate) = sending(parts(5_000_000));
    let answer = upload(&bench.function("sink"), "/upload", body).await.unwrap();
    assert_eq!(answer.body, format!("5000000 bytes, {WINDOW} at most"));
    assert!(fate.dropped.load(SeqCst));
}

#[tokio::test]
async fn a_body_without_bytes_arrives_too() {
    let bench = Bench::new();
    let (body, _) = sending(parts(0));
    let answer = upload(&bench.function("sink"), "/upload", body).await.unwrap();
    assert_eq!(answer.body, "0 bytes, 0 at most");
}

#[tokio::test]
async fn a_function_that_reads_nothing_has_no_more_than_a_window() {
    let bench = Bench::new();
    let function = bench.function("rock");
    let (body, fate) = sending(parts(5_000_000));
    let held = {
        let function = function.clone();
        tokio::spawn(async move { upload(&function, "/hold", body).await })
    };
    within(async {
        while fate.taken.load(SeqCst) < WINDOW {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for _ in 0..20 {
        assert_eq!(text(&function, "/echo").await, "body", "others are not affected");
    }
    assert!(fate.taken.load(SeqCst) <= WINDOW + CHUNK);
    assert_eq!(text(&function, "/release").await, "1");
    assert_eq!(join(held).await.unwrap().body, "released");
    assert!(fate.dropped.load(SeqCst), "an answer ends the body");
}

#[tokio::test]
async fn an_answer_may_come_while_the_body_does() {
    let bench = Bench::new();
    let (body, fate) = sending(parts(5_000_000));
    let answer = upload(&bench.function("mirror"), "/upload-echo", body).await.unwrap();
    let mut stream = answer.stream.expect("it streams");
    assert!(!fate.dropped.load(SeqCst));
    let mut total = 0;
    while let Some(chunk) = within(stream.chunk()).await {
        total += chunk.unwrap().len();
    }
    assert_eq!(total, 5_000_000);
    assert!(fate.dropped.load(SeqCst));
}

#[tokio::test]
async fn a_body_that_breaks_off_says_why() {
    let bench = Bench::new();
    let mut parts = parts(30_000);
    parts.push_back(Err("the caller left".into()));
    let (body, _) = sending(parts);
    let answer = upload(&bench.function("sink"), "/upload", body).await.unwrap();
    assert_eq!(answer.body, "30000, then the caller left");
}

#[tokio::test]
async fn the_time_limit_ends_a_call_that_does_not_read() {
    let bench = Bench::new();
    let slow = bench.limited("slow", |limits| limits.timeout_ms = 1);
    let (body, fate) = sending(parts(5_000_000));
    let error = upload(&slow, "/hold", body).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Timeout);
    assert!(fate.dropped.load(SeqCst));
    let journal = text(&bench.function("other"), "/journal").await;
    assert_eq!(journal.lines().filter(|line| line.starts_with("Cancel")).count(), 1);
}

#[tokio::test]
async fn a_crash_ends_the_body() {
    let bench = Bench::new();
    let (body, fate) = sending(parts(5_000_000));
    let error = upload(&bench.function("bomb"), "/upload-crash", body).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Crashed);
    assert!(fate.dropped.load(SeqCst));
}
