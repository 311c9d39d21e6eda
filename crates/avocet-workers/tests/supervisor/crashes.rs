use std::time::Duration;

use avocet_frames::VERSION;
use avocet_workers::{Event, FailureKind, Level, RestartPolicy};

use crate::support::*;

fn exited(event: &Event) -> Option<(String, u32, Duration)> {
    match event {
        Event::WorkerExited { reason, lost_calls, retry_after, .. } => {
            Some((reason.clone(), *lost_calls, *retry_after))
        }
        _ => None,
    }
}

#[tokio::test]
async fn each_call_of_a_worker_that_dies_is_answered_once_and_the_next_has_a_new_worker() {
    let bench = Bench::new();
    let (one, two) = (bench.function("one"), bench.function("two"));
    let first = text(&one, "/pid").await;
    let held: Vec<_> =
        (0..20).map(|n| spawn(if n % 2 == 0 { &one } else { &two }, "/hold")).collect();
    in_flight(&one, 10).await;
    in_flight(&two, 10).await;
    let fatal = call(&two, "/crash").await.unwrap_err();
    assert_eq!(fatal.kind, FailureKind::Crashed);
    assert!(fatal.message.contains("signal 6 (SIGABRT"), "{}", fatal.message);
    for call in held {
        assert_eq!(join(call).await.unwrap_err().kind, FailureKind::Crashed);
    }
    assert_ne!(text(&one, "/pid").await, first);
    assert_eq!(text(&two, "/echo").await, "body");
    let (_, lost, pause) = bench.sink.event(exited).await;
    assert_eq!((lost, pause), (21, Duration::ZERO));
    let line = bench.sink.line("10 calls in flight were answered with an error").await;
    assert_eq!((line.level, &line.function.unwrap().load().name[..]), (Level::Error, "one"));
}

#[tokio::test]
async fn what_was_answered_before_the_crash_counts() {
    let bench = Bench::new();
    let function = bench.function("brave");
    assert_eq!(text(&function, "/answer-and-crash").await, "the last words");
    let (_, lost, _) = bench.sink.event(exited).await;
    assert_eq!(lost, 0);
    assert_eq!(text(&function, "/echo").await, "body");
}

#[tokio::test]
async fn an_exit_status_is_explained() {
    let bench = Bench::new();
    let error = call(&bench.function("leaver"), "/exit?code=3").await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Crashed);
    assert!(error.message.contains("exited with status 3"), "{}", error.message);
}

#[tokio::test]
async fn a_row_of_crashes_is_slowed_down_and_calls_are_told() {
    let bench = Bench::with(|options| {
        options.restart = RestartPolicy { burst: 2, first: FAR, max: FAR, stable_after: FAR };
    });
    let function = bench.function("cursed");
    for _ in 0..3 {
        assert_eq!(call(&function, "/crash").await.unwrap_err().kind, FailureKind::Crashed);
    }
    let error = call(&function, "/echo").await.unwrap_err();
    assert_eq!(error.kind, FailureKind::NotLoaded);
    assert!(error.message.starts_with("cursed is held back for"), "{}", error.message);
    let after = error.retry_after.unwrap();
    assert!(after <= FAR * 5 / 4 && after >= FAR / 2, "{after:?}");
    assert_eq!(bench.supervisor.stats()[0].deaths, 3);
}

#[tokio::test]
async fn after_the_pause_the_next_call_is_served() {
    let bench = Bench::with(|options| {
        let policy = RestartPolicy { burst: 0, first: NEAR, max: NEAR, stable_after: FAR };
        options.restart = policy;
    });
    let function = bench.function("cursed");
    assert_eq!(call(&function, "/crash").await.unwrap_err().kind, FailureKind::Crashed);
    let answer = within(async {
        loop {
            match function.call(request("/echo", b"body")).await {
                Err(error) if error.kind == FailureKind::NotLoaded => {
                    tokio::task::yield_now().await;
                }
                answer => return answer.unwrap(),
            }
        }
    })
    .await;
    assert_eq!(answer.body, "body");
}

#[tokio::test]
async fn calls_wait_for_the_end_of_a_short_pause() {
    let bench = Bench::with(|options| {
        let pause = Duration::from_millis(200);
        let policy = RestartPolicy { burst: 0, first: pause, max: pause, stable_after: FAR };
        options.restart = policy;
    });
    // Each of the functions that were there, and one that was not.
    let (cursed, good) = (bench.function("cursed"), bench.function("good"));
    for _ in 0..2 {
        assert_eq!(call(&cursed, "/crash").await.unwrap_err().kind, FailureKind::Crashed);
        assert_eq!(text(&good, "/echo").await, "body");
        let calls: Vec<_> = (0..10).map(|_| spawn(&cursed, "/echo")).collect();
        for call in calls {
            assert_eq!(join(call).await.unwrap().body, "body");
        }
    }
    // A worker that ends without a call, too.
    assert_eq!(text(&good, "/answer-and-crash").await, "the last words");
    bench.sink.event(exited).await;
    assert_eq!(text(&good, "/echo").await, "body");
}

#[tokio::test]
async fn what_breaks_the_protocol_is_killed_and_named() {
    for (url, named) in [
        ("/garbage", "it sent what is no frame"),
        ("/nonsense", "a Respond frame whose head cannot be read"),
        ("/upward", "a Invoke frame, which only the supervisor sends"),
        ("/close", "SIGKILL"),
    ] {
        let bench = Bench::new();
        let function = bench.function("liar");
        let error = call(&function, url).await.unwrap_err();
        assert_eq!(error.kind, FailureKind::Crashed, "{url}");
        assert!(error.message.contains(named), "{url}: {}", error.message);
        assert_eq!(text(&function, "/echo").await, "body", "{url}");
    }
}

