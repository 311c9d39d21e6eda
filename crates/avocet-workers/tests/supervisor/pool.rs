use avocet_workers::{Event, Launch};

use crate::support::*;

fn warm(event: &Event) -> Option<u32> {
    match event {
        Event::WorkerReady { namespace: None, pid, .. } => Some(*pid),
        _ => None,
    }
}

#[tokio::test]
async fn a_warm_worker_is_taken_and_replaced() {
    let bench = Bench::with(|options| options.warm_processes = 1);
    let pid = bench.sink.event(warm).await;
    let function = bench.function("echo");
    assert_eq!(text(&function, "/pid").await, pid.to_string());
    let taken = |event: &Event| match event {
        Event::WorkerTaken { namespace, pid } => Some((namespace.to_string(), *pid)),
        _ => None,
    };
    assert_eq!(bench.sink.event(taken).await, ("space".to_owned(), pid));
    let journal = text(&function, "/journal").await;
    assert_eq!(journal.lines().filter(|line| *line == "Hello 0.0").count(), 2);
    bench.sink.events(2, |event| warm(event).is_some()).await;
}

#[tokio::test]
async fn a_warm_worker_that_dies_is_replaced() {
    let bench = Bench::with(|options| options.warm_processes = 2);
    bench.sink.events(2, |event| warm(event).is_some()).await;
    let pid = bench.sink.event(warm).await;
    let pid = rustix::process::Pid::from_raw(pid as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    bench.sink.events(3, |event| warm(event).is_some()).await;
    let dead = |event: &Event| match event {
        Event::WorkerExited { namespace: None, reason, .. } => Some(reason.clone()),
        _ => None,
    };
    assert!(bench.sink.event(dead).await.contains("SIGKILL"));
}

#[tokio::test]
async fn a_pool_that_cannot_start_workers_says_why_and_tries_again() {
    let failed = |event: &Event| match event {
        Event::StartFailed { namespace: None, reason, .. } => Some(reason.clone()),
        _ => None,
    };
    for (launch, named) in [
        (Launch::new("/nonexistent/worker"), "/nonexistent/worker"),
        (fake_launch().current_dir("/nonexistent/folder"), "cannot enter the folder"),
        (fake_launch().env("FAKE_START", "exit"), "exited with status 7"),
        (fake_launch().env("FAKE_HELLO", "old"), "of the frames, the supervisor"),
    ] {
        let bench = Bench::started(launch, |options| {
            options.warm_processes = 1;
            options.restart.first = NEAR;
            options.restart.max = NEAR;
        });
        let reason = bench.sink.event(failed).await;
        assert!(reason.contains(named), "{reason}");
        bench.sink.events(3, |event| failed(event).is_some()).await;
    }
}
