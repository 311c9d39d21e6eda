//! Declarations of `shim/object.cc`.

use std::ffi::c_int;

use super::{Isolate, Ref, TryCatch};

unsafe extern "C" {
    pub(crate) fn av8_context_new(isolate: *mut Isolate, global_template: Ref) -> Ref;
    pub(crate) fn av8_context_from_snapshot(isolate: *mut Isolate, index: usize) -> Ref;
    pub(crate) fn av8_context_current(isolate: *mut Isolate) -> Ref;
    pub(crate) fn av8_context_enter(context: Ref);
    pub(crate) fn av8_context_exit(context: Ref);
    pub(crate) fn av8_context_global(context: Ref) -> Ref;
    pub(crate) fn av8_context_allow_codegen(context: Ref, allow: bool);
    pub(crate) fn av8_context_codegen_allowed(context: Ref) -> bool;
    pub(crate) fn av8_context_codegen_message(context: Ref, message: Ref);
    pub(crate) fn av8_context_data_count(context: Ref) -> u32;
    pub(crate) fn av8_context_data(context: Ref, index: c_int) -> Ref;
    pub(crate) fn av8_context_set_data(context: Ref, index: c_int, value: Ref);
    pub(crate) fn av8_context_share_token(context: Ref, other: Ref);
    pub(crate) fn av8_context_continuation_data(context: Ref) -> Ref;
    pub(crate) fn av8_context_set_continuation_data(context: Ref, value: Ref);
    pub(crate) fn av8_context_extras(context: Ref) -> Ref;
    pub(crate) fn av8_object_new(isolate: *mut Isolate) -> Ref;
    pub(crate) fn av8_object_with(
        isolate: *mut Isolate,
        prototype: Ref,
        names: *const Ref,
        values: *const Ref,
        length: usize,
    ) -> Ref;
    pub(crate) fn av8_object_get(context: Ref, object: Ref, key: Ref) -> Ref;
    pub(crate) fn av8_object_get_index(context: Ref, object: Ref, index: u32) -> Ref;
    pub(crate) fn av8_object_set(context: Ref, object: Ref, key: Ref, value: Ref) -> i8;
    pub(crate) fn av8_object_set_index(context: Ref, object: Ref, index: u32, value: Ref) -> i8;
    pub(crate) fn av8_object_create_data(context: Ref, object: Ref, key: Ref, value: Ref) -> i8;
    pub(crate) fn av8_object_define(
        context: Ref,
        object: Ref,
        key: Ref,
        value: Ref,
        attributes: c_int,
    ) -> i8;
    pub(crate) fn av8_object_define_accessor(
        context: Ref,
        object: Ref,
        key: Ref,
        getter: Ref,
        setter: Ref,
        attributes: c_int,
    ) -> i8;
    pub(crate) fn av8_object_has(context: Ref, object: Ref, key: Ref) -> i8;
    pub(crate) fn av8_object_has_own(context: Ref, object: Ref, key: Ref) -> i8;
    pub(crate) fn av8_object_delete(context: Ref, object: Ref, key: Ref) -> i8;
    pub(crate) fn av8_object_keys(
        context: Ref,
        object: Ref,
        prototypes: bool,
        filter: c_int,
        skip_indices: bool,
        strings: bool,
    ) -> Ref;
    pub(crate) fn av8_object_own_descriptor(context: Ref, object: Ref, key: Ref) -> Ref;
    pub(crate) fn av8_object_prototype(object: Ref) -> Ref;
    pub(crate) fn av8_object_set_prototype(context: Ref, object: Ref, prototype: Ref) -> i8;
    pub(crate) fn av8_object_constructor_name(object: Ref) -> Ref;
    pub(crate) fn av8_object_freeze(context: Ref, object: Ref, frozen: bool) -> i8;
    pub(crate) fn av8_object_identity_hash(object: Ref) -> c_int;
    pub(crate) fn av8_object_is_callable(object: Ref) -> bool;
    pub(crate) fn av8_object_preview(object: Ref, is_key_value: *mut bool) -> Ref;
    pub(crate) fn av8_object_creation_context(object: Ref) -> Ref;
    pub(crate) fn av8_object_field_count(object: Ref) -> c_int;
    pub(crate) fn av8_object_field(object: Ref, index: c_int) -> Ref;
    pub(crate) fn av8_object_set_field(object: Ref, index: c_int, value: Ref);
    pub(crate) fn av8_object_has_private(context: Ref, object: Ref, key: Ref) -> i8;
    pub(crate) fn av8_object_get_private(context: Ref, object: Ref, key: Ref) -> Ref;
    pub(crate) fn av8_object_set_private(context: Ref, object: Ref, key: Ref, value: Ref) -> i8;
    pub(crate) fn av8_object_delete_private(context: Ref, object: Ref, key: Ref) -> i8;
    pub(crate) fn av8_array_new(isolate: *mut Isolate, length: c_int) -> Ref;
    pub(crate) fn av8_array_of(isolate: *mut Isolate, elements: *const Ref, length: usize) -> Ref;
    pub(crate) fn av8_array_length(array: Ref) -> u32;
    pub(crate) fn av8_map_new(isolate: *mut Isolate) -> Ref;
    pub(crate) fn av8_map_size(map: Ref) -> usize;
    pub(crate) fn av8_map_clear(map: Ref);
    pub(crate) fn av8_map_get(context: Ref, map: Ref, key: Ref) -> Ref;
    pub(crate) fn av8_map_set(context: Ref, map: Ref, key: Ref, value: Ref) -> Ref;
    pub(crate) fn av8_map_has(context: Ref, map: Ref, key: Ref) -> i8;
    pub(crate) fn av8_map_delete(context: Ref, map: Ref, key: Ref) -> i8;
    pub(crate) fn av8_map_as_array(map: Ref) -> Ref;
    pub(crate) fn av8_set_new(isolate: *mut Isolate) -> Ref;
    pub(crate) fn av8_set_size(set: Ref) -> usize;
    pub(crate) fn av8_set_add(context: Ref, set: Ref, key: Ref) -> Ref;
    pub(crate) fn av8_set_has(context: Ref, set: Ref, key: Ref) -> i8;
    pub(crate) fn av8_set_delete(context: Ref, set: Ref, key: Ref) -> i8;
    pub(crate) fn av8_set_as_array(set: Ref) -> Ref;
    pub(crate) fn av8_resolver_new(context: Ref) -> Ref;
    pub(crate) fn av8_resolver_promise(resolver: Ref) -> Ref;
    pub(crate) fn av8_resolver_resolve(context: Ref, resolver: Ref, value: Ref) -> i8;
    pub(crate) fn av8_resolver_reject(context: Ref, resolver: Ref, value: Ref) -> i8;
    pub(crate) fn av8_promise_state(promise: Ref) -> c_int;
    pub(crate) fn av8_promise_result(promise: Ref) -> Ref;
    pub(crate) fn av8_promise_has_handler(promise: Ref) -> bool;
    pub(crate) fn av8_promise_mark_handled(promise: Ref);
    pub(crate) fn av8_promise_then(
        context: Ref,
        promise: Ref,
        fulfilled: Ref,
        rejected: Ref,
    ) -> Ref;
    pub(crate) fn av8_error_new(kind: c_int, message: Ref) -> Ref;
    pub(crate) fn av8_message_of(isolate: *mut Isolate, exception: Ref) -> Ref;
    pub(crate) fn av8_stack_of(exception: Ref) -> Ref;
    pub(crate) fn av8_stack_now(isolate: *mut Isolate, limit: c_int) -> Ref;
    pub(crate) fn av8_stack_count(stack: Ref) -> c_int;
    pub(crate) fn av8_stack_frame(isolate: *mut Isolate, stack: Ref, index: u32) -> Ref;
    pub(crate) fn av8_frame_position(
        frame: Ref,
        line: *mut c_int,
        column: *mut c_int,
        flags: *mut bool,
    );
    pub(crate) fn av8_frame_script(frame: Ref) -> Ref;
    pub(crate) fn av8_frame_function(frame: Ref) -> Ref;
    pub(crate) fn av8_message_text(message: Ref) -> Ref;
    pub(crate) fn av8_message_script(message: Ref) -> Ref;
    pub(crate) fn av8_message_source_line(context: Ref, message: Ref) -> Ref;
    pub(crate) fn av8_message_stack(message: Ref) -> Ref;
    pub(crate) fn av8_message_position(context: Ref, message: Ref, fields: *mut c_int);
    pub(crate) fn av8_try_catch_new(isolate: *mut Isolate) -> *mut TryCatch;
    pub(crate) fn av8_try_catch_delete(block: *mut TryCatch);
    pub(crate) fn av8_try_catch_has_caught(block: *mut TryCatch) -> bool;
    pub(crate) fn av8_try_catch_has_terminated(block: *mut TryCatch) -> bool;
    pub(crate) fn av8_try_catch_can_continue(block: *mut TryCatch) -> bool;
    pub(crate) fn av8_try_catch_exception(isolate: *mut Isolate, block: *mut TryCatch) -> Ref;
    pub(crate) fn av8_try_catch_message(isolate: *mut Isolate, block: *mut TryCatch) -> Ref;
    pub(crate) fn av8_try_catch_stack(context: Ref, block: *mut TryCatch) -> Ref;
    pub(crate) fn av8_try_catch_reset(block: *mut TryCatch);
    pub(crate) fn av8_try_catch_rethrow(block: *mut TryCatch);
    pub(crate) fn av8_try_catch_set_verbose(block: *mut TryCatch, value: bool);
    pub(crate) fn av8_json_parse(context: Ref, text: Ref) -> Ref;
    pub(crate) fn av8_json_stringify(context: Ref, value: Ref, gap: Ref) -> Ref;
}
