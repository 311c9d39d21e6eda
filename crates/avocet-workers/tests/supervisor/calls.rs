use avocet_frames::head::Returned;
use avocet_workers::{Event, FailureKind};
use bytes::Bytes;

use crate::support::*;

#[tokio::test]
async fn the_first_call_starts_the_worker_loads_the_function_and_is_answered() {
    let bench = Bench::new();
    let function = bench.function("echo");
    let answer = call(&function, "/echo").await.unwrap();
    assert_eq!((answer.head.r, &answer.body[..]), (Returned::Text, &b"body"[..]));
    assert!(answer.stream.is_none());
    let journal = text(&function, "/journal").await;
    let journal: Vec<_> = journal.lines().collect();
    assert_eq!(journal[..2], ["Hello 0.0", "Load 1.0"]);
    assert!(journal[2].starts_with("Invoke 1."), "sent behind the load, without waiting");
}

#[tokio::test]
async fn everything_that_the_function_set_reaches_the_caller() {
    let bench = Bench::new();
    let answer = call(&bench.function("teapot"), "/head").await.unwrap();
    assert_eq!((answer.head.r, answer.head.s), (Returned::Response, Some(418)));
    assert_eq!(answer.head.h.unwrap(), ["x-method", "POST"]);
    assert_eq!(answer.body, "short and stout");
}

#[tokio::test]
async fn a_failure_that_the_worker_reports_is_an_error_of_its_kind() {
    let bench = Bench::new();
    let error = call(&bench.function("fat"), "/fail").await.unwrap_err();
    assert_eq!((error.kind, &error.message[..]), (FailureKind::Heap, "over the heap limit"));
}

#[tokio::test]
async fn functions_of_a_namespace_share_a_worker_and_namespaces_do_not() {
    let bench = Bench::new();
    let (one, two) = (bench.function("one"), bench.function("two"));
    let other = bench.supervisor.register(std::sync::Arc::new(definition("other", "one", |_| {})));
    assert_eq!(text(&one, "/pid").await, text(&two, "/pid").await);
    assert_ne!(text(&one, "/pid").await, text(&other, "/pid").await);
    assert_eq!(
        (text(&one, "/name").await, text(&two, "/name").await),
        ("one".into(), "two".into())
    );
    let stats = bench.supervisor.stats();
    let found: Vec<_> = stats.iter().map(|s| (&*s.namespace, s.functions, s.awake)).collect();
    assert_eq!(found, [("other", 1, 1), ("space", 2, 2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_callers_on_several_threads_each_get_their_own_answer() {
    let bench = Bench::new();
    let functions = ["a", "b", "c"].map(|name| bench.function(name));
    let tasks: Vec<_> = (0..60)
        .map(|caller| {
            let function = functions[caller % 3].clone();
            tokio::spawn(async move {
                for turn in 0..100 {
                    let body = format!("{caller}.{turn}");
                    let answer = function.call(request("/echo", body.as_bytes())).await.unwrap();
                    assert_eq!(answer.body, body);
                }
            })
        })
        .collect();
    for task in tasks {
        join(task).await;
    }
    assert!(functions.iter().all(|function| function.state().in_flight == 0));
}

#[tokio::test]
async fn a_body_of_megabytes_goes_both_ways() {
    let bench = Bench::new();
    let function = bench.function("echo");
    let body: Vec<u8> = (0..9_000_000u32).map(|n| n as u8).collect();
    let calls = [0, 1, 2].map(|_| function.call(request("/echo", &body)));
    for answer in calls {
        assert!(within(answer).await.unwrap().body == body);
    }
}

#[tokio::test]
async fn a_request_over_the_limit_of_a_frame_is_refused_and_hurts_nobody() {
    let bench = Bench::new();
    let function = bench.function("echo");
    let held = spawn(&function, "/hold");
    in_flight(&function, 1).await;
    let huge = avocet_workers::CallRequest::new(
        |out: &mut bytes::BytesMut| out.resize(out.len() + (2 << 20), b' '),
        Bytes::new(),
    );
    let error = within(function.call(huge)).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Internal);
    assert_eq!(text(&function, "/release").await, "1");
    assert_eq!(join(held).await.unwrap().body, "released");
}

#[tokio::test]
async fn a_second_answer_to_a_call_is_dropped() {
    let bench = Bench::new();
    let function = bench.function("twice");
    assert_eq!(text(&function, "/twice").await, "first");
    bench.sink.event(|e| matches!(e, Event::LateAnswer { .. }).then_some(())).await;
    assert_eq!(text(&function, "/echo").await, "body");
}

#[tokio::test]
async fn a_dropped_call_is_cancelled_and_leaves_nothing() {
    let bench = Bench::new();
    let function = bench.function("slow");
    let held = spawn(&function, "/hold");
    in_flight(&function, 1).await;
    held.abort();
    assert!(within(held).await.unwrap_err().is_cancelled());
    assert_eq!(function.state().in_flight, 0);
    assert_eq!(text(&function, "/release").await, "0", "the worker forgot it too");
    let journal = text(&function, "/journal").await;
    assert_eq!(journal.lines().filter(|line| line.starts_with("Cancel")).count(), 1);
}

#[tokio::test]
async fn an_answer_that_crosses_a_cancellation_reaches_no_other_call() {
    let bench = Bench::new();
    let function = bench.function("slow");
    for _ in 0..50 {
        let late = spawn(&function, "/late");
        in_flight(&function, 1).await;
        late.abort();
        assert_eq!(text(&function, "/echo").await, "body");
    }
    bench.sink.events(50, |e| matches!(e, Event::LateAnswer { .. })).await;
}

#[tokio::test]
async fn a_head_that_panics_takes_only_its_own_call_along() {
    let bench = Bench::new();
    let function = bench.function("echo");
    assert_eq!(text(&function, "/echo").await, "body");
    let doomed = function.clone();
    let task = tokio::spawn(async move {
        let head = |_: &mut bytes::BytesMut| panic!("a defect of the caller");
        doomed.call(avocet_workers::CallRequest::new(head, Bytes::new())).await
    });
    assert!(within(task).await.unwrap_err().is_panic());
    assert_eq!(text(&function, "/echo").await, "body");
    assert_eq!(function.state().in_flight, 0);
}
