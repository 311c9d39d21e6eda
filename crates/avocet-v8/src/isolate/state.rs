//! The part of an isolate that only the thread that has entered it touches.

use std::{
    cell::{Cell, RefCell, UnsafeCell},
    sync::Arc,
};

use crate::{
    NearHeapLimitFn, Op, Snapshot,
    closure::Closures,
    ffi,
    isolate::{Hooks, Shared, Slots},
    module::Loading,
};

/// Reached from V8 through an embedder slot of the isolate; always borrowed
/// shared, because callbacks nest.
pub(crate) struct State {
    pub(crate) isolate: Cell<*mut ffi::Isolate>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) ops: &'static [Op],
    pub(crate) hooks: Hooks,
    pub(crate) slots: UnsafeCell<Slots>,
    pub(crate) closures: RefCell<Closures>,
    pub(crate) near_heap_limit: RefCell<Option<NearHeapLimitFn>>,
    pub(crate) loading: RefCell<Loading>,
    /// Open scopes of all kinds: a callback must leave as many as it found.
    pub(crate) depth: Cell<u32>,
    pub(crate) for_snapshot: bool,
    /// The embedder trusts the native code that scripts of this isolate load.
    pub(crate) native_addons: bool,
    /// Keeps the bytes alive as long as V8 may read them.
    pub(crate) _snapshot: Option<Snapshot>,
}

impl State {
    /// Frees the slots of globals that were dropped since the last time. The
    /// isolate is entered and not collecting garbage.
    pub(crate) fn release_dropped(&self) {
        for slot in self.shared.take_dropped() {
            // SAFETY: every slot comes from `av8_global_new` of this isolate
            // and is queued once, when the last clone of its global is gone.
            unsafe { ffi::av8_global_reset(std::ptr::with_exposed_provenance(slot)) };
        }
        let collected = self.closures.borrow_mut().take_collected();
        drop(collected);
    }

    pub(crate) fn open_scope(&self) {
        self.depth.set(self.depth.get() + 1);
    }

    pub(crate) fn close_scope(&self) {
        self.depth.set(self.depth.get() - 1);
    }
}
