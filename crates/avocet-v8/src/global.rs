//! Handles that outlive scopes.

use std::{fmt, marker::PhantomData, sync::Arc};

use crate::{
    Handle, HandleScope, Local,
    ffi::{self, Ref},
    isolate::Shared,
};

/// Keeps a value alive between scopes.
///
/// It can be cloned, moved to and dropped on any thread at any time, also
/// after its isolate is gone: the slot is released when its isolate is next
/// entered. It can be opened only in a scope of its own isolate.
pub struct Global<T> {
    inner: Arc<Inner>,
    _type: PhantomData<fn() -> T>,
}

struct Inner {
    slot: usize,
    shared: Arc<Shared>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.release_later(self.slot);
    }
}

impl<T: Handle> Global<T> {
    /// Keeps `local` alive until the last clone of the global is dropped.
    pub fn new(scope: &mut HandleScope<'_>, local: Local<'_, T>) -> Global<T> {
        let state = scope.state();
        state.release_dropped();
        // SAFETY: the scope guarantees that the isolate is entered; the local
        // belongs to it because only one isolate is entered per thread.
        let slot = unsafe { ffi::av8_global_new(scope.isolate_ptr(), local.slot()) };
        state.shared.global_made();
        Global {
            inner: Arc::new(Inner { slot: slot.addr(), shared: state.shared.clone() }),
            _type: PhantomData,
        }
    }

    /// The value, in this scope.
    ///
    /// # Panics
    /// If the global belongs to another isolate.
    #[track_caller]
    pub fn open<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, T> {
        assert!(
            Arc::ptr_eq(&self.inner.shared, &scope.state().shared),
            "this Global belongs to another isolate"
        );
        let slot: Ref = std::ptr::with_exposed_provenance(self.inner.slot);
        // SAFETY: the slot holds a `T` of this isolate until the last clone is
        // dropped; the scope guarantees that the isolate is entered.
        unsafe { Local::from_raw_unchecked(ffi::av8_local_new(scope.isolate_ptr(), slot)) }
    }
}

impl<T> Clone for Global<T> {
    fn clone(&self) -> Self {
        Global { inner: self.inner.clone(), _type: PhantomData }
    }
}

impl<T> fmt::Debug for Global<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Global")
    }
}
