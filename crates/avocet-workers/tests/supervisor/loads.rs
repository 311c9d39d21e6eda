use std::time::Duration;

use avocet_workers::{Event, FailureKind, LoadError, Phase};

use crate::support::*;

#[tokio::test]
async fn a_load_without_a_call_says_that_the_source_is_right() {
    let bench = Bench::new();
    let function = bench.function("right");
    assert_eq!(function.state().phase, Phase::Asleep);
    let loaded = within(function.load()).await.unwrap();
    assert_eq!(loaded.took, Duration::from_micros(1500));
    assert_eq!(function.state().phase, Phase::Awake);
    assert_eq!(function.state().pid, Some(loaded.pid));
    let again = within(function.load()).await.unwrap();
    assert_eq!(again.took, Duration::ZERO);
}

#[tokio::test]
async fn a_broken_source_is_refused_with_its_place_and_the_running_revision_serves_on() {
    let bench = Bench::new();
    let running = bench.function("right");
    assert_eq!(text(&running, "/echo").await, "body");
    let broken = bench.function("broken");
    let Err(LoadError::Source(error)) = within(broken.load()).await else {
        panic!("the source is wrong")
    };
    assert_eq!(
        (error.file.as_deref(), error.line, error.column),
        (Some("handler.js"), Some(3), Some(7))
    );
    assert_eq!(broken.state().phase, Phase::Asleep);
    assert_eq!(text(&running, "/echo").await, "body");
    bench.sink.event(|e| matches!(e, Event::NotLoaded { .. }).then_some(())).await;
}

#[tokio::test]
async fn calls_behind_a_load_that_fails_are_each_answered_once() {
    let bench = Bench::new();
    let function = bench.function("broken");
    let calls: Vec<_> = (0..10).map(|_| spawn(&function, "/echo")).collect();
    for call in calls {
        let error = join(call).await.unwrap_err();
        assert_eq!(error.kind, FailureKind::NotLoaded);
        assert!(error.message.contains("handler.js:3:7: SyntaxError"), "{}", error.message);
        assert!(error.retry_after.is_some());
        assert_eq!(error.source_error.unwrap().line, Some(3));
    }
    assert_eq!(function.state().in_flight, 0);
}

#[tokio::test]
async fn a_load_without_an_answer_is_given_up() {
    let bench = Bench::with(|options| options.load_timeout = NEAR);
    let function = bench.function("silent");
    let Err(LoadError::Failed(error)) = within(function.load()).await else {
        panic!("there is no answer")
    };
    assert_eq!(error.kind, FailureKind::NotLoaded);
    assert!(error.message.contains("did not load within 1 ms"), "{}", error.message);
    assert_eq!(function.state().phase, Phase::Asleep);
}

#[tokio::test]
async fn a_load_that_kills_the_worker_says_so() {
    let bench = Bench::new();
    let Err(LoadError::Failed(error)) = within(bench.function("fatal").load()).await else {
        panic!("the worker is gone")
    };
    assert_eq!(error.kind, FailureKind::Crashed);
    assert!(error.message.contains("exited with status 9"), "{}", error.message);
    assert_eq!(text(&bench.function("right"), "/echo").await, "body");
}

#[tokio::test]
async fn two_revisions_are_awake_beside_each_other() {
    let bench = Bench::new();
    let (old, new) = (bench.function("same"), bench.function("same"));
    let held = spawn(&old, "/hold");
    in_flight(&old, 1).await;
    within(new.load()).await.unwrap();
    old.remove();
    assert_eq!(call(&old, "/echo").await.unwrap_err().kind, FailureKind::NotLoaded);
    assert_eq!(text(&new, "/release").await, "1");
    assert_eq!(join(held).await.unwrap().body, "released", "what was in flight is finished");
    drop(old);
    assert_eq!(bench.supervisor.stats()[0].functions, 1);
}
