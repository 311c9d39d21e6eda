//! Taking exceptions that JavaScript throws.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use crate::{HandleScope, Local, Message, Value, ffi};

/// Takes the exceptions that are thrown through it until it is dropped.
/// Handles made meanwhile belong to the scope around it.
///
/// Without one, an exception goes on to the JavaScript that called the Rust
/// code; if there is none it is lost.
pub struct TryCatch<'p, 's> {
    inner: HandleScope<'s>,
    /// In memory of its own, so that a leaked block stays valid.
    block: *mut ffi::TryCatch,
    _parent: PhantomData<&'p mut ()>,
}

impl<'p, 's> TryCatch<'p, 's> {
    /// Starts to take exceptions.
    #[inline(always)]
    pub fn new(parent: &'p mut HandleScope<'s>) -> Self {
        parent.state().open_scope();
        TryCatch {
            inner: parent.child(),
            // SAFETY: the parent guarantees that the isolate is entered;
            // `drop` removes the block before the parent can be used again.
            block: unsafe { ffi::av8_try_catch_new(parent.isolate_ptr()) },
            _parent: PhantomData,
        }
    }

    /// Whether an exception (or a termination) has been taken.
    pub fn has_caught(&self) -> bool {
        // SAFETY: the block lives until `drop`.
        unsafe { ffi::av8_try_catch_has_caught(self.block) }
    }

    /// Whether what was taken is a termination.
    pub fn has_terminated(&self) -> bool {
        // SAFETY: the block lives until `drop`.
        unsafe { ffi::av8_try_catch_has_terminated(self.block) }
    }

    /// Whether JavaScript can go on, which it cannot after a termination.
    pub fn can_continue(&self) -> bool {
        // SAFETY: the block lives until `drop`.
        unsafe { ffi::av8_try_catch_can_continue(self.block) }
    }

    /// Value that was thrown.
    pub fn exception(&mut self) -> Option<Local<'s, Value>> {
        // SAFETY: the block lives until `drop`; the handle is a new one.
        unsafe { self.local(ffi::av8_try_catch_exception(self.isolate_ptr(), self.block)) }
    }

    /// Message and place of the exception, in words. None after a termination.
    pub fn message(&mut self) -> Option<Local<'s, Message>> {
        // SAFETY: the block lives until `drop`; the handle is a new one.
        unsafe { self.local(ffi::av8_try_catch_message(self.isolate_ptr(), self.block)) }
    }

    /// The exception's `stack` property, usually a string.
    pub fn stack_trace(&mut self) -> Option<Local<'s, Value>> {
        // SAFETY: the block lives until `drop`.
        unsafe { self.local(ffi::av8_try_catch_stack(self.context_ptr(), self.block)) }
    }

    /// Forgets what was taken, so that more can be taken.
    pub fn reset(&mut self) {
        // SAFETY: the block lives until `drop`; handles to what it held are
        // in the scope.
        unsafe { ffi::av8_try_catch_reset(self.block) };
    }

    /// Reports what is taken also to V8's message listeners, as if nobody had
    /// taken it.
    pub fn set_verbose(&mut self, verbose: bool) {
        // SAFETY: the block lives until `drop`.
        unsafe { ffi::av8_try_catch_set_verbose(self.block, verbose) };
    }

    /// Throws what was taken again when this is dropped.
    pub fn rethrow(&mut self) {
        if self.has_caught() {
            // SAFETY: the block lives until `drop`.
            unsafe { ffi::av8_try_catch_rethrow(self.block) };
        }
    }
}

impl Drop for TryCatch<'_, '_> {
    fn drop(&mut self) {
        self.inner.state().close_scope();
        // SAFETY: made by `new`; blocks inside borrow this one, so they are
        // gone already.
        unsafe { ffi::av8_try_catch_delete(self.block) };
    }
}

impl<'s> Deref for TryCatch<'_, 's> {
    type Target = HandleScope<'s>;
    fn deref(&self) -> &HandleScope<'s> {
        &self.inner
    }
}
impl<'s> DerefMut for TryCatch<'_, 's> {
    fn deref_mut(&mut self) -> &mut HandleScope<'s> {
        &mut self.inner
    }
}
