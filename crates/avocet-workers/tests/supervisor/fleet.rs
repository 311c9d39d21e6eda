//! Functions whose instances have a process each.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use avocet_workers::{
    Event, FailureKind, FunctionHandle, Limits, LoadError, Phase, Placement, SupervisorOptions,
};

use crate::support::*;

fn bench(change: impl FnOnce(&mut SupervisorOptions)) -> Bench {
    Bench::with(|options| {
        options.placement = Placement::Instance;
        options.ping_every = NEAR;
        change(options);
    })
}

/// Three instances of two calls each; one more call may wait.
fn small(limits: &mut Limits) {
    (limits.concurrency, limits.instances, limits.queue) = (2, 3, 1);
}

async fn instances(function: &FunctionHandle, count: u32) {
    within(async {
        while function.state().instances != count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn exited(event: &Event) -> Option<(u32, bool, String)> {
    match event {
        Event::WorkerExited { pid, expected, reason, .. } => {
            Some((*pid, *expected, reason.clone()))
        }
        _ => None,
    }
}

#[tokio::test]
async fn instances_come_with_calls_up_to_the_limit_and_further_calls_wait() {
    let bench = bench(|_| {});
    let function = bench.limited("busy", small);
    assert_eq!(function.state().phase, Phase::Asleep);
    let mut held = Vec::new();
    for (calls, expected) in [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3)] {
        held.push(spawn(&function, "/hold"));
        in_flight(&function, calls).await;
        instances(&function, expected).await;
    }
    let waits = spawn(&function, "/echo");
    in_flight(&function, 7).await;
    let refused = call(&function, "/echo").await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Overload);
    assert!(refused.retry_after.is_some());
    held.pop().unwrap().abort();
    assert_eq!(join(waits).await.unwrap().body, "body");
    for call in held {
        call.abort();
    }
}

#[tokio::test]
async fn two_instances_are_two_processes_and_calls_fill_the_oldest_first() {
    let bench = bench(|_| {});
    let function = bench.limited("pair", |limits| (limits.concurrency, limits.instances) = (1, 2));
    let mut pids = BTreeSet::new();
    let first = text(&function, "/pid").await;
    let held = spawn(&function, "/hold");
    in_flight(&function, 1).await;
    for _ in 0..3 {
        pids.insert(text(&function, "/pid").await);
    }
    assert_eq!(pids.len(), 1);
    assert!(!pids.contains(&first));
    held.abort();
    in_flight(&function, 0).await;
    assert_eq!(text(&function, "/pid").await, first);
}

#[tokio::test]
async fn idle_instances_end_down_to_those_that_are_kept_awake() {
    let bench = bench(|options| options.idle_after = NEAR);
    let definition = definition("space", "kept", |limits| {
        (limits.concurrency, limits.instances) = (1, 3);
    });
    let function = bench.supervisor.register(Arc::new(definition.keep_awake(1)));
    let kept = within(function.load()).await.unwrap().pid;
    let held: Vec<_> = (0..3).map(|_| spawn(&function, "/hold")).collect();
    instances(&function, 3).await;
    for call in held {
        call.abort();
    }
    bench.sink.events(2, |event| exited(event).is_some_and(|(_, expected, _)| expected)).await;
    assert_eq!((function.state().instances, function.state().pid), (1, Some(kept)));
    assert_eq!(text(&function, "/pid").await, kept.to_string());
}

#[tokio::test]
async fn a_function_without_calls_has_no_process() {
    let bench = bench(|options| options.idle_after = NEAR);
    let function = bench.function("drowsy");
    let first = text(&function, "/pid").await;
    let (pid, expected, _) = bench.sink.event(exited).await;
    assert_eq!((pid.to_string(), expected), (first.clone(), true));
    assert_ne!(text(&function, "/pid").await, first);
}

#[tokio::test]
async fn an_instance_with_work_under_way_goes_to_sleep_when_that_is_done() {
    let bench = bench(|options| options.idle_after = NEAR);
    let function = bench.function("busy");
    assert_eq!(text(&function, "/work?pings=5").await, "working");
    let (_, expected, reason) = bench.sink.event(exited).await;
    assert!(expected, "{reason}");
}

#[tokio::test]
async fn work_that_does_not_end_is_cut_off() {
    let bench = bench(|options| (options.idle_after, options.work_within) = (NEAR, NEAR));
    let function = bench.function("restless");
    assert_eq!(text(&function, "/work?pings=1000000").await, "working");
    let (_, expected, reason) = bench.sink.event(exited).await;
    assert!(!expected && reason.contains("9"), "{reason}");
}

#[tokio::test]
async fn a_call_that_does_not_return_has_its_instance_replaced_and_spares_the_others() {
    let bench = bench(|options| options.cancel_within = NEAR);
    let function = bench.limited("stuck", |limits| {
        (limits.concurrency, limits.instances, limits.timeout_ms) = (2, 1, 300);
    });
    let first = text(&function, "/pid").await;
    let stuck = spawn(&function, "/stuck");
    let error = join(stuck).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Timeout);
    let (pid, expected, reason) = bench.sink.event(exited).await;
    assert_eq!((pid.to_string(), expected), (first.clone(), false));
    assert!(reason.contains("stop calls that were given up"), "{reason}");
    assert_ne!(text(&function, "/pid").await, first);
}

