//! The scope that every operation takes.

use std::{
    cell::{Cell, UnsafeCell},
    marker::PhantomData,
    ptr::{NonNull, null},
};

use crate::{
    Context, IsolateHandle, Local, Value,
    ffi::{self, Ref},
    isolate::{Slots, State},
    scope::storage::{HANDLES_WORDS, Storage},
};

/// Proof that this thread has entered an isolate, and owner of the handles
/// with the lifetime `'s`.
///
/// It is never owned, only borrowed from a guard or lent to a callback.
pub struct HandleScope<'s> {
    state: NonNull<State>,
    isolate: *mut ffi::Isolate,
    /// The current context once somebody has asked; null before.
    context: Cell<Ref>,
    /// Invariant: a scope must not pass for one of another lifetime.
    _scope: PhantomData<Cell<&'s ()>>,
}

/// Holds a child scope; see [`handle_scope!`](crate::handle_scope).
pub struct HandleGuard<'p> {
    storage: Storage<HANDLES_WORDS>,
    inner: HandleScope<'p>,
    _parent: PhantomData<&'p mut ()>,
}

impl<'s> HandleScope<'s> {
    /// Opens a child scope: its handles are freed when the guard is dropped.
    /// The parent cannot be used meanwhile.
    #[expect(clippy::new_ret_no_self, reason = "a scope is only ever borrowed from its guard")]
    pub fn new<'p>(parent: &'p mut HandleScope<'_>) -> HandleGuard<'p> {
        let mut guard =
            HandleGuard { storage: Storage::new(), inner: parent.child(), _parent: PhantomData };
        // SAFETY: the parent guarantees that the isolate is entered; `drop`
        // closes it before the parent can be used again.
        unsafe { ffi::av8_handles_open(parent.isolate, guard.storage.as_mut_ptr()) };
        parent.state().open_scope();
        guard
    }

    /// # Safety
    /// The current thread has entered the isolate of `state`, and V8 has a
    /// handle scope open, for `'s`.
    pub(crate) unsafe fn from_state(state: &State) -> Self {
        HandleScope {
            state: NonNull::from(state),
            isolate: state.isolate.get(),
            context: Cell::new(null()),
            _scope: PhantomData,
        }
    }

    /// For a guard that borrows this scope for as long as the child is used.
    pub(super) fn child<'c>(&self) -> HandleScope<'c> {
        HandleScope {
            state: self.state,
            isolate: self.isolate,
            context: self.context.clone(),
            _scope: PhantomData,
        }
    }

    /// Says what the current context is, without asking V8.
    pub(crate) fn set_context(&self, context: Ref) {
        self.context.set(context);
    }

    /// Lends a guard's scope for the time that the guard is borrowed.
    ///
    /// # Safety
    /// V8's handle scope outlives `'b`.
    pub(super) unsafe fn lend<'b>(&'b mut self) -> &'b mut HandleScope<'b> {
        // SAFETY: the lifetime is a marker only; it becomes that of the
        // borrow, which the caller promises to be short enough.
        unsafe { &mut *std::ptr::from_mut(self).cast() }
    }

    pub(crate) fn state(&self) -> &State {
        // SAFETY: the state outlives every scope of its isolate.
        unsafe { self.state.as_ref() }
    }

    #[inline]
    pub(crate) fn isolate_ptr(&self) -> *mut ffi::Isolate {
        self.isolate
    }

    #[track_caller]
    pub(crate) fn context_ptr(&self) -> Ref {
        let known = self.context.get();
        if known.is_null() { self.find_context() } else { known }
    }

    #[cold]
    #[track_caller]
    fn find_context(&self) -> Ref {
        // SAFETY: this scope guarantees that the isolate is entered.
        let context = unsafe { ffi::av8_context_current(self.isolate) };
        assert!(!context.is_null(), "no context is entered: open a ContextScope first");
        self.context.set(context);
        context
    }

    /// # Safety
    /// `raw` is null or a handle to a `T` that was made in this scope.
    pub(crate) unsafe fn local<T: crate::Handle>(&self, raw: Ref) -> Option<Local<'s, T>> {
        // SAFETY: handles of this scope are valid for `'s`.
        unsafe { Local::from_raw(raw) }
    }

    /// # Safety
    /// `raw` is a handle to a `T` that was made in this scope.
    pub(crate) unsafe fn known<T: crate::Handle>(&self, raw: Ref) -> Local<'s, T> {
        // SAFETY: handles of this scope are valid for `'s`.
        unsafe { Local::from_raw_unchecked(raw) }
    }

    /// The context that JavaScript would run in now.
    ///
    /// # Panics
    /// If none is entered.
    #[track_caller]
    pub fn current_context(&mut self) -> Local<'s, Context> {
        // SAFETY: the handle belongs to this scope or to one around it.
        unsafe { self.known(self.context_ptr()) }
    }

    /// For other threads.
    pub fn isolate_handle(&self) -> IsolateHandle {
        IsolateHandle::new(self.state().shared.clone())
    }

    /// Throws a value into JavaScript: the callback that holds this scope must
    /// return, or a [`TryCatch`](crate::TryCatch) around it takes it.
    pub fn throw_exception(&mut self, exception: Local<'_, Value>) {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_throw(self.isolate, exception.slot()) };
    }

    /// Stops the JavaScript that called this code; see
    /// [`IsolateHandle::terminate_execution`].
    pub fn terminate_execution(&mut self) {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_terminate(self.isolate) };
    }

    /// Lets JavaScript run again after a termination.
    pub fn cancel_terminate_execution(&mut self) {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_cancel_terminate(self.isolate) };
    }

    /// Whether a termination is under way.
    pub fn is_execution_terminating(&self) -> bool {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_is_terminating(self.isolate) }
    }

    /// Gives the isolate a value of its own type `T`; returns the old one.
    pub fn set_slot<T: Send + 'static>(&mut self, value: T) -> Option<T> {
        self.slots_mut().set(value)
    }

    /// The isolate's value of type `T`.
    pub fn slot<T: 'static>(&self) -> Option<&T> {
        // SAFETY: changing the slots takes a scope of this isolate mutably,
        // and every other scope is borrowed or lent through this one.
        unsafe { &*self.slots().get() }.get()
    }

    /// The isolate's value of type `T`.
    pub fn slot_mut<T: 'static>(&mut self) -> Option<&mut T> {
        self.slots_mut().get_mut()
    }

    /// Takes the isolate's value of type `T` out.
    pub fn take_slot<T: 'static>(&mut self) -> Option<T> {
        self.slots_mut().take()
    }

    fn slots(&self) -> &UnsafeCell<Slots> {
        &self.state().slots
    }

    fn slots_mut(&mut self) -> &mut Slots {
        // SAFETY: as in `slot`, and this scope is borrowed mutably.
        unsafe { &mut *self.slots().get() }
    }
}

impl HandleGuard<'_> {
    /// The scope; its handles live as long as this borrow.
    pub fn scope<'s>(&'s mut self) -> &'s mut HandleScope<'s> {
        // SAFETY: `drop` closes V8's scope, after the borrow has ended.
        unsafe { self.inner.lend() }
    }
}

impl Drop for HandleGuard<'_> {
    fn drop(&mut self) {
        self.inner.state().close_scope();
        // SAFETY: opened by `new`; children borrow this guard, so they are
        // closed already, and handles with their lifetimes are unreachable.
        unsafe { ffi::av8_handles_close(self.storage.as_mut_ptr()) };
    }
}
