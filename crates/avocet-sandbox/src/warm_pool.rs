//! Instances before their first function and after their last call.
//!
//! Making an isolate takes milliseconds, disposing of one about as long; both happen here, on a
//! thread of low priority, so that the loop does neither while others wait.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::instance::Instance;
use crate::thread::lower_this_thread;

#[derive(Default)]
#[expect(clippy::vec_box, reason = "instances are handed on in their boxes")]
struct Inner {
    warm: Vec<Box<Instance>>,
    target: usize,
    discarded: Vec<Box<Instance>>,
    closed: bool,
}

/// Instances that are ready for a function, and those that are to be disposed of.
#[derive(Default)]
pub(crate) struct WarmPool {
    inner: Mutex<Inner>,
    work: Condvar,
}

/// Instances that are kept warm at most: each takes about a megabyte.
const MAX_WARM: usize = 256;

impl WarmPool {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps `count` instances ready.
    pub(crate) fn keep_warm(&self, count: usize) {
        self.inner().target = count.min(MAX_WARM);
        self.work.notify_one();
    }

    /// An instance that is ready for its function; `None` where none is at this moment.
    pub(crate) fn take(&self) -> Option<Box<Instance>> {
        let instance = self.inner().warm.pop()?;
        self.work.notify_one();
        Some(instance)
    }

    /// Disposes of instances.
    pub(crate) fn discard(&self, instances: impl IntoIterator<Item = Box<Instance>>) {
        let mut instances = instances.into_iter().peekable();
        if instances.peek().is_some() {
            self.inner().discarded.extend(instances);
            self.work.notify_one();
        }
    }

    /// Ends [`WarmPool::work`].
    pub(crate) fn close(&self) {
        self.inner().closed = true;
        self.work.notify_all();
    }

    /// Work of the pool's thread, until [`WarmPool::close`].
    pub(crate) fn work(&self) {
        lower_this_thread();
        let mut inner = self.inner();
        while !inner.closed {
            if let Some(instance) = inner.discarded.pop() {
                drop(inner);
                drop(instance);
            } else if inner.warm.len() < inner.target {
                drop(inner);
                let made = Instance::new();
                inner = self.inner();
                match made {
                    Ok(instance) => inner.warm.push(instance),
                    // The first function to need one reports why.
                    Err(_) => inner.target = 0,
                }
                continue;
            } else {
                drop(self.work.wait(inner).unwrap_or_else(PoisonError::into_inner));
            }
            inner = self.inner();
        }
    }
}
