//! Functions that stay awake.

use std::sync::Arc;

use avocet_workers::{Definition, Event, FunctionHandle, Phase, Placement, RestartPolicy};

use crate::support::*;

fn kept(bench: &Bench, name: &str, instances: u32) -> FunctionHandle {
    let definition: Definition = definition("space", name, |limits| {
        (limits.concurrency, limits.instances) = (1000, instances.max(3));
    });
    bench.supervisor.register(Arc::new(definition.keep_awake(instances)))
}

fn asleep(event: &Event) -> Option<String> {
    match event {
        Event::Asleep { function } => Some(function.load().name.clone()),
        _ => None,
    }
}

fn awake(name: &'static str) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::Awake { function, .. } if function.load().name == name)
}

/// Waits until the function is awake in so many instances.
async fn instances(function: &FunctionHandle, count: u32) {
    within(async {
        loop {
            let state = function.state();
            if (state.phase, state.instances) == (Phase::Awake, count) {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_kept_function_in_a_shared_worker_does_not_go_to_sleep() {
    let bench = Bench::with(|options| {
        options.idle_after = NEAR;
        options.worker_idle_after = NEAR;
    });
    let (kept, other) = (kept(&bench, "kept", 1), bench.function("other"));
    within(kept.load()).await.unwrap();
    assert_eq!(text(&other, "/echo").await, "body");
    assert_eq!(bench.sink.event(asleep).await, "other");
    // Once more: everything that was due has been looked at in between.
    assert_eq!(text(&other, "/echo").await, "body");
    bench.sink.events(2, |event| asleep(event).is_some()).await;
    assert_eq!(kept.state().phase, Phase::Awake);
    kept.sleep();
    assert_eq!(kept.state().phase, Phase::Asleep);
}

#[tokio::test]
async fn a_kept_function_makes_no_room_for_others() {
    let bench = Bench::with(|options| options.max_awake_per_worker = 2);
    let (kept, a, b) = (kept(&bench, "kept", 1), bench.function("a"), bench.function("b"));
    within(kept.load()).await.unwrap();
    for function in [&a, &b] {
        assert_eq!(text(function, "/echo").await, "body");
    }
    assert_eq!(bench.sink.event(asleep).await, "a");
    assert_eq!(kept.state().phase, Phase::Awake);
}

#[tokio::test]
async fn a_kept_function_is_loaded_again_after_a_crash_of_its_shared_worker() {
    let bench = Bench::new();
    let (kept, other) = (kept(&bench, "kept", 1), bench.function("other"));
    let pid = within(kept.load()).await.unwrap().pid;
    call(&other, "/crash").await.unwrap_err();
    bench.sink.events(2, awake("kept")).await;
    assert_ne!(kept.state().pid, Some(pid));
    assert_eq!(other.state().phase, Phase::Asleep);
}

#[tokio::test]
async fn kept_instances_are_started_again_after_crashes() {
    let bench = Bench::with(|options| options.placement = Placement::Instance);
    let function = kept(&bench, "kept", 2);
    let first = within(function.load()).await.unwrap().pid;
    instances(&function, 2).await;
    call(&function, "/crash").await.unwrap_err();
    bench.sink.events(3, awake("kept")).await;
    instances(&function, 2).await;
    assert_ne!(function.state().pid, Some(first));
}

#[tokio::test]
async fn a_kept_instance_that_ended_by_itself_is_replaced() {
    let bench = Bench::with(|options| options.placement = Placement::Instance);
    let function = kept(&bench, "kept", 1);
    within(function.load()).await.unwrap();
    call(&function, "/exit?code=0").await.unwrap_err();
    bench.sink.events(2, awake("kept")).await;
    instances(&function, 1).await;
}

#[tokio::test]
async fn a_kept_function_comes_back_after_the_pause_of_its_worker() {
    let bench = Bench::with(|options| {
        options.placement = Placement::Instance;
        options.restart = RestartPolicy { burst: 0, first: NEAR, max: NEAR, stable_after: FAR };
    });
    let function = kept(&bench, "kept", 1);
    within(function.load()).await.unwrap();
    for crashes in 1..4 {
        call(&function, "/crash").await.unwrap_err();
        bench.sink.events(crashes + 1, awake("kept")).await;
        instances(&function, 1).await;
    }
}

#[tokio::test]
async fn a_kept_function_that_was_removed_or_put_to_sleep_stays_away() {
    let bench = Bench::new();
    let (gone, slept) = (kept(&bench, "gone", 1), kept(&bench, "slept", 1));
    let (back, other) = (kept(&bench, "back", 1), bench.function("other"));
    for function in [&gone, &slept, &back] {
        within(function.load()).await.unwrap();
    }
    gone.remove();
    slept.sleep();
    call(&other, "/crash").await.unwrap_err();
    bench.sink.events(2, awake("back")).await;
    assert_eq!((slept.state().phase, gone.state().phase), (Phase::Asleep, Phase::Asleep));
}
