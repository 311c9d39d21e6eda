//! Declarations of `shim/value.cc`.

use std::ffi::{c_int, c_void};

use super::{Isolate, Ref};

unsafe extern "C" {
    pub(crate) fn av8_value_is(value: Ref, predicate: c_int) -> bool;
    pub(crate) fn av8_value_kind(value: Ref) -> u8;
    pub(crate) fn av8_value_to_number(context: Ref, value: Ref, result: *mut f64) -> bool;
    pub(crate) fn av8_value_to_integer(context: Ref, value: Ref, result: *mut i64) -> bool;
    pub(crate) fn av8_value_to_int32(context: Ref, value: Ref, result: *mut i32) -> bool;
    pub(crate) fn av8_value_to_uint32(context: Ref, value: Ref, result: *mut u32) -> bool;
    pub(crate) fn av8_value_to_string(context: Ref, value: Ref) -> Ref;
    pub(crate) fn av8_value_to_detail_string(context: Ref, value: Ref) -> Ref;
    pub(crate) fn av8_value_to_object(context: Ref, value: Ref) -> Ref;
    pub(crate) fn av8_value_to_boolean(isolate: *mut Isolate, value: Ref) -> bool;
    pub(crate) fn av8_value_typeof(isolate: *mut Isolate, value: Ref) -> Ref;
    pub(crate) fn av8_value_strict_equals(a: Ref, b: Ref) -> bool;
    pub(crate) fn av8_value_same(a: Ref, b: Ref) -> bool;
    pub(crate) fn av8_same_slot(a: Ref, b: Ref) -> bool;
    pub(crate) fn av8_value_instance_of(context: Ref, value: Ref, constructor: Ref) -> i8;
    pub(crate) fn av8_value_read_int32(value: Ref, result: *mut i32) -> bool;
    pub(crate) fn av8_value_read_number(value: Ref, result: *mut f64) -> bool;
    pub(crate) fn av8_undefined(isolate: *mut Isolate) -> Ref;
    pub(crate) fn av8_null(isolate: *mut Isolate) -> Ref;
    pub(crate) fn av8_boolean(isolate: *mut Isolate, value: bool) -> Ref;
    pub(crate) fn av8_number(isolate: *mut Isolate, value: f64) -> Ref;
    pub(crate) fn av8_number_value(number: Ref) -> f64;
    pub(crate) fn av8_integer(isolate: *mut Isolate, value: i32) -> Ref;
    pub(crate) fn av8_integer_unsigned(isolate: *mut Isolate, value: u32) -> Ref;
    pub(crate) fn av8_integer_value(integer: Ref) -> i64;
    pub(crate) fn av8_bigint_i64(isolate: *mut Isolate, value: i64) -> Ref;
    pub(crate) fn av8_bigint_u64(isolate: *mut Isolate, value: u64) -> Ref;
    pub(crate) fn av8_bigint_words(
        context: Ref,
        negative: bool,
        count: c_int,
        words: *const u64,
    ) -> Ref;
    pub(crate) fn av8_bigint_as_i64(value: Ref, lossless: *mut bool) -> i64;
    pub(crate) fn av8_bigint_as_u64(value: Ref, lossless: *mut bool) -> u64;
    pub(crate) fn av8_bigint_word_count(value: Ref) -> c_int;
    pub(crate) fn av8_bigint_to_words(
        value: Ref,
        negative: *mut bool,
        count: c_int,
        words: *mut u64,
    );
    pub(crate) fn av8_symbol_new(isolate: *mut Isolate, description: Ref) -> Ref;
    pub(crate) fn av8_symbol_for(isolate: *mut Isolate, description: Ref) -> Ref;
    pub(crate) fn av8_symbol_well_known(isolate: *mut Isolate, which: c_int) -> Ref;
    pub(crate) fn av8_symbol_description(isolate: *mut Isolate, symbol: Ref) -> Ref;
    pub(crate) fn av8_private_new(isolate: *mut Isolate, name: Ref) -> Ref;
    pub(crate) fn av8_private_for(isolate: *mut Isolate, name: Ref) -> Ref;
    pub(crate) fn av8_external_new(isolate: *mut Isolate, value: *mut c_void) -> Ref;
    pub(crate) fn av8_external_value(external: Ref) -> *mut c_void;
    pub(crate) fn av8_date_new(context: Ref, time: f64) -> Ref;
    pub(crate) fn av8_date_value(date: Ref) -> f64;
    pub(crate) fn av8_regexp_new(context: Ref, pattern: Ref, flags: c_int) -> Ref;
    pub(crate) fn av8_regexp_source(regexp: Ref) -> Ref;
    pub(crate) fn av8_regexp_flags(regexp: Ref) -> c_int;
    pub(crate) fn av8_proxy_target(proxy: Ref) -> Ref;
    pub(crate) fn av8_proxy_handler(proxy: Ref) -> Ref;
    pub(crate) fn av8_wrapper_value(value: Ref) -> Ref;
}
