//! Watchers of changes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use avocet_backplane::kv::Watched;
use avocet_backplane::{Bucket, Error, Incoming, Result};

use crate::mailbox::{Bounds, Inlet, mailbox};

/// Changes that wait for a watcher.
const BOUNDS: Bounds = Bounds { items: 4096, bytes: 4 << 20 };
/// Watchers at the same time.
const MOST: usize = 10_000;

/// Watchers of all buckets; `None` once the store is closed.
#[derive(Debug)]
pub(super) struct Watchers(Mutex<Option<Vec<Watcher>>>);

impl Default for Watchers {
    fn default() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }
}

#[derive(Debug)]
struct Watcher {
    bucket: Bucket,
    prefix: String,
    inlet: Inlet<Watched>,
}

impl Watchers {
    pub(super) fn add(&self, bucket: &Bucket, prefix: &str) -> Result<Incoming<Watched>> {
        let mut watchers = self.lock();
        let all = watchers.as_mut().ok_or(Error::Closed)?;
        all.retain(|watcher| watcher.inlet.is_open());
        if all.len() >= MOST {
            return Err(Error::Busy);
        }
        let (inlet, outlet) = mailbox(BOUNDS, Watched::Missed, || {});
        all.push(Watcher { bucket: bucket.clone(), prefix: prefix.to_owned(), inlet });
        Ok(Incoming::new(outlet))
    }

    /// Tells of changes of one bucket, in their order.
    pub(super) fn tell(&self, bucket: &Bucket, changes: &[Watched]) {
        let mut watchers = self.lock();
        let Some(all) = watchers.as_mut() else { return };
        for watcher in all.iter().filter(|watcher| watcher.bucket == *bucket) {
            for change in changes {
                let (key, bytes) = match change {
                    Watched::Set { key, entry } => (key, entry.value.len()),
                    Watched::Deleted { key, .. } => (key, 0),
                    Watched::Missed(_) => continue,
                };
                if key.starts_with(&watcher.prefix) {
                    watcher.inlet.send(change.clone(), 64 + key.len() + bytes);
                }
            }
        }
        all.retain(|watcher| watcher.inlet.is_open());
    }

    pub(super) fn close(&self) {
        self.lock().take();
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Watcher>>> {
        // Nothing under the lock can panic half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
