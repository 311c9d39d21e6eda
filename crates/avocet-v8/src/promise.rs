//! Promises.

use crate::{
    Data, Function, HandleScope, Local, Object, Value, ffi,
    local::{Handle, castable, handles},
    value::maybe,
};

handles! {
    /// A promise.
    Promise: Object, Value, Data;
    /// The side of a promise that settles it.
    PromiseResolver: Object, Value, Data;
}
castable! {
    Promise by is_promise;
}

/// State of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the language's specification")]
pub enum PromiseState {
    Pending,
    Fulfilled,
    Rejected,
}

/// Reason for which the callback for rejected promises is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromiseRejectEvent {
    /// A promise was rejected and nobody handles it yet.
    RejectWithNoHandler,
    /// Somebody handles a promise that had been reported.
    HandlerAddedAfterReject,
    /// A promise was rejected after it had been settled.
    RejectAfterResolved,
    /// A promise was resolved after it had been settled.
    ResolveAfterResolved,
}

pub(crate) fn reject_event(event: i32) -> Option<PromiseRejectEvent> {
    match event {
        0 => Some(PromiseRejectEvent::RejectWithNoHandler),
        1 => Some(PromiseRejectEvent::HandlerAddedAfterReject),
        2 => Some(PromiseRejectEvent::RejectAfterResolved),
        3 => Some(PromiseRejectEvent::ResolveAfterResolved),
        _ => None,
    }
}

/// Argument of the callback for rejected promises.
#[derive(Debug, Clone, Copy)]
pub struct PromiseRejectMessage<'s> {
    /// The promise.
    pub promise: Local<'s, Promise>,
    /// Event that happened to it.
    pub event: PromiseRejectEvent,
    /// With what; none for a late handler.
    pub value: Option<Local<'s, Value>>,
}

impl Promise {
    /// State of the promise.
    pub fn state(&self) -> PromiseState {
        // SAFETY: the handle is valid while its scope is open.
        match unsafe { ffi::av8_promise_state(self.raw()) } {
            0 => PromiseState::Pending,
            1 => PromiseState::Fulfilled,
            _ => PromiseState::Rejected,
        }
    }

    /// Value or reason that the promise was settled with.
    ///
    /// # Panics
    /// If it is still pending.
    #[track_caller]
    pub fn result<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        assert!(self.state() != PromiseState::Pending, "the promise is pending");
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_promise_result(self.raw())) }
    }

    /// Whether somebody handles its rejection.
    pub fn has_handler(&self) -> bool {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_promise_has_handler(self.raw()) }
    }

    /// Do not report its rejection as unhandled.
    pub fn mark_as_handled(&self) {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_promise_mark_handled(self.raw()) }
    }

    /// `promise.then(fulfilled)`. `None` means that it threw.
    pub fn then<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        fulfilled: Local<'_, Function>,
    ) -> Option<Local<'s, Promise>> {
        let none = std::ptr::null();
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            let context = scope.context_ptr();
            scope.local(ffi::av8_promise_then(context, self.raw(), fulfilled.slot(), none))
        }
    }

    /// `promise.catch(rejected)`. `None` means that it threw.
    pub fn catch<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        rejected: Local<'_, Function>,
    ) -> Option<Local<'s, Promise>> {
        let none = std::ptr::null();
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            let context = scope.context_ptr();
            scope.local(ffi::av8_promise_then(context, self.raw(), none, rejected.slot()))
        }
    }

    /// `promise.then(fulfilled, rejected)`. `None` means that it threw.
    pub fn then2<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        fulfilled: Local<'_, Function>,
        rejected: Local<'_, Function>,
    ) -> Option<Local<'s, Promise>> {
        let (fulfilled, rejected) = (fulfilled.slot(), rejected.slot());
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            let context = scope.context_ptr();
            scope.local(ffi::av8_promise_then(context, self.raw(), fulfilled, rejected))
        }
    }
}

impl PromiseResolver {
    /// A new promise, to be settled from Rust.
    pub fn new<'s>(scope: &mut HandleScope<'s>) -> Option<Local<'s, PromiseResolver>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_resolver_new(scope.context_ptr())) }
    }

    /// The promise.
    pub fn get_promise<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Promise> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_resolver_promise(self.raw())) }
    }

    /// Fulfils it, or makes it follow another promise.
    pub fn resolve(&self, scope: &mut HandleScope<'_>, value: Local<'_, Value>) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_resolver_resolve(scope.context_ptr(), self.raw(), value.slot()) })
    }

    /// Rejects it.
    pub fn reject(&self, scope: &mut HandleScope<'_>, value: Local<'_, Value>) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_resolver_reject(scope.context_ptr(), self.raw(), value.slot()) })
    }
}

impl HandleScope<'_> {
    /// Runs the microtasks that are queued: reactions of promises and what
    /// they queue. Nothing else runs them.
    pub fn perform_microtask_checkpoint(&mut self) {
        self.state().release_dropped();
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_microtasks(self.isolate_ptr()) };
    }

    /// Queues a call of a function as a microtask.
    pub fn enqueue_microtask(&mut self, function: Local<'_, Function>) {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_enqueue_microtask(self.isolate_ptr(), function.slot()) };
    }

    /// Lets objects that a `WeakRef` has shown go; to be called after each
    /// turn of an event loop.
    pub fn clear_kept_objects(&mut self) {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_clear_kept_objects(self.isolate_ptr()) };
    }
}
