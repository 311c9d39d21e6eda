//! Reports of answered requests, for somebody who works on functions.

use std::sync::Arc;
use std::time::Duration;

/// Hears of every request that was answered.
#[derive(Clone)]
pub struct CallObserver(Arc<dyn Fn(&CallReport) + Send + Sync>);

impl CallObserver {
    /// `tell` is called between two answers: it must not block for long.
    pub fn new(tell: impl Fn(&CallReport) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(crate) fn tell(&self, report: &CallReport) {
        (self.0)(report);
    }
}

impl std::fmt::Debug for CallObserver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallObserver")
    }
}

/// One answered request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReport {
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Status of the answer.
    pub status: u16,
    /// Time until the answer's head.
    pub took: Duration,
    /// The call, where a function got one.
    pub call: Option<CalledFunction>,
}

/// Function that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledFunction {
    /// Number of the call, `invocation` in log lines.
    pub id: String,
    /// Whether the function was loaded for it.
    pub start: Start,
}

/// Whether a function was there when it was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Loaded for this call.
    Cold,
    /// Loaded before.
    Warm,
}
