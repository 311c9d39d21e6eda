//! State that the threads of a worker share.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::blocked::SharedParking;
use crate::outbox::Outbox;
use crate::turn::Back;
use crate::warm_pool::WarmPool;

/// State that the loop shares with slow threads, the monitor and the warm pool.
pub(crate) struct Shared {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) warm: WarmPool,
    /// Set while every thread that may be slow is: calls are refused until one comes back.
    pub(crate) saturated: Arc<AtomicBool>,
    /// Instances whose turn ended on a slow thread.
    mail: Mutex<Vec<Back>>,
    /// Set before the loop begins.
    pub(crate) parking: OnceLock<SharedParking>,
}

impl Shared {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            outbox: Arc::new(Outbox::new()?),
            warm: WarmPool::default(),
            saturated: Arc::default(),
            mail: Mutex::new(Vec::new()),
            parking: OnceLock::new(),
        })
    }

    /// Posts an instance whose turn ended on a slow thread.
    pub(crate) fn post(&self, back: Back) {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner).push(back);
        self.outbox.wake();
    }

    /// Whether something was posted.
    pub(crate) fn has_mail(&self) -> bool {
        !self.mail.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Takes what was posted.
    pub(crate) fn mail(&self) -> Vec<Back> {
        std::mem::take(&mut *self.mail.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
