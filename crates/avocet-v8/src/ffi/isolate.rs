//! Declarations of `shim/isolate.cc`.

use std::ffi::{c_char, c_int, c_void};

use super::{Isolate, IsolateParams, Ref};

unsafe extern "C" {
    pub(crate) fn av8_initialize(flags: *const c_char, length: usize, threads: c_int);
    pub(crate) fn av8_take_flags(count: c_int, arguments: *mut *mut c_char) -> c_int;
    pub(crate) fn av8_unmap_blocks_from(bytes: c_int);
    pub(crate) fn av8_version() -> *const c_char;
    pub(crate) fn av8_isolate_new(options: *const IsolateParams) -> *mut Isolate;
    pub(crate) fn av8_isolate_dispose(isolate: *mut Isolate);
    pub(crate) fn av8_isolate_set_buffer_limit(isolate: *mut Isolate, limit: usize);
    pub(crate) fn av8_isolate_buffer_bytes(isolate: *mut Isolate) -> usize;
    pub(crate) fn av8_enter(isolate: *mut Isolate, storage: *mut c_void);
    pub(crate) fn av8_leave(storage: *mut c_void);
    pub(crate) fn av8_handles_open(isolate: *mut Isolate, storage: *mut c_void);
    pub(crate) fn av8_handles_close(storage: *mut c_void);
    pub(crate) fn av8_escapable_open(isolate: *mut Isolate, storage: *mut c_void);
    pub(crate) fn av8_escapable_close(storage: *mut c_void);
    pub(crate) fn av8_escape(storage: *mut c_void, value: Ref) -> Ref;
    pub(crate) fn av8_global_new(isolate: *mut Isolate, value: Ref) -> Ref;
    pub(crate) fn av8_global_reset(slot: Ref);
    pub(crate) fn av8_local_new(isolate: *mut Isolate, slot: Ref) -> Ref;
    pub(crate) fn av8_terminate(isolate: *mut Isolate);
    pub(crate) fn av8_cancel_terminate(isolate: *mut Isolate);
    pub(crate) fn av8_is_terminating(isolate: *mut Isolate) -> bool;
    pub(crate) fn av8_request_interrupt(isolate: *mut Isolate);
    pub(crate) fn av8_microtasks(isolate: *mut Isolate);
    pub(crate) fn av8_enqueue_microtask(isolate: *mut Isolate, function: Ref);
    pub(crate) fn av8_pump(isolate: *mut Isolate) -> bool;
    pub(crate) fn av8_has_background_tasks(isolate: *mut Isolate) -> bool;
    pub(crate) fn av8_low_memory(isolate: *mut Isolate);
    pub(crate) fn av8_memory_pressure(isolate: *mut Isolate, level: c_int);
    pub(crate) fn av8_adjust_external_memory(isolate: *mut Isolate, change: i64);
    pub(crate) fn av8_clear_kept_objects(isolate: *mut Isolate);
    pub(crate) fn av8_throw(isolate: *mut Isolate, exception: Ref);
    pub(crate) fn av8_heap_statistics(isolate: *mut Isolate, fields: *mut usize);
}
