//! Strings.

use std::{ffi::c_void, string::String as StdString};

use crate::{
    Data, HandleScope, Local, Name, Primitive, Value, ffi,
    local::{Handle, castable, handles},
};

handles! {
    /// A string of UTF-16 units; V8 keeps one byte per unit where all are
    /// Latin-1.
    String: Name, Primitive, Value, Data;
}
castable! {
    String by is_string;
}

unsafe extern "C" fn free_boxed<T>(owner: *mut c_void) {
    // SAFETY: made by `Box::into_raw` in `new_external_owned`; called once.
    drop(unsafe { Box::from_raw(owner.cast::<T>()) });
}

impl String {
    /// The longest string that V8 makes, in UTF-16 units.
    pub const MAX_LENGTH: usize = (1 << 29) - 24;

    /// A copy of `text`. `None` if it is longer than
    /// [`MAX_LENGTH`](Self::MAX_LENGTH).
    #[inline]
    pub fn new<'s>(scope: &mut HandleScope<'s>, text: &str) -> Option<Local<'s, String>> {
        String::make(scope, text, false)
    }

    /// As [`new`](Self::new), and equal strings share one object: for names of
    /// properties that are used again and again.
    pub fn new_internalized<'s>(
        scope: &mut HandleScope<'s>,
        text: &str,
    ) -> Option<Local<'s, String>> {
        String::make(scope, text, true)
    }

    /// An internalized string for a text that is known to be short.
    ///
    /// # Panics
    /// If it is longer than [`MAX_LENGTH`](Self::MAX_LENGTH).
    pub fn intern<'s>(scope: &mut HandleScope<'s>, text: &str) -> Local<'s, String> {
        String::make(scope, text, true).expect("a short string")
    }

    fn make<'s>(
        scope: &mut HandleScope<'s>,
        text: &str,
        internalized: bool,
    ) -> Option<Local<'s, String>> {
        // SAFETY: the scope guarantees that the isolate is entered; V8 copies.
        unsafe {
            let isolate = scope.isolate_ptr();
            scope.local(ffi::av8_string_utf8(isolate, text.as_ptr(), text.len(), internalized))
        }
    }

    /// A copy of bytes that are UTF-8; what is not is replaced by U+FFFD.
    pub fn new_from_utf8<'s>(
        scope: &mut HandleScope<'s>,
        bytes: &[u8],
    ) -> Option<Local<'s, String>> {
        // SAFETY: as in `make`; V8 replaces what is not UTF-8.
        unsafe {
            let isolate = scope.isolate_ptr();
            scope.local(ffi::av8_string_utf8(isolate, bytes.as_ptr(), bytes.len(), false))
        }
    }

    /// A copy of Latin-1 characters.
    pub fn new_from_one_byte<'s>(
        scope: &mut HandleScope<'s>,
        bytes: &[u8],
    ) -> Option<Local<'s, String>> {
        // SAFETY: as in `make`.
        unsafe {
            let isolate = scope.isolate_ptr();
            scope.local(ffi::av8_string_one_byte(isolate, bytes.as_ptr(), bytes.len(), false))
        }
    }

    /// A copy of UTF-16 units.
    pub fn new_from_two_byte<'s>(
        scope: &mut HandleScope<'s>,
        units: &[u16],
    ) -> Option<Local<'s, String>> {
        // SAFETY: as in `make`.
        unsafe {
            let isolate = scope.isolate_ptr();
            scope.local(ffi::av8_string_two_byte(isolate, units.as_ptr(), units.len()))
        }
    }

    /// A string over static Latin-1 characters, without copying them.
    pub fn new_external_static<'s>(
        scope: &mut HandleScope<'s>,
        bytes: &'static [u8],
    ) -> Option<Local<'s, String>> {
        // SAFETY: the bytes live for ever and are never changed.
        unsafe {
            let (isolate, data) = (scope.isolate_ptr(), bytes.as_ptr().cast());
            let none = std::ptr::null_mut();
            scope.local(ffi::av8_string_external(isolate, data, bytes.len(), None, none))
        }
    }

    /// A string over Latin-1 characters that `owner` holds, without copying
    /// them. The owner is dropped when the string is collected, on any thread.
    pub fn new_external<'s, T>(scope: &mut HandleScope<'s>, owner: T) -> Option<Local<'s, String>>
    where
        T: AsRef<[u8]> + Send + 'static,
    {
        let owner = Box::into_raw(Box::new(owner));
        // SAFETY: just made, and freed only with the string. Until then nobody
        // moves or touches it, so what it lends stays as it is.
        let bytes = unsafe { &*owner }.as_ref();
        // SAFETY: the scope guarantees that the isolate is entered; the shim
        // frees the owner exactly once, also when no string is made.
        unsafe {
            let (isolate, data) = (scope.isolate_ptr(), bytes.as_ptr().cast());
            let free: ffi::Free = free_boxed::<T>;
            let owner = owner.cast();
            scope.local(ffi::av8_string_external(isolate, data, bytes.len(), Some(free), owner))
        }
    }

    /// `""`.
    pub fn empty<'s>(scope: &mut HandleScope<'s>) -> Local<'s, String> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_string_empty(scope.isolate_ptr())) }
    }

    /// `left + right`; `None` if that is too long.
    pub fn concat<'s>(
        scope: &mut HandleScope<'s>,
        left: Local<'_, String>,
        right: Local<'_, String>,
    ) -> Option<Local<'s, String>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            let isolate = scope.isolate_ptr();
            scope.local(ffi::av8_string_concat(isolate, left.slot(), right.slot()))
        }
    }

    /// Length in UTF-16 units.
    pub fn length(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        usize::try_from(unsafe { ffi::av8_string_length(self.raw()) }).unwrap_or(0)
    }

    /// Length as UTF-8, with three bytes for a lone surrogate.
    pub fn utf8_length(&self, scope: &mut HandleScope<'_>) -> usize {
        // SAFETY: the scope guarantees that the isolate is entered.
        let length = unsafe { ffi::av8_string_utf8_length(scope.isolate_ptr(), self.raw()) };
        usize::try_from(length).unwrap_or(0)
    }

    /// Whether V8 keeps it with one byte per character.
    pub fn is_one_byte(&self) -> bool {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_string_is_one_byte(self.raw()) }
    }

    /// Whether all characters are Latin-1, found by looking at them.
    pub fn contains_only_one_byte(&self) -> bool {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_string_contains_only_one_byte(self.raw()) }
    }

    /// Whether its characters are Rust's memory.
    pub fn is_external_one_byte(&self) -> bool {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_string_is_external(self.raw()) }
    }

    /// Appends it to `buffer` as UTF-8, with lone surrogates replaced by
    /// U+FFFD.
    pub fn write_utf8_into(&self, scope: &mut HandleScope<'_>, buffer: &mut Vec<u8>) {
        loop {
            let spare = buffer.spare_capacity_mut();
            let (start, room) = (spare.as_mut_ptr().cast(), spare.len());
            // SAFETY: the scope guarantees that the isolate is entered; the
            // shim writes into `room` bytes only.
            let answer =
                unsafe { ffi::av8_string_write_utf8(scope.isolate_ptr(), self.raw(), start, room) };
            match usize::try_from(answer) {
                // SAFETY: that many bytes after the old end have been written.
                Ok(written) => return unsafe { buffer.set_len(buffer.len() + written) },
                Err(_) => buffer.reserve(answer.unsigned_abs()),
            }
        }
    }

    /// Appends the low byte of every UTF-16 unit to `buffer`, which is Latin-1
    /// if [`contains_only_one_byte`](Self::contains_only_one_byte).
    pub fn write_one_byte_into(&self, scope: &mut HandleScope<'_>, buffer: &mut Vec<u8>) {
        let length = self.length();
        buffer.reserve(length);
        // SAFETY: there is room for `length` bytes after the end, and V8
        // writes exactly as many.
        unsafe {
            let end = buffer.as_mut_ptr().add(buffer.len());
            ffi::av8_string_write_one_byte(scope.isolate_ptr(), self.raw(), end, length as i32);
            buffer.set_len(buffer.len() + length);
        }
    }

    /// UTF-16 units of the string.
    pub fn to_two_byte(&self, scope: &mut HandleScope<'_>) -> Vec<u16> {
        let length = self.length();
        let mut units = Vec::with_capacity(length);
        // SAFETY: there is room for `length` units, and V8 writes exactly as
        // many.
        unsafe {
            let start = units.as_mut_ptr();
            ffi::av8_string_write_two_byte(scope.isolate_ptr(), self.raw(), start, length as i32);
            units.set_len(length);
        }
        units
    }

    /// A copy in Rust's memory, with lone surrogates replaced by U+FFFD.
    pub fn to_rust_string_lossy(&self, scope: &mut HandleScope<'_>) -> StdString {
        let mut bytes = Vec::new();
        self.write_utf8_into(scope, &mut bytes);
        // SAFETY: the shim writes valid UTF-8: V8's encoder is told to replace
        // lone surrogates, and Latin-1 is expanded by the shim.
        unsafe { StdString::from_utf8_unchecked(bytes) }
    }
}