#[tokio::test]
async fn a_worker_that_greets_wrongly_is_killed_and_named() {
    let old = format!("it speaks version {} of the frames, the supervisor {VERSION}", VERSION + 1);
    for (greeting, named) in
        [("old", &*old), ("rude", "a Pong frame before its hello"), ("crash", "SIGABRT")]
    {
        let bench = Bench::fake("FAKE_HELLO", greeting);
        let error = call(&bench.function("echo"), "/echo").await.unwrap_err();
        assert_eq!(error.kind, FailureKind::Crashed, "{greeting}");
        assert!(error.message.contains(named), "{greeting}: {}", error.message);
    }
}

#[tokio::test]
async fn a_worker_that_never_greets_is_killed() {
    let launch = fake_launch().env("FAKE_HELLO", "never");
    let bench = Bench::started(launch, |options| options.start_within = NEAR);
    let hold = call(&bench.function("echo"), "/hold").await.unwrap_err();
    assert!(hold.message.contains("did not say hello within 1 ms"), "{}", hold.message);
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_named_and_not_tried_again_at_once() {
    let launch = avocet_workers::Launch::new("/nonexistent/worker");
    let bench = Bench::started(launch, |options| {
        options.restart.first = FAR;
        options.restart.max = FAR;
    });
    let function = bench.function("echo");
    for _ in 0..2 {
        let error = call(&function, "/echo").await.unwrap_err();
        assert_eq!(error.kind, FailureKind::NotLoaded);
        assert!(error.message.contains("/nonexistent/worker"), "{}", error.message);
        assert!(error.retry_after.unwrap() > FAR / 2);
    }
    assert_eq!(bench.sink.count(|e| matches!(e, Event::StartFailed { .. })), 1);
}

#[tokio::test]
async fn a_worker_that_its_launcher_could_not_become_says_why() {
    let launch = fake_launch().current_dir("/nonexistent/folder");
    let bench = Bench::started(launch, |_| {});
    let error = call(&bench.function("echo"), "/echo").await.unwrap_err();
    let told = "did not begin: cannot enter the folder /nonexistent/folder: No such file";
    assert!(error.message.contains(told), "{}", error.message);
}

#[tokio::test]
async fn children_of_a_worker_die_with_it() {
    let bench = Bench::new();
    let function = bench.function("parent");
    let child: u32 = text(&function, "/child").await.parse().unwrap();
    assert!(exists(child));
    call(&function, "/crash").await.unwrap_err();
    within(async {
        // Its new parent reaps it in its own time.
        while exists(child) && !is_zombie(child) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn is_zombie(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

/// Two crashes in a row are free.
fn slow(options: &mut avocet_workers::SupervisorOptions) {
    options.restart = RestartPolicy { burst: 2, first: FAR, max: FAR, stable_after: FAR };
}

#[tokio::test]
async fn a_function_that_keeps_crashing_does_not_hold_back_its_neighbours() {
    let bench = Bench::with(slow);
    let (cursed, good) = (bench.function("cursed"), bench.function("good"));
    for _ in 0..3 {
        assert_eq!(call(&cursed, "/crash").await.unwrap_err().kind, FailureKind::Crashed);
    }
    assert_eq!(call(&cursed, "/echo").await.unwrap_err().kind, FailureKind::NotLoaded);
    assert_eq!(text(&good, "/echo").await, "body");
    // A new revision is another function.
    assert_eq!(text(&bench.function("cursed"), "/echo").await, "body");
}

#[tokio::test]
async fn a_neighbour_that_was_there_at_some_of_the_crashes_is_not_held_back() {
    let bench = Bench::with(slow);
    let (cursed, good) = (bench.function("cursed"), bench.function("good"));
    for crash in 0..3 {
        let held = (crash > 0).then(|| spawn(&good, "/hold"));
        in_flight(&good, u32::from(crash > 0)).await;
        assert_eq!(call(&cursed, "/crash").await.unwrap_err().kind, FailureKind::Crashed);
        if let Some(held) = held {
            assert_eq!(join(held).await.unwrap_err().kind, FailureKind::Crashed);
        }
    }
    assert_eq!(text(&good, "/echo").await, "body");
    assert_eq!(call(&cursed, "/echo").await.unwrap_err().kind, FailureKind::NotLoaded);
}

#[tokio::test]
async fn a_worker_that_dies_without_a_call_is_slowed_down_as_a_whole() {
    let bench = Bench::with(|options| {
        options.restart = RestartPolicy { burst: 0, first: FAR, max: FAR, stable_after: FAR };
    });
    let function = bench.function("cursed");
    assert_eq!(text(&function, "/answer-and-crash").await, "the last words");
    bench.sink.event(exited).await;
    let error = call(&function, "/echo").await.unwrap_err();
    assert_eq!(error.message, "namespace space is being restarted after a crash");
}

#[tokio::test]
async fn those_who_are_held_back_for_the_same_crashes_come_back_one_by_one() {
    let bench = Bench::with(|options| {
        options.restart = RestartPolicy { burst: 0, first: FAR, max: FAR, stable_after: FAR };
    });
    let (cursed, good) = (bench.function("cursed"), bench.function("good"));
    let held = spawn(&good, "/hold");
    in_flight(&good, 1).await;
    call(&cursed, "/crash").await.unwrap_err();
    join(held).await.unwrap_err();
    let pauses = [&cursed, &good]
        .map(|function| async { call(function, "/echo").await.unwrap_err().retry_after.unwrap() });
    let [one, other] = pauses;
    let (one, other) = (one.await, other.await);
    assert!(one.abs_diff(other) > FAR / 4, "{one:?} {other:?}");
}
