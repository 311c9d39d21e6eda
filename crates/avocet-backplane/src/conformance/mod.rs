//! Conformance of implementations, as cases that panic where one fails.
//!
//! Each case wants an empty store. What they do not test: durability and limits, which differ; an
//! implementation tests those itself.

mod delivery;
mod events;
mod ledger;
mod list;
mod logs;
mod registry;

use std::sync::Arc;

use crate::{EventLog, LogStore, Registry};

/// Runs every case for registries, each on a new one.
///
/// # Panics
/// Where a case fails; its name was printed before.
pub fn registry(empty: impl Fn() -> Arc<dyn Registry>) {
    for (name, case) in registry::CASES {
        println!("registry: {name}");
        case(&*empty());
    }
}

/// Runs every case for log stores, each on a new one.
///
/// # Panics
/// Where a case fails; its name was printed before.
pub fn logs(empty: impl Fn() -> Arc<dyn LogStore>) {
    for (name, case) in logs::CASES {
        println!("logs: {name}");
        case(&*empty());
    }
}

/// Runs every case for event logs, each on a new one.
///
/// # Panics
/// Where a case fails; its name was printed before.
pub fn events(empty: impl Fn() -> Arc<dyn EventLog>) {
    let delivered = delivery::CASES.iter().chain(ledger::CASES);
    for (name, case) in events::CASES.iter().chain(delivered).chain(list::CASES) {
        println!("events: {name}");
        case(&*empty());
    }
}