#[tokio::test]
async fn a_worker_that_computes_for_ever_is_killed_after_the_calls_time() {
    let bench = bench(|options| options.pong_within = NEAR);
    let function = bench.limited("deaf", |limits| limits.timeout_ms = 300);
    let first = text(&function, "/pid").await;
    let error = call(&function, "/deaf").await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Timeout);
    let (_, _, reason) = bench.sink.event(exited).await;
    assert!(reason.contains("answer a ping"), "{reason}");
    assert_ne!(text(&function, "/pid").await, first);
}

#[tokio::test]
async fn a_worker_that_computes_within_its_time_is_not_killed_and_others_take_the_calls() {
    let bench = bench(|options| (options.pong_within, options.stall_after) = (NEAR, NEAR));
    let function = bench.limited("pair", |limits| limits.instances = 2);
    let first = text(&function, "/pid").await;
    let deaf = spawn(&function, "/deaf");
    in_flight(&function, 1).await;
    within(async {
        // Until its silence is noticed, calls may still go to it; they are given up.
        loop {
            let pid = tokio::time::timeout(NEAR * 50, text(&function, "/pid")).await;
            if pid.is_ok_and(|pid| pid != first) {
                return;
            }
        }
    })
    .await;
    assert_eq!(bench.sink.count(|event| exited(event).is_some()), 0);
    deaf.abort();
}

/// No pings but those that calls wait for, each call but the first.
fn asking(options: &mut SupervisorOptions) {
    options.ping_every = FAR;
    (options.quiet_after, options.stall_after) = (Duration::ZERO, NEAR);
}

#[tokio::test]
async fn a_call_does_not_lie_behind_one_that_computes() {
    let bench = bench(asking);
    let function = bench.limited("pair", |limits| limits.instances = 2);
    let first = text(&function, "/pid").await;
    let deaf = spawn(&function, "/deaf");
    bench.sink.line("deaf").await;
    assert_ne!(text(&function, "/pid").await, first);
    deaf.abort();
}

#[tokio::test]
async fn a_call_that_waits_for_the_only_instance_outlives_it() {
    let bench = bench(asking);
    let function = bench.limited("single", |limits| limits.queue = 0);
    let first = text(&function, "/pid").await;
    let deaf = spawn(&function, "/deaf");
    bench.sink.line("deaf").await;
    let waits = spawn(&function, "/pid");
    in_flight(&function, 2).await;
    let killed = std::process::Command::new("kill").args(["-KILL", &first]).status().unwrap();
    assert!(killed.success());
    assert_eq!(join(deaf).await.unwrap_err().kind, FailureKind::Crashed);
    assert_ne!(join(waits).await.unwrap().body, first);
}

