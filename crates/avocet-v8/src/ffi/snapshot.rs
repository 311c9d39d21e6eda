//! Declarations of `shim/snapshot.cc`.

use std::ffi::c_char;

use super::{Isolate, Ref};

unsafe extern "C" {
    pub(crate) fn av8_snapshot_set_default(isolate: *mut Isolate, context: Ref);
    pub(crate) fn av8_snapshot_add_context(isolate: *mut Isolate, context: Ref) -> usize;
    pub(crate) fn av8_snapshot_create(
        isolate: *mut Isolate,
        keep_code: bool,
        length: *mut usize,
    ) -> *const c_char;
    pub(crate) fn av8_snapshot_free(data: *const c_char);
}
