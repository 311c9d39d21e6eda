//! The delivery engine over the embedded event log: events, failures and crashes out of a seed, in
//! virtual time.
//!
//! A crash takes the files as they lie there, without a close, and goes on with them in another
//! folder, as a process that was killed finds them.

mod convert;
mod world;

use world::World;

/// Worlds, each of its own seed.
const SEEDS: u64 = 6;

#[test]
fn every_event_ends_done_or_dead_in_order_whatever_crashes() {
    let (mut crashes, mut deliveries) = (0, 0);
    for seed in 0..SEEDS {
        println!("seed {seed}");
        let world = World::new(seed).run();
        crashes += world.crashes;
        deliveries += world.deliveries;
    }
    println!("{crashes} crashes, {deliveries} deliveries");
    assert!(crashes >= 2 * SEEDS && deliveries >= 40 * SEEDS, "the worlds are too quiet");
}
