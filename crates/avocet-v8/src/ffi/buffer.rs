//! Declarations of `shim/buffer.cc`.

use std::ffi::{c_int, c_long, c_void};

use super::{BackingStore, Free, Isolate, Ref};

unsafe extern "C" {
    pub(crate) fn av8_store_from_rust(
        data: *mut c_void,
        length: usize,
        free: Free,
        owner: *mut c_void,
        shared: bool,
    ) -> *mut BackingStore;
    pub(crate) fn av8_store_delete(store: *mut BackingStore);
    pub(crate) fn av8_store_clone(store: *mut BackingStore) -> *mut BackingStore;
    pub(crate) fn av8_store_data(store: *mut BackingStore) -> *mut c_void;
    pub(crate) fn av8_store_length(store: *mut BackingStore) -> usize;
    pub(crate) fn av8_store_uses(store: *mut BackingStore) -> c_long;
    pub(crate) fn av8_buffer_from_store(isolate: *mut Isolate, store: *mut BackingStore) -> Ref;
    pub(crate) fn av8_buffer_new(isolate: *mut Isolate, length: usize) -> Ref;
    pub(crate) fn av8_buffer_copy_of(
        isolate: *mut Isolate,
        bytes: *const c_void,
        length: usize,
    ) -> Ref;
    pub(crate) fn av8_buffer_over_rust(
        isolate: *mut Isolate,
        data: *mut c_void,
        length: usize,
        free: Free,
        owner: *mut c_void,
    ) -> Ref;
    pub(crate) fn av8_shared_buffer_from_store(
        isolate: *mut Isolate,
        store: *mut BackingStore,
    ) -> Ref;
    pub(crate) fn av8_buffer_length(buffer: Ref) -> usize;
    pub(crate) fn av8_shared_buffer_length(buffer: Ref) -> usize;
    pub(crate) fn av8_buffer_store(buffer: Ref) -> *mut BackingStore;
    pub(crate) fn av8_shared_buffer_store(buffer: Ref) -> *mut BackingStore;
    pub(crate) fn av8_buffer_is_detachable(buffer: Ref) -> bool;
    pub(crate) fn av8_buffer_was_detached(buffer: Ref) -> bool;
    pub(crate) fn av8_buffer_detach(buffer: Ref) -> bool;
    pub(crate) fn av8_buffer_read(buffer: Ref, offset: usize, to: *mut u8, length: usize) -> usize;
    pub(crate) fn av8_buffer_write(
        buffer: Ref,
        offset: usize,
        from: *const u8,
        length: usize,
    ) -> usize;
    pub(crate) fn av8_view_length(view: Ref) -> usize;
    pub(crate) fn av8_view_offset(view: Ref) -> usize;
    pub(crate) fn av8_view_buffer(view: Ref) -> Ref;
    pub(crate) fn av8_view_read(view: Ref, to: *mut u8, length: usize) -> usize;
    pub(crate) fn av8_typed_array_length(array: Ref) -> usize;
    pub(crate) fn av8_typed_array_new(
        kind: c_int,
        buffer: Ref,
        offset: usize,
        length: usize,
    ) -> Ref;
}
