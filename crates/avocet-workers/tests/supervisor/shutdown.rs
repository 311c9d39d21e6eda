use avocet_workers::{FailureKind, Shutdown};

use crate::support::*;

#[tokio::test]
async fn a_shutdown_refuses_new_calls_and_finishes_those_in_flight() {
    let bench = Bench::with(|options| options.warm_processes = 1);
    let function = bench.function("slow");
    let pid = text(&function, "/pid").await.parse().unwrap();
    let mut held: Vec<_> = (0..3).map(|_| spawn(&function, "/hold")).collect();
    in_flight(&function, 3).await;
    held.push(spawn(&function, "/release"));
    in_flight(&function, 4).await;
    let supervisor = bench.supervisor.clone();
    let ending = tokio::spawn(async move { supervisor.shutdown(FAR).await });
    for call in held {
        assert!(join(call).await.is_ok());
    }
    assert_eq!(join(ending).await.killed, 0);
    assert_eq!(call(&function, "/echo").await.unwrap_err().kind, FailureKind::Overload);
    assert!(!exists(pid));
}

#[tokio::test]
async fn what_does_not_end_in_time_is_killed_and_its_calls_are_answered() {
    let bench = Bench::new();
    let function = bench.function("slow");
    let pid = text(&function, "/pid").await.parse().unwrap();
    let held = spawn(&function, "/hold");
    in_flight(&function, 1).await;
    let ended = within(bench.supervisor.shutdown(NEAR)).await;
    assert_eq!(ended, Shutdown { ended: 0, killed: 1 });
    assert!(!exists(pid));
    assert_eq!(join(held).await.unwrap_err().kind, FailureKind::Crashed);
}

#[tokio::test]
async fn a_worker_that_ignores_the_shutdown_is_killed() {
    let launch = fake_launch().env("FAKE_SHUTDOWN", "ignore");
    let bench = Bench::started(launch, |options| options.end_within = NEAR);
    let function = bench.function("stubborn");
    let pid = text(&function, "/pid").await.parse().unwrap();
    within(bench.supervisor.shutdown(FAR)).await;
    assert!(!exists(pid));
    bench.sink.line("did not end within 1 ms").await;
}

#[tokio::test]
async fn dropping_the_supervisor_kills_its_workers() {
    let bench = Bench::with(|options| options.warm_processes = 2);
    let function = bench.function("slow");
    let pid: u32 = text(&function, "/pid").await.parse().unwrap();
    let held = spawn(&function, "/hold");
    in_flight(&function, 1).await;
    drop(bench);
    assert_eq!(join(held).await.unwrap_err().kind, FailureKind::Crashed);
    assert!(!exists(pid));
    assert_eq!(call(&function, "/echo").await.unwrap_err().kind, FailureKind::Overload);
}