#[tokio::test]
async fn a_call_whose_time_is_over_while_it_waits_is_told_so() {
    // Who runs is let go on, so that nothing gets room.
    let bench = bench(|options| options.timeout_grace = FAR);
    let function =
        bench.limited("full", |limits| (limits.concurrency, limits.timeout_ms) = (1, 300));
    let held = spawn(&function, "/hold");
    in_flight(&function, 1).await;
    let error = call(&function, "/pid").await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Timeout);
    assert!(error.message.contains("0.3 s was over (spec.timeout)"), "{}", error.message);
    held.abort();
}

#[tokio::test]
async fn calls_to_an_instance_that_lives_stay_with_it() {
    let bench = bench(|options| {
        asking(options);
        options.stall_after = FAR;
    });
    let function = bench.limited("lively", |limits| (limits.instances, limits.queue) = (2, 0));
    let first = text(&function, "/pid").await;
    let held = spawn(&function, "/hold");
    in_flight(&function, 1).await;
    let calls: Vec<_> = (0..20).map(|_| spawn(&function, "/pid")).collect();
    for call in calls {
        assert_eq!(join(call).await.unwrap().body, first);
    }
    held.abort();
}

#[tokio::test]
async fn a_crash_is_answered_once_and_the_next_call_has_a_new_process() {
    let bench = bench(|_| {});
    let function = bench.function("fragile");
    let first = text(&function, "/pid").await;
    assert_eq!(call(&function, "/crash").await.unwrap_err().kind, FailureKind::Crashed);
    assert_ne!(text(&function, "/pid").await, first);
}

#[tokio::test]
async fn an_instance_over_its_memory_is_killed_and_says_so() {
    let bench = bench(|options| options.memory_every = NEAR);
    let function = bench.limited("greedy", |limits| limits.heap_bytes = 32 << 20);
    let error = call(&function, "/fill?mib=64").await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Heap);
    assert!(error.message.contains("limit of greedy is 32 MiB"), "{}", error.message);
    let over = |event: &Event| match event {
        Event::OverMemory { used, limit, .. } => Some((*used, *limit)),
        _ => None,
    };
    let (used, limit) = bench.sink.event(over).await;
    assert!(used > limit && limit == 32 << 20);
    assert_eq!(text(&function, "/echo").await, "body");
}

#[tokio::test]
async fn what_a_process_prints_is_its_functions() {
    let bench = bench(|_| {});
    let function = bench.function("loud");
    call(&function, "/print").await.unwrap();
    let line = bench.sink.line("printed").await;
    assert_eq!(line.function.unwrap().load().name, "loud");
}

#[tokio::test]
async fn a_broken_source_is_told_and_its_process_ends() {
    let bench = bench(|_| {});
    let function = bench.function("broken");
    let Err(LoadError::Source(error)) = within(function.load()).await else { panic!("it loaded") };
    assert_eq!(error.line, Some(3));
    assert!(bench.sink.event(exited).await.1);
    assert_eq!(call(&function, "/echo").await.unwrap_err().kind, FailureKind::NotLoaded);
}

#[tokio::test]
async fn calls_in_flight_end_well_when_their_function_is_dropped() {
    let bench = bench(|_| {});
    let function = bench.limited("old", small);
    let streaming = call(&function, "/stream?total=100000").await.unwrap();
    let pid = function.state().pid.unwrap();
    drop(function);
    let mut stream = streaming.stream.unwrap();
    let mut bytes = 0;
    while let Some(chunk) = within(stream.chunk()).await {
        bytes += chunk.unwrap().len();
    }
    assert_eq!(bytes, 100_000);
    drop(stream);
    assert_eq!(bench.sink.event(exited).await, (pid, true, bench.sink.event(exited).await.2));
}

#[tokio::test]
async fn a_shutdown_ends_all_instances() {
    let bench = bench(|_| {});
    let function = bench.limited("pair", |limits| (limits.concurrency, limits.instances) = (1, 2));
    let held = spawn(&function, "/hold");
    in_flight(&function, 1).await;
    text(&function, "/echo").await;
    held.abort();
    let shutdown = within(bench.supervisor.shutdown(FAR)).await;
    assert_eq!((shutdown.ended, shutdown.killed), (2, 0));
}
