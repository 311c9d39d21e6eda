//! Handles by which other threads act on an isolate.

use std::{fmt, sync::Arc};

use crate::{HandleScope, ffi, isolate::Shared};

/// Speaks to an isolate from any thread, also while it runs JavaScript and
/// after it is gone (then every method says so and does nothing).
#[derive(Clone)]
pub struct IsolateHandle {
    shared: Arc<Shared>,
}

impl IsolateHandle {
    pub(crate) fn new(shared: Arc<Shared>) -> IsolateHandle {
        IsolateHandle { shared }
    }

    /// Makes the JavaScript that runs in the isolate stop as soon as
    /// possible, as if by an exception that JavaScript cannot catch.
    ///
    /// It applies to the JavaScript that is running: a request for an isolate
    /// that nobody has entered is forgotten when it is next entered.
    ///
    /// False if the isolate is gone.
    pub fn terminate_execution(&self) -> bool {
        // SAFETY: allowed on any thread while the isolate exists.
        self.with(|isolate| unsafe { ffi::av8_terminate(isolate) })
    }

    /// Takes [`terminate_execution`](Self::terminate_execution) back, so that
    /// JavaScript can run again. False if the isolate is gone.
    pub fn cancel_terminate_execution(&self) -> bool {
        // SAFETY: allowed on any thread while the isolate exists.
        self.with(|isolate| unsafe { ffi::av8_cancel_terminate(isolate) })
    }

    /// Runs `interrupt` on the thread that has entered the isolate, between
    /// two steps of the JavaScript that runs there, for instance to take a
    /// [`StackTrace`](crate::StackTrace) of a function that loops. It is not
    /// run while no JavaScript runs, and dropped with the isolate.
    ///
    /// False if the isolate is gone.
    pub fn request_interrupt<F>(&self, interrupt: F) -> bool
    where
        F: for<'a, 's> FnOnce(&'a mut HandleScope<'s>) + Send + 'static,
    {
        self.with(|isolate| {
            self.shared.push_interrupt(Box::new(interrupt));
            // SAFETY: allowed on any thread while the isolate exists.
            unsafe { ffi::av8_request_interrupt(isolate) };
        })
    }

    /// Whether the isolate still exists.
    pub fn is_alive(&self) -> bool {
        self.with(|_| ())
    }

    fn with(&self, f: impl FnOnce(*mut ffi::Isolate)) -> bool {
        self.shared.with(f).is_some()
    }
}

impl fmt::Debug for IsolateHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IsolateHandle").finish_non_exhaustive()
    }
}
