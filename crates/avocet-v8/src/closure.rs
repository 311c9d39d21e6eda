//! Rust closures that JavaScript functions hold.

use std::rc::Rc;

use crate::{Arguments, HandleScope, ReturnValue, ffi};

pub(crate) type Closure =
    dyn for<'a, 's> Fn(&'a mut HandleScope<'s>, &'a Arguments<'s>, ReturnValue<'s>) + Send;

/// The closures of one isolate. A function keeps the index of its closure; the
/// garbage collector reports when the function is gone.
#[derive(Default)]
pub(crate) struct Closures {
    entries: Vec<Entry>,
    free: Vec<u32>,
    /// Collected, but not yet dropped: that may run code of any kind, and
    /// garbage collection is not the time for it.
    collected: Vec<Rc<Closure>>,
}

struct Entry {
    closure: Option<Rc<Closure>>,
    watch: *mut ffi::Watch,
}

impl Closures {
    pub(crate) fn insert(&mut self, closure: Rc<Closure>) -> u32 {
        let entry = Entry { closure: Some(closure), watch: std::ptr::null_mut() };
        match self.free.pop() {
            Some(index) => {
                self.entries[index as usize] = entry;
                index
            }
            None => {
                self.entries.push(entry);
                u32::try_from(self.entries.len() - 1).expect("fewer than 2^32 closures")
            }
        }
    }

    pub(crate) fn watched(&mut self, index: u32, watch: *mut ffi::Watch) {
        self.entries[index as usize].watch = watch;
    }

    pub(crate) fn get(&self, index: u32) -> Option<Rc<Closure>> {
        self.entries.get(index as usize)?.closure.clone()
    }

    /// Notes that the entry's function has been collected; V8's weak handle to it is gone.
    pub(crate) fn on_collected(&mut self, index: u32) {
        let Some(entry) = self.entries.get_mut(index as usize) else {
            return;
        };
        entry.watch = std::ptr::null_mut();
        self.collected.extend(entry.closure.take());
        self.free.push(index);
    }

    pub(crate) fn take_collected(&mut self) -> Vec<Rc<Closure>> {
        std::mem::take(&mut self.collected)
    }

    /// The isolate goes away before its functions are collected.
    pub(crate) fn unwatch_all(&mut self) {
        for entry in &mut self.entries {
            if !entry.watch.is_null() {
                // SAFETY: V8 has not reported it, so the watch still exists.
                unsafe { ffi::av8_unwatch(entry.watch) };
                entry.watch = std::ptr::null_mut();
            }
        }
    }
}
