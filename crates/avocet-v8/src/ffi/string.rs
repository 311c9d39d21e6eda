//! Declarations of `shim/string.cc`.

use std::ffi::{c_char, c_int, c_void};

use super::{Free, Isolate, Ref};

unsafe extern "C" {
    pub(crate) fn av8_string_utf8(
        isolate: *mut Isolate,
        data: *const u8,
        length: usize,
        internalized: bool,
    ) -> Ref;
    pub(crate) fn av8_string_one_byte(
        isolate: *mut Isolate,
        data: *const u8,
        length: usize,
        internalized: bool,
    ) -> Ref;
    pub(crate) fn av8_string_two_byte(
        isolate: *mut Isolate,
        data: *const u16,
        length: usize,
    ) -> Ref;
    pub(crate) fn av8_string_external(
        isolate: *mut Isolate,
        data: *const c_char,
        length: usize,
        free: Option<Free>,
        owner: *mut c_void,
    ) -> Ref;
    pub(crate) fn av8_string_empty(isolate: *mut Isolate) -> Ref;
    pub(crate) fn av8_string_concat(isolate: *mut Isolate, left: Ref, right: Ref) -> Ref;
    pub(crate) fn av8_string_length(string: Ref) -> c_int;
    pub(crate) fn av8_string_utf8_length(isolate: *mut Isolate, string: Ref) -> c_int;
    pub(crate) fn av8_string_is_one_byte(string: Ref) -> bool;
    pub(crate) fn av8_string_contains_only_one_byte(string: Ref) -> bool;
    pub(crate) fn av8_string_is_external(string: Ref) -> bool;
    pub(crate) fn av8_string_write_utf8(
        isolate: *mut Isolate,
        value: Ref,
        buffer: *mut u8,
        capacity: usize,
    ) -> isize;
    pub(crate) fn av8_string_write_one_byte(
        isolate: *mut Isolate,
        value: Ref,
        buffer: *mut u8,
        length: c_int,
    );
    pub(crate) fn av8_string_write_two_byte(
        isolate: *mut Isolate,
        value: Ref,
        buffer: *mut u16,
        length: c_int,
    );
}
