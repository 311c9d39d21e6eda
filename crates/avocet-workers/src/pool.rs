//! Workers that are started in advance.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::spawned::Spawned;
use crate::sync::lock;

/// Workers that wait to be taken.
#[derive(Default)]
pub(crate) struct Pool {
    ready: Mutex<Vec<(u64, Spawned)>>,
    serial: AtomicU64,
    /// The pool is not full, or over.
    pub(crate) refill: Arc<Notify>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("ready", &lock(&self.ready).len()).finish_non_exhaustive()
    }
}

impl Pool {
    /// Takes a worker for a namespace.
    pub(crate) fn take(&self, namespace: &Arc<str>) -> Option<Spawned> {
        let (_, worker) = lock(&self.ready).pop()?;
        self.refill.notify_one();
        worker.process.name(namespace);
        Some(worker)
    }

    /// Gives all workers up. Their sockets close, which they take as the end.
    pub(crate) fn close(&self) {
        lock(&self.ready).clear();
        self.refill.notify_one();
    }

    /// Adds a worker; gives the number under which it stands there.
    pub(crate) fn add(&self, worker: Spawned) -> u64 {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        lock(&self.ready).push((serial, worker));
        serial
    }

    /// Workers that wait.
    pub(crate) fn len(&self) -> usize {
        lock(&self.ready).len()
    }

    /// Takes out a worker that ended; `false` where it was taken before.
    pub(crate) fn forget(&self, serial: u64) -> bool {
        let mut ready = lock(&self.ready);
        let before = ready.len();
        ready.retain(|(other, _)| *other != serial);
        ready.len() < before
    }
}
