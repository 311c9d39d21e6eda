//! Everything at once: that each call ends exactly once, with its own answer, whatever happens
//! around it.

use avocet_workers::{FailureKind, FunctionHandle, RestartPolicy};

use crate::support::*;

/// A small generator, so that each run does the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

async fn caller(functions: Vec<FunctionHandle>, mut dice: Dice, turns: u32) {
    for turn in 0..turns {
        let function = &functions[dice.roll(functions.len() as u64) as usize];
        match dice.roll(40) {
            0 => drop(call(function, "/crash").await.unwrap_err()),
            1 => function.sleep(),
            2 => drop(call(function, "/release").await),
            3 => drop(call(function, "/stream?total=100000").await),
            4..8 => {
                let held = spawn(function, if dice.roll(2) == 0 { "/hold" } else { "/late" });
                for _ in 0..dice.roll(5) {
                    tokio::task::yield_now().await;
                }
                held.abort();
                let _ = held.await;
            }
            _ => {
                let body = format!("{}.{turn}", dice.0);
                match within(function.call(request("/echo", body.as_bytes()))).await {
                    Ok(answer) => assert_eq!(answer.body, body),
                    Err(error) => assert_eq!(error.kind, FailureKind::Crashed, "{error}"),
                }
            }
        }
    }
}

async fn storm(callers: u64, turns: u32) {
    let bench = Bench::with(|options| {
        options.warm_processes = 2;
        options.ping_every = NEAR;
        options.idle_after = NEAR;
        options.max_awake_per_worker = 4;
        let policy = RestartPolicy { burst: u32::MAX, ..RestartPolicy::default() };
        options.restart = policy;
    });
    let functions: Vec<_> = ["a", "b", "c", "d"].map(|name| bench.function(name)).into();
    let tasks: Vec<_> = (0..callers)
        .map(|seed| tokio::spawn(caller(functions.clone(), Dice(seed), turns)))
        .collect();
    for task in tasks {
        join(task).await;
    }
    assert!(functions.iter().all(|function| function.state().in_flight == 0));
    assert_eq!(bench.supervisor.stats()[0].in_flight, 0);
    assert_eq!(text(&functions[0], "/echo").await, "body");
    within(bench.supervisor.shutdown(FAR)).await;
}

#[tokio::test]
async fn on_one_thread() {
    storm(30, 40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_several_threads() {
    storm(30, 40).await;
}
