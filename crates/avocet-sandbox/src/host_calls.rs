//! The host calls of a function that have no answer yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::blocked::Blocked;
use crate::numbers::SlotId;

/// Host calls that one function may have open.
pub(crate) const MAX_HOST_CALLS: usize = 10_000;

/// Receiver of a host call's answer.
pub(crate) enum Asker {
    /// An instance, in a turn of its own, for the call that made it.
    Instance(SlotId, u32),
    /// A thread that waits for it.
    Thread(Arc<Blocked>),
}

/// Open host calls by number, each with who made it.
#[derive(Default)]
pub(crate) struct HostCalls {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    last: u32,
    open: HashMap<u32, Asker>,
}

impl HostCalls {
    /// Numbers a host call; `None` where [`MAX_HOST_CALLS`] are open.
    pub(crate) fn open(&self, asker: Asker) -> Option<u32> {
        let mut table = self.table();
        if table.open.len() >= MAX_HOST_CALLS {
            return None;
        }
        table.last = table.last.wrapping_add(1);
        let number = table.last;
        table.open.insert(number, asker);
        Some(number)
    }

    /// Closes a host call that was answered; gives who made it.
    pub(crate) fn close(&self, number: u32) -> Option<Asker> {
        self.table().open.remove(&number)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
