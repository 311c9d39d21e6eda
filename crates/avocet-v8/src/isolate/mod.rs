//! Isolates: instances of V8, each with a heap of its own.

mod handle;
mod options;
mod shared;
mod slots;
mod state;

use std::{
    cell::{Cell, RefCell, UnsafeCell},
    fmt,
    ptr::{NonNull, null, null_mut},
    sync::Arc,
};

use crate::{Entered, ffi, platform};

pub use handle::IsolateHandle;
pub use options::{
    DynamicImport, DynamicImportFn, ImportMetaFn, IsolateOptions, NearHeapLimitFn, PromiseRejectFn,
};
pub(crate) use {options::Hooks, shared::Shared, slots::Slots, state::State};

/// An instance of V8 with a heap of its own.
///
/// It can be moved to another thread but not be shared between threads;
/// [`enter`](Isolate::enter) makes it the current thread's.
pub struct Isolate {
    state: NonNull<State>,
}

// SAFETY: whatever the isolate carries (slots, closures) is `Send`, V8 binds
// an isolate to a thread only while it is entered, and entering borrows it
// mutably with a guard that is not `Send`.
unsafe impl Send for Isolate {}

impl Isolate {
    /// Makes an isolate; starts V8 if nobody has.
    ///
    /// # Panics
    /// If the snapshot was made by another version of V8.
    pub fn new(options: IsolateOptions) -> Isolate {
        Isolate::build(options, false)
    }

    pub(crate) fn build(options: IsolateOptions, for_snapshot: bool) -> Isolate {
        platform::initialize("");
        let bytes = options.snapshot.as_ref().map(|snapshot| {
            assert!(
                snapshot.is_compatible(),
                "the snapshot was made by V8 {}, this is {}",
                snapshot.version(),
                platform::version()
            );
            snapshot.blob()
        });
        let (snapshot, snapshot_length) = match bytes {
            Some(blob) => (blob.as_ptr().cast(), blob.len()),
            None => (null(), 0),
        };
        let params = ffi::IsolateParams {
            rust_state: null_mut(),
            snapshot,
            snapshot_length,
            initial_heap: options.initial_heap,
            maximum_heap: options.heap_limit,
            buffer_limit: options.array_buffer_limit,
            near_heap_limit: true,
            atomics_wait: options.allow_atomics_wait,
            for_snapshot,
            stack_frames: options.stack_frames.into(),
        };
        let state = State {
            isolate: Cell::new(null_mut()),
            shared: Arc::new(Shared::new()),
            ops: options.ops,
            hooks: Hooks {
                promise_reject: options.promise_reject,
                dynamic_import: options.dynamic_import,
                import_meta: options.import_meta,
            },
            slots: UnsafeCell::default(),
            closures: RefCell::default(),
            near_heap_limit: RefCell::new(options.near_heap_limit),
            loading: RefCell::default(),
            depth: Cell::new(0),
            for_snapshot,
            native_addons: options.native_addons && !for_snapshot,
            _snapshot: options.snapshot,
        };
        Isolate { state: create(state, params) }
    }

    pub(crate) fn state(&self) -> &State {
        // SAFETY: the state lives in a box that `drop` frees.
        unsafe { self.state.as_ref() }
    }

    /// Makes this the current thread's isolate until the guard is dropped.
    /// [`enter!`](crate::enter) does this and opens its root scope in one line.
    ///
    /// # Panics
    /// If this thread has entered an isolate already, or if the guard of an
    /// earlier `enter` was leaked.
    #[track_caller]
    pub fn enter(&mut self) -> Entered<'_> {
        Entered::new(self.state())
    }

    /// For other threads.
    pub fn handle(&self) -> IsolateHandle {
        IsolateHandle::new(self.state().shared.clone())
    }

    /// Replaces [`IsolateOptions::array_buffer_limit`]; what is over it already
    /// stays.
    pub fn set_array_buffer_limit(&mut self, bytes: usize) {
        // SAFETY: sets one atomic number of a live isolate.
        unsafe { ffi::av8_isolate_set_buffer_limit(self.state().isolate.get(), bytes) }
    }

    /// Bytes in array buffers that V8 has allocated for this isolate.
    pub fn array_buffer_bytes(&self) -> usize {
        // SAFETY: reads one atomic number of a live isolate.
        unsafe { ffi::av8_isolate_buffer_bytes(self.state().isolate.get()) }
    }

    /// Replaces the function that is asked when the heap is nearly full.
    pub fn set_near_heap_limit(&mut self, callback: Option<NearHeapLimitFn>) {
        *self.state().near_heap_limit.borrow_mut() = callback;
    }

    /// Gives the isolate a value of its own type `T`; returns the old one.
    pub fn set_slot<T: Send + 'static>(&mut self, value: T) -> Option<T> {
        self.slots_mut().set(value)
    }

    /// The isolate's value of type `T`.
    pub fn slot<T: 'static>(&self) -> Option<&T> {
        // SAFETY: while `self` is borrowed nobody has entered the isolate, and
        // changing the slots takes it mutably.
        unsafe { &*self.state().slots.get() }.get()
    }

    /// The isolate's value of type `T`.
    pub fn slot_mut<T: 'static>(&mut self) -> Option<&mut T> {
        self.slots_mut().get_mut()
    }

    /// Takes the isolate's value of type `T` out.
    pub fn take_slot<T: 'static>(&mut self) -> Option<T> {
        self.slots_mut().take()
    }

    fn slots_mut(&mut self) -> &mut Slots {
        // SAFETY: `self` is borrowed mutably, so nobody else looks at them.
        unsafe { &mut *self.state().slots.get() }
    }
}

fn create(state: State, mut params: ffi::IsolateParams) -> NonNull<State> {
    let state = NonNull::from(Box::leak(Box::new(state)));
    params.rust_state = state.as_ptr().cast();
    // SAFETY: V8 is started, the snapshot is compatible and outlives the
    // isolate in `state`, which itself outlives it by `drop`.
    let isolate = unsafe { ffi::av8_isolate_new(&params) };
    // SAFETY: just leaked, not yet shared.
    let shared_state = unsafe { state.as_ref() };
    shared_state.isolate.set(isolate);
    shared_state.shared.attach(isolate);
    state
}

impl Drop for Isolate {
    fn drop(&mut self) {
        let state = self.state();
        if state.shared.is_entered() {
            // Only a leaked guard gets here. Disposing of an isolate that is
            // entered would be undefined, leaking it is not.
            eprintln!("avocet-v8: an isolate is leaked because its Entered guard was leaked");
            return;
        }
        state.shared.detach();
        state.closures.borrow_mut().unwatch_all();
        // Values may own other isolates' handles or even run code: drop them
        // while this isolate still exists, outside of any borrow.
        let slots = std::mem::take(self.slots_mut());
        drop(slots);
        // SAFETY: nobody has entered it, and no other thread reaches it after
        // `detach`; the state is freed after V8's last look at it.
        unsafe {
            ffi::av8_isolate_dispose(self.state().isolate.get());
            drop(Box::from_raw(self.state.as_ptr()));
        }
    }
}

impl fmt::Debug for Isolate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolate").finish_non_exhaustive()
    }
}
