//! An isolate that this thread has entered.

use std::{
    cell::Cell,
    marker::PhantomData,
    process::abort,
    ptr::{from_ref, null},
};

use crate::{
    HandleScope, ffi,
    isolate::{Shared, State},
    scope::storage::{ENTRY_WORDS, Storage},
};

thread_local! {
    /// The isolate that this thread has entered. V8 allows more than one but
    /// mixes them up in places, so this crate does not.
    static CURRENT: Cell<*const Shared> = const { Cell::new(null()) };
}

/// Holds V8's lock on an isolate and its root scope; see
/// [`enter!`](crate::enter). Leaves the isolate when dropped.
pub struct Entered<'i> {
    storage: Storage<ENTRY_WORDS>,
    inner: HandleScope<'i>,
    _isolate: PhantomData<&'i mut ()>,
}

impl<'i> Entered<'i> {
    #[track_caller]
    pub(crate) fn new(state: &'i State) -> Entered<'i> {
        let current = CURRENT.get();
        if !current.is_null() {
            refuse(current, state);
        }
        assert!(
            state.shared.try_enter(),
            "this isolate is still entered: an Entered guard of it was leaked"
        );
        CURRENT.set(from_ref(&*state.shared));
        let mut entered = Entered {
            storage: Storage::new(),
            // SAFETY: entered on the next line, until `drop`.
            inner: unsafe { HandleScope::from_state(state) },
            _isolate: PhantomData,
        };
        // SAFETY: no thread has entered it, by the flag above; `drop` leaves.
        unsafe { ffi::av8_enter(state.isolate.get(), entered.storage.as_mut_ptr()) };
        state.release_dropped();
        entered
    }

    /// The root scope; its handles live as long as this borrow.
    pub fn scope<'s>(&'s mut self) -> &'s mut HandleScope<'s> {
        // SAFETY: `drop` leaves the isolate, after the borrow has ended.
        unsafe { self.inner.lend() }
    }
}

#[cold]
#[track_caller]
fn refuse(current: *const Shared, state: &State) -> ! {
    if current == from_ref(&*state.shared) {
        panic!("this thread has entered this isolate already");
    }
    panic!("this thread has entered another isolate: leave it first");
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if self.inner.state().depth.get() != 0 {
            eprintln!("avocet-v8: a scope was leaked (mem::forget?); the process stops");
            abort();
        }
        // SAFETY: entered by `new` on this thread (the guard is not `Send`);
        // scopes inside borrow this guard, so they are closed already.
        unsafe { ffi::av8_leave(self.storage.as_mut_ptr()) };
        CURRENT.set(null());
        self.inner.state().shared.leave();
    }
}
