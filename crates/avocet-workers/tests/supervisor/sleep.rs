use avocet_workers::{Event, Phase};

use crate::support::*;

fn asleep(event: &Event) -> Option<String> {
    match event {
        Event::Asleep { function } => Some(function.load().name.clone()),
        _ => None,
    }
}

#[tokio::test]
async fn a_function_without_calls_goes_to_sleep_and_wakes_for_the_next() {
    let bench = Bench::with(|options| options.idle_after = NEAR);
    let function = bench.function("drowsy");
    assert_eq!(text(&function, "/echo").await, "body");
    assert_eq!(bench.sink.event(asleep).await, "drowsy");
    assert_eq!(text(&function, "/echo").await, "body");
}

#[tokio::test]
async fn a_call_in_flight_keeps_its_function_awake() {
    let bench = Bench::with(|options| options.idle_after = NEAR);
    let (busy, idle) = (bench.function("busy"), bench.function("idle"));
    let held = spawn(&busy, "/hold");
    in_flight(&busy, 1).await;
    assert_eq!(text(&idle, "/echo").await, "body");
    assert_eq!(bench.sink.event(asleep).await, "idle");
    assert_eq!(busy.state().phase, Phase::Awake);
    assert_eq!(text(&idle, "/release").await, "1");
    join(held).await.unwrap();
}

#[tokio::test]
async fn an_unload_never_hits_the_calls_that_come_after_it() {
    let bench = Bench::new();
    let function = bench.function("restless");
    for turn in 0..50 {
        let held = spawn(&function, "/hold");
        in_flight(&function, 1).await;
        function.sleep();
        assert_eq!(function.state().phase, Phase::Asleep);
        assert_eq!(text(&function, "/release").await, "1", "turn {turn}");
        assert_eq!(join(held).await.unwrap().body, "released");
    }
    let journal = text(&function, "/journal").await;
    let loads: Vec<_> = journal.lines().filter(|line| line.starts_with("Load")).collect();
    assert_eq!(loads.len(), 51);
    assert_eq!((loads[0], loads[50]), ("Load 1.0", "Load 51.0"));
}

#[tokio::test]
async fn over_the_limit_the_one_used_least_recently_goes_to_sleep() {
    let bench = Bench::with(|options| options.max_awake_per_worker = 2);
    let [a, b, c] = ["a", "b", "c"].map(|name| bench.function(name));
    for function in [&a, &b, &a, &c] {
        assert_eq!(text(function, "/echo").await, "body");
    }
    assert_eq!(bench.sink.event(asleep).await, "b");
    let phases = [&a, &b, &c].map(|function| function.state().phase);
    assert_eq!(phases, [Phase::Awake, Phase::Asleep, Phase::Awake]);
    let held = [spawn(&a, "/hold"), spawn(&c, "/hold")];
    in_flight(&a, 1).await;
    in_flight(&c, 1).await;
    let error = call(&b, "/echo").await.unwrap_err();
    assert_eq!(error.kind, avocet_workers::FailureKind::Overload);
    assert_eq!(text(&a, "/release").await, "2");
    for call in held {
        join(call).await.unwrap();
    }
}

#[tokio::test]
async fn a_worker_without_awake_functions_ends_and_the_next_call_starts_another() {
    let bench = Bench::with(|options| options.worker_idle_after = NEAR);
    let function = bench.function("drowsy");
    let first = text(&function, "/pid").await;
    function.sleep();
    let ended = |event: &Event| match event {
        Event::WorkerExited { pid, expected, .. } => Some((pid.to_string(), *expected)),
        _ => None,
    };
    assert_eq!(bench.sink.event(ended).await, (first.clone(), true));
    assert_eq!(bench.supervisor.stats()[0].pid, None);
    assert_ne!(text(&function, "/pid").await, first);
}

#[tokio::test]
async fn a_call_that_meets_a_worker_on_its_way_out_waits_for_the_next() {
    let bench = Bench::with(|options| {
        options.worker_idle_after = std::time::Duration::ZERO;
        options.idle_after = std::time::Duration::ZERO;
    });
    let function = bench.function("restless");
    for _ in 0..30 {
        assert_eq!(text(&function, "/echo").await, "body");
        function.sleep();
    }
}
