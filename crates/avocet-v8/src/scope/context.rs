//! Running in a context.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use crate::{Context, HandleScope, Local, ffi};

/// Makes a context the current one until it is dropped. Handles made meanwhile
/// belong to the scope around it.
pub struct ContextScope<'p, 's> {
    inner: HandleScope<'s>,
    _parent: PhantomData<&'p mut ()>,
}

impl<'p, 's> ContextScope<'p, 's> {
    /// Enters `context`.
    pub fn new(parent: &'p mut HandleScope<'s>, context: Local<'s, Context>) -> Self {
        // SAFETY: the parent guarantees that the isolate is entered; `drop`
        // leaves the context before the parent can be used again.
        unsafe { ffi::av8_context_enter(context.slot()) };
        parent.state().open_scope();
        let inner = parent.child();
        inner.set_context(context.slot());
        ContextScope { inner, _parent: PhantomData }
    }
}

impl Drop for ContextScope<'_, '_> {
    fn drop(&mut self) {
        self.inner.state().close_scope();
        // SAFETY: entered by `new`; scopes inside borrow this one, so they
        // have left theirs already.
        unsafe { ffi::av8_context_exit(self.inner.context_ptr()) };
    }
}

impl<'s> Deref for ContextScope<'_, 's> {
    type Target = HandleScope<'s>;
    fn deref(&self) -> &HandleScope<'s> {
        &self.inner
    }
}
impl<'s> DerefMut for ContextScope<'_, 's> {
    fn deref_mut(&mut self) -> &mut HandleScope<'s> {
        &mut self.inner
    }
}
