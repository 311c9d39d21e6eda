//! Declarations of `shim/function.cc`.

use std::ffi::c_int;

use super::{CallInfo, Isolate, Ref, Watch};

unsafe extern "C" {
    pub(crate) fn av8_info_this(info: *const CallInfo) -> Ref;
    pub(crate) fn av8_info_new_target(info: *const CallInfo) -> Ref;
    pub(crate) fn av8_info_is_construct(info: *const CallInfo) -> bool;
    pub(crate) fn av8_return(info: *const CallInfo, value: Ref);
    pub(crate) fn av8_return_null(info: *const CallInfo);
    pub(crate) fn av8_return_bool(info: *const CallInfo, value: bool);
    pub(crate) fn av8_return_int32(info: *const CallInfo, value: i32);
    pub(crate) fn av8_return_uint32(info: *const CallInfo, value: u32);
    pub(crate) fn av8_return_double(info: *const CallInfo, value: f64);
    pub(crate) fn av8_return_empty_string(info: *const CallInfo);
    pub(crate) fn av8_function_new(
        context: Ref,
        is_op: bool,
        index: u32,
        length: c_int,
        constructible: bool,
    ) -> Ref;
    pub(crate) fn av8_watch(isolate: *mut Isolate, value: Ref, index: u32) -> *mut Watch;
    pub(crate) fn av8_unwatch(watch: *mut Watch);
    pub(crate) fn av8_function_call(
        context: Ref,
        function: Ref,
        receiver: Ref,
        argc: c_int,
        argv: *const Ref,
    ) -> Ref;
    pub(crate) fn av8_object_call(
        context: Ref,
        object: Ref,
        receiver: Ref,
        argc: c_int,
        argv: *const Ref,
    ) -> Ref;
    pub(crate) fn av8_function_construct(
        context: Ref,
        function: Ref,
        argc: c_int,
        argv: *const Ref,
    ) -> Ref;
    pub(crate) fn av8_function_set_name(function: Ref, name: Ref);
    pub(crate) fn av8_function_name(function: Ref) -> Ref;
    pub(crate) fn av8_function_debug_name(function: Ref) -> Ref;
    pub(crate) fn av8_function_source(context: Ref, function: Ref) -> Ref;
    pub(crate) fn av8_function_position(function: Ref, fields: *mut c_int);
    pub(crate) fn av8_function_script_name(function: Ref) -> Ref;
    pub(crate) fn av8_function_template_new(
        isolate: *mut Isolate,
        is_op: bool,
        index: u32,
        length: c_int,
        constructible: bool,
    ) -> Ref;
    pub(crate) fn av8_function_template_function(context: Ref, tmpl: Ref) -> Ref;
    pub(crate) fn av8_function_template_class_name(tmpl: Ref, name: Ref);
    pub(crate) fn av8_function_template_inherit(tmpl: Ref, parent: Ref);
    pub(crate) fn av8_function_template_prototype(tmpl: Ref) -> Ref;
    pub(crate) fn av8_function_template_instance(tmpl: Ref) -> Ref;
    pub(crate) fn av8_function_template_has_instance(tmpl: Ref, value: Ref) -> bool;
    pub(crate) fn av8_object_template_new(isolate: *mut Isolate) -> Ref;
    pub(crate) fn av8_object_template_instance(context: Ref, tmpl: Ref) -> Ref;
    pub(crate) fn av8_object_template_fields(tmpl: Ref, count: c_int);
    pub(crate) fn av8_template_set(tmpl: Ref, name: Ref, value: Ref, attributes: c_int);
    pub(crate) fn av8_template_accessor(
        tmpl: Ref,
        name: Ref,
        getter: Ref,
        setter: Ref,
        attributes: c_int,
    );
}
