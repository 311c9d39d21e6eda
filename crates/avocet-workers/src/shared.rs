//! State that all workers of a supervisor use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;

use crate::SupervisorOptions;
use crate::pool::Pool;
use crate::process::Processes;

/// State that all workers use.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: SupervisorOptions,
    pub(crate) runtime: Handle,
    pub(crate) pool: Pool,
    pub(crate) processes: Arc<Processes>,
    /// New calls are refused.
    pub(crate) closing: AtomicBool,
}

impl Shared {
    /// Refuses new calls and gives the warm workers up.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.pool.close();
    }
}
