//! The host calls of a function that have no answer yet.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::numbers::SlotId;

/// Host calls that one function may have open.
pub(crate) const MAX_HOST_CALLS: usize = 10_000;

/// Open host calls by number, each with the instance and the call that made it.
#[derive(Default)]
pub(crate) struct HostCalls {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    last: u32,
    open: HashMap<u32, (SlotId, u32)>,
}

impl HostCalls {
    /// Numbers a host call; `None` where [`MAX_HOST_CALLS`] are open.
    pub(crate) fn open(&self, slot: SlotId, call: u32) -> Option<u32> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.open.len() >= MAX_HOST_CALLS {
            return None;
        }
        table.last = table.last.wrapping_add(1);
        let number = table.last;
        table.open.insert(number, (slot, call));
        Some(number)
    }

    /// Closes a host call that was answered; gives who made it.
    pub(crate) fn close(&self, number: u32) -> Option<(SlotId, u32)> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.open.remove(&number)
    }
}
