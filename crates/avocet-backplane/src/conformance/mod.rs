//! Conformance of implementations, as cases that panic where one fails.
//!
//! Each case wants an empty store. What they do not test: durability and limits, which differ; an
//! implementation tests those itself.

mod delivery;
mod events;
mod kv;
mod ledger;
mod list;
mod logs;
mod messaging;
mod objects;
mod registry;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::{Bucket, EventLog, KeyValue, LogStore, Messaging, ObjectStore, Registry};

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

/// Maker of stores of keys and values for the suite.
pub trait KeyValueWorld {
    /// A new, empty store whose buckets have [`crate::kv::DEFAULT_BUCKET_BYTES`].
    fn open(&self) -> Arc<dyn KeyValue>;

    /// Ends a store, as hard as it can be ended, and opens it again with what it holds; `None` where
    /// that is not possible.
    fn restart(&self, store: Arc<dyn KeyValue>) -> Option<Arc<dyn KeyValue>>;

    /// Lets time pass for every store.
    fn pass(&self, time: Duration);

    /// True where a batch is made whole or not at all.
    fn batches_are_atomic(&self) -> bool;
}

/// Runs every case for keys and values, each on a new store.
///
/// # Panics
/// Where a case fails; its name was printed before.
pub fn key_value(world: &dyn KeyValueWorld) {
    for (name, case) in kv::CASES {
        println!("keys and values: {name}");
        case(world);
    }
}

/// Maker of stores of objects for the suite.
pub trait ObjectWorld {
    /// A new, empty store.
    fn open(&self) -> Arc<dyn ObjectStore>;

    /// A new, empty store whose buckets have about 1 MB.
    fn open_small(&self) -> Arc<dyn ObjectStore>;

    /// As [`KeyValueWorld::restart`].
    fn restart(&self, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>>;

    /// Changes a byte of an object of the store that was opened last; `false` where that is not
    /// possible.
    fn damage(&self, bucket: &Bucket, name: &str) -> bool;

    /// True where an object can be read to its end after it was replaced or deleted.
    fn reads_outlive_objects(&self) -> bool;
}

/// Runs every case for objects, each on a new store.
///
/// # Panics
/// Where a case fails; its name was printed before.
pub fn objects(world: &dyn ObjectWorld) {
    for (name, case) in objects::CASES {
        println!("objects: {name}");
        case(world);
    }
}

/// Runs every case for messages, each on a new bus and by `run`: in a tokio runtime that has time.
///
/// # Panics
/// Where a case fails; its name was printed before.
pub fn messaging(
    empty: impl Fn() -> Arc<dyn Messaging>,
    run: impl Fn(Pin<Box<dyn Future<Output = ()>>>),
) {
    for (name, case) in messaging::CASES {
        println!("messages: {name}");
        run(case(empty()));
    }
}
