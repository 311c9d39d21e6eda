//! Declarations of `shim/script.cc`.

use std::ffi::c_int;

use super::{CachedData, Isolate, Ref, Source};

unsafe extern "C" {
    pub(crate) fn av8_script_compile(
        isolate: *mut Isolate,
        context: Ref,
        source: *mut Source,
    ) -> Ref;
    pub(crate) fn av8_script_run(context: Ref, script: Ref) -> Ref;
    pub(crate) fn av8_function_compile(
        isolate: *mut Isolate,
        context: Ref,
        source: *mut Source,
        argc: usize,
        argv: *const Ref,
        extc: usize,
        extv: *const Ref,
    ) -> Ref;
    pub(crate) fn av8_module_compile(isolate: *mut Isolate, source: *mut Source) -> Ref;
    pub(crate) fn av8_script_cache(script: Ref) -> *mut CachedData;
    pub(crate) fn av8_function_cache(function: Ref) -> *mut CachedData;
    pub(crate) fn av8_module_cache(module: Ref) -> *mut CachedData;
    pub(crate) fn av8_cache_bytes(cache: *const CachedData, length: *mut usize) -> *const u8;
    pub(crate) fn av8_cache_delete(cache: *mut CachedData);
    pub(crate) fn av8_cache_version() -> u32;
    pub(crate) fn av8_module_status(module: Ref) -> c_int;
    pub(crate) fn av8_module_exception(module: Ref) -> Ref;
    pub(crate) fn av8_module_identity_hash(module: Ref) -> c_int;
    pub(crate) fn av8_module_is_async(module: Ref) -> bool;
    pub(crate) fn av8_module_is_synthetic(module: Ref) -> bool;
    pub(crate) fn av8_module_namespace(module: Ref) -> Ref;
    pub(crate) fn av8_module_instantiate(context: Ref, module: Ref) -> i8;
    pub(crate) fn av8_module_evaluate(context: Ref, module: Ref) -> Ref;
    pub(crate) fn av8_module_requests(module: Ref) -> Ref;
    pub(crate) fn av8_fixed_array_length(array: Ref) -> c_int;
    pub(crate) fn av8_fixed_array_get(context: Ref, array: Ref, index: c_int) -> Ref;
    pub(crate) fn av8_module_request_specifier(request: Ref) -> Ref;
    pub(crate) fn av8_module_request_attributes(request: Ref) -> Ref;
    pub(crate) fn av8_module_request_position(
        module: Ref,
        request: Ref,
        line: *mut c_int,
        column: *mut c_int,
    );
    pub(crate) fn av8_module_synthetic(
        isolate: *mut Isolate,
        name: Ref,
        count: usize,
        exports: *const Ref,
    ) -> Ref;
    pub(crate) fn av8_module_set_export(
        isolate: *mut Isolate,
        module: Ref,
        name: Ref,
        value: Ref,
    ) -> i8;
}
