//! Thousands of worlds. `AVOCET_SEEDS` sets how many (10,000), `AVOCET_SEED` runs one and shows its
//! steps.

use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::world::World;

const SEEDS: u64 = 10_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_world_keeps_its_promises() {
    if let Some(seed) = number("AVOCET_SEED") {
        if let Err(failure) = World::new(seed, true).run() {
            panic!("{}\nseed {seed}: {}", failure.trace.join("\n"), failure.what);
        }
        return;
    }
    let seeds = number("AVOCET_SEEDS").unwrap_or(SEEDS);
    let (next, crashes, deliveries) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let failures = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while failures.lock().unwrap().is_empty() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        break;
                    }
                    let ran = catch_unwind(|| World::new(seed, false).run());
                    match ran {
                        Err(_) => failures.lock().unwrap().push((seed, "a panic".to_owned())),
                        Ok(Ok((crashed, delivered))) => {
                            crashes.fetch_add(crashed, Ordering::Relaxed);
                            deliveries.fetch_add(delivered, Ordering::Relaxed);
                        }
                        Ok(Err(failure)) => failures.lock().unwrap().push((seed, failure.what)),
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    if let Some((seed, what)) = failures.first() {
        panic!(
            "seed {seed}: {what}\nagain, with its steps: AVOCET_SEED={seed} \
             cargo test -p avocet-delivery --test delivery every_world"
        );
    }
    let (crashes, deliveries) = (crashes.into_inner(), deliveries.into_inner());
    println!("{seeds} worlds, {crashes} crashes, {deliveries} deliveries");
    assert!(crashes >= seeds && deliveries >= 10 * seeds, "the worlds are too quiet");
}
