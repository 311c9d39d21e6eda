//! A scope that gives one of its handles to its parent.

use std::{
    cell::Cell,
    ffi::c_void,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    ptr::null_mut,
};

use crate::{
    Handle, HandleScope, Local, ffi,
    scope::storage::{ESCAPABLE_WORDS, Storage},
};

/// A [`HandleScope`] `'s` inside a scope `'e`, to which one handle may escape.
pub struct EscapableHandleScope<'s, 'e> {
    inner: HandleScope<'s>,
    /// V8's scope, in the guard that lends this.
    storage: *mut c_void,
    escaped: bool,
    _parent: PhantomData<Cell<&'e ()>>,
}

/// Holds such a scope; see
/// [`escapable_handle_scope!`](crate::escapable_handle_scope).
pub struct EscapableGuard<'p, 'e> {
    storage: Storage<ESCAPABLE_WORDS>,
    inner: EscapableHandleScope<'p, 'e>,
    _parent: PhantomData<&'p mut ()>,
}

impl<'e> EscapableHandleScope<'_, 'e> {
    /// Opens a scope of which one handle can escape to the parent.
    #[expect(clippy::new_ret_no_self, reason = "a scope is only ever borrowed from its guard")]
    pub fn new<'p>(parent: &'p mut HandleScope<'e>) -> EscapableGuard<'p, 'e> {
        let mut guard = EscapableGuard {
            storage: Storage::new(),
            inner: EscapableHandleScope {
                inner: parent.child(),
                storage: null_mut(),
                escaped: false,
                _parent: PhantomData,
            },
            _parent: PhantomData,
        };
        // SAFETY: the parent guarantees that the isolate is entered; `drop`
        // closes it before the parent can be used again.
        unsafe { ffi::av8_escapable_open(parent.isolate_ptr(), guard.storage.as_mut_ptr()) };
        parent.state().open_scope();
        guard
    }

    /// The same value in the parent's scope.
    ///
    /// # Panics
    /// If a handle has escaped already.
    #[track_caller]
    pub fn escape<T: Handle>(&mut self, value: Local<'_, T>) -> Local<'e, T> {
        let escaped = std::mem::replace(&mut self.escaped, true);
        assert!(!escaped, "a handle has escaped from this scope already");
        // SAFETY: the storage is that of the guard which lends this scope; V8
        // made the slot in the parent's scope when this one was opened.
        unsafe { Local::from_raw_unchecked(ffi::av8_escape(self.storage, value.slot())) }
    }
}

impl<'e> EscapableGuard<'_, 'e> {
    /// The scope; its handles live as long as this borrow.
    pub fn scope<'s>(&'s mut self) -> &'s mut EscapableHandleScope<'s, 'e> {
        self.inner.storage = self.storage.as_mut_ptr();
        // SAFETY: the lifetime is a marker only; it becomes that of the
        // borrow, and `drop` closes V8's scope after that has ended.
        unsafe { &mut *std::ptr::from_mut(&mut self.inner).cast() }
    }
}

impl Drop for EscapableGuard<'_, '_> {
    fn drop(&mut self) {
        self.inner.state().close_scope();
        // SAFETY: opened by `new`; children borrow this guard, so they are
        // closed already, and handles with their lifetimes are unreachable.
        unsafe { ffi::av8_escapable_close(self.storage.as_mut_ptr()) };
    }
}

impl<'s> Deref for EscapableHandleScope<'s, '_> {
    type Target = HandleScope<'s>;
    fn deref(&self) -> &HandleScope<'s> {
        &self.inner
    }
}
impl<'s> DerefMut for EscapableHandleScope<'s, '_> {
    fn deref_mut(&mut self) -> &mut HandleScope<'s> {
        &mut self.inner
    }
}
