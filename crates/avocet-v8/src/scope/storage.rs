//! Rust memory that V8's scope objects are built in.

use std::{ffi::c_void, mem::MaybeUninit};

/// The shim asserts that these suffice.
pub(super) const ENTRY_WORDS: usize = 8;
pub(super) const HANDLES_WORDS: usize = 4;
pub(super) const ESCAPABLE_WORDS: usize = 6;

/// V8 keeps no address of these objects, so they may move with their guard.
pub(super) struct Storage<const WORDS: usize>(MaybeUninit<[usize; WORDS]>);

impl<const WORDS: usize> Storage<WORDS> {
    pub(super) fn new() -> Self {
        Storage(MaybeUninit::uninit())
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut c_void {
        self.0.as_mut_ptr().cast()
    }
}
