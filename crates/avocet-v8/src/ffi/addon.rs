//! Declarations of `shim/addon.cc`.

use std::ffi::{c_char, c_void};

use super::{Isolate, Ref};

unsafe extern "C" {
    pub(crate) fn av8_addon_open(file: *const c_char) -> *mut c_void;
    pub(crate) fn av8_addon_error() -> *const c_char;
    pub(crate) fn av8_addon_close(library: *mut c_void);
    pub(crate) fn av8_addon_init_of(library: *mut c_void) -> *mut c_void;
    pub(crate) fn av8_addon_v8_of(library: *mut c_void) -> *const c_char;
    pub(crate) fn av8_addon_init(isolate: *mut Isolate, init: *mut c_void, target: Ref) -> bool;
    pub(crate) fn av8_library_file() -> *const c_char;
}
