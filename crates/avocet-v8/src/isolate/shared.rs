//! The part of an isolate that other threads may touch.

use std::{
    collections::VecDeque,
    ptr::null_mut,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::{HandleScope, ffi};

pub(crate) type Interrupt = Box<dyn for<'a, 's> FnOnce(&'a mut HandleScope<'s>) + Send>;

/// Null once the isolate is gone; locked while another thread speaks to it.
struct Target(*mut ffi::Isolate);

// SAFETY: V8 allows the functions that are called through this pointer
// (terminate, cancel, request interrupt) on any thread, and the lock keeps
// the isolate alive meanwhile.
unsafe impl Send for Target {}

pub(crate) struct Shared {
    target: Mutex<Target>,
    dropped: Mutex<Vec<usize>>,
    has_dropped: AtomicBool,
    /// Values that globals keep alive.
    globals: AtomicUsize,
    entered: AtomicBool,
    interrupts: Mutex<VecDeque<Interrupt>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new() -> Shared {
        Shared {
            target: Mutex::new(Target(null_mut())),
            dropped: Mutex::default(),
            has_dropped: AtomicBool::new(false),
            globals: AtomicUsize::new(0),
            entered: AtomicBool::new(false),
            interrupts: Mutex::default(),
        }
    }

    pub(crate) fn attach(&self, isolate: *mut ffi::Isolate) {
        lock(&self.target).0 = isolate;
    }

    pub(crate) fn detach(&self) {
        lock(&self.target).0 = null_mut();
        lock(&self.interrupts).clear();
    }

    /// Runs `f` unless the isolate is gone, which cannot happen meanwhile.
    pub(crate) fn with<R>(&self, f: impl FnOnce(*mut ffi::Isolate) -> R) -> Option<R> {
        let target = lock(&self.target);
        (!target.0.is_null()).then(|| f(target.0))
    }

    /// False if it is entered already.
    pub(crate) fn try_enter(&self) -> bool {
        !self.entered.swap(true, Ordering::Acquire)
    }

    pub(crate) fn leave(&self) {
        self.entered.store(false, Ordering::Release);
    }

    pub(crate) fn is_entered(&self) -> bool {
        self.entered.load(Ordering::Acquire)
    }

    pub(crate) fn global_made(&self) {
        self.globals.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn live_globals(&self) -> usize {
        self.globals.load(Ordering::Acquire)
    }

    /// Queues the slot of a dropped global; the isolate frees it when it is
    /// next safe (never inside garbage collection, never on another thread).
    pub(crate) fn release_later(&self, slot: usize) {
        self.globals.fetch_sub(1, Ordering::Release);
        lock(&self.dropped).push(slot);
        self.has_dropped.store(true, Ordering::Release);
    }

    pub(crate) fn take_dropped(&self) -> Vec<usize> {
        if !self.has_dropped.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut dropped = lock(&self.dropped);
        self.has_dropped.store(false, Ordering::Release);
        std::mem::take(&mut *dropped)
    }

    pub(crate) fn push_interrupt(&self, interrupt: Interrupt) {
        lock(&self.interrupts).push_back(interrupt);
    }

    pub(crate) fn pop_interrupt(&self) -> Option<Interrupt> {
        lock(&self.interrupts).pop_front()
    }
}
