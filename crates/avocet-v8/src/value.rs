//! Values of any type: what they are, and as what they can be read.

use std::string::String as StdString;

use crate::{
    HandleScope, Local, Object, String, ffi,
    local::{Handle, ValueType, handles},
};

/// Anything that V8 keeps: values, and also templates, modules, contexts.
#[repr(C)]
pub struct Data {
    _opaque: [u8; 0],
    _not_send: std::marker::PhantomData<*mut ()>,
}
impl crate::local::Sealed for Data {}
impl Handle for Data {}

handles! {
    /// Any JavaScript value.
    Value: Data;
}

impl ValueType for Value {
    const NAME: &'static str = "Value";
    fn matches(_: &Value) -> bool {
        true
    }
}

/// Type of a value, found in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "named as in JavaScript")]
pub enum ValueKind {
    Undefined,
    Null,
    Boolean,
    /// A number that is an integer of 32 bits.
    Int32,
    /// Any other number.
    Number,
    BigInt,
    String,
    Symbol,
    Function,
    Array,
    ArrayBuffer,
    /// A typed array or a `DataView`.
    ArrayBufferView,
    Promise,
    External,
    /// An object of another type.
    Object,
}

const KINDS: [ValueKind; 15] = [
    ValueKind::Undefined,
    ValueKind::Null,
    ValueKind::Boolean,
    ValueKind::Int32,
    ValueKind::Number,
    ValueKind::BigInt,
    ValueKind::String,
    ValueKind::Symbol,
    ValueKind::Function,
    ValueKind::Array,
    ValueKind::ArrayBuffer,
    ValueKind::ArrayBufferView,
    ValueKind::Promise,
    ValueKind::External,
    ValueKind::Object,
];

macro_rules! predicates {
    ($($name:ident $words:literal)*) => {
        #[expect(non_camel_case_types, reason = "named like the methods that they are for")]
        #[repr(i32)]
        enum Predicate { $($name),* }
        impl Value {
            $(
                #[doc = concat!("Whether it is ", $words, ".")]
                pub fn $name(&self) -> bool {
                    // SAFETY: the handle is valid while its scope is open.
                    unsafe { ffi::av8_value_is(self.raw(), Predicate::$name as i32) }
                }
            )*
        }
    };
}

// The order is that of AV8_PREDICATES in shim/value.cc.
predicates! {
    is_undefined "`undefined`" is_null "`null`" is_null_or_undefined "`null` or `undefined`"
    is_true "`true`" is_false "`false`" is_boolean "a boolean"
    is_name "a string or a symbol" is_string "a string" is_symbol "a symbol"
    is_function "a function" is_array "an array" is_object "an object" is_big_int "a bigint"
    is_number "a number" is_external "an [`External`](crate::External)"
    is_int32 "an integer of 32 bits" is_uint32 "an unsigned integer of 32 bits" is_date "a `Date`"
    is_arguments_object "an `arguments` object"
    is_big_int_object "a `BigInt` object" is_boolean_object "a `Boolean` object"
    is_number_object "a `Number` object" is_string_object "a `String` object"
    is_symbol_object "a `Symbol` object" is_native_error "an `Error` or a subclass" is_reg_exp "a `RegExp`"
    is_async_function "an async function"
    is_generator_function "a generator function" is_generator_object "a generator"
    is_promise "a promise" is_map "a `Map`" is_set "a `Set`"
    is_map_iterator "an iterator of a `Map`" is_set_iterator "an iterator of a `Set`"
    is_weak_map "a `WeakMap`" is_weak_set "a `WeakSet`" is_array_buffer "an `ArrayBuffer`"
    is_array_buffer_view "a typed array or `DataView`" is_typed_array "a typed array"
    is_uint8_array "a `Uint8Array`" is_uint8_clamped_array "a `Uint8ClampedArray`"
    is_int8_array "an `Int8Array`" is_uint16_array "a `Uint16Array`" is_int16_array "an `Int16Array`"
    is_uint32_array "a `Uint32Array`" is_int32_array "an `Int32Array`"
    is_float32_array "a `Float32Array`" is_float64_array "a `Float64Array`"
    is_big_int64_array "a `BigInt64Array`" is_big_uint64_array "a `BigUint64Array`"
    is_data_view "a `DataView`" is_shared_array_buffer "a `SharedArrayBuffer`" is_proxy "a `Proxy`"
    is_module_namespace_object "the namespace of a module"
}

impl Value {
    /// Type of the value, in one call.
    pub fn kind(&self) -> ValueKind {
        // SAFETY: the handle is valid while its scope is open.
        KINDS[usize::from(unsafe { ffi::av8_value_kind(self.raw()) })]
    }

    /// The number, if it is an integer of 32 bits; nothing is converted.
    pub fn as_i32(&self) -> Option<i32> {
        let mut number = 0;
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_value_read_int32(self.raw(), &mut number) }.then_some(number)
    }

    /// The number, if it is one; nothing is converted.
    pub fn as_f64(&self) -> Option<f64> {
        let mut number = 0.0;
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_value_read_number(self.raw(), &mut number) }.then_some(number)
    }

    /// Converts as `Number(value)` does. `None` if that threw.
    pub fn number_value(&self, scope: &mut HandleScope<'_>) -> Option<f64> {
        let mut result = 0.0;
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { ffi::av8_value_to_number(scope.context_ptr(), self.raw(), &mut result) }
            .then_some(result)
    }

    /// Converts to a number and drops its fraction. `None` if that threw.
    pub fn integer_value(&self, scope: &mut HandleScope<'_>) -> Option<i64> {
        let mut result = 0;
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { ffi::av8_value_to_integer(scope.context_ptr(), self.raw(), &mut result) }
            .then_some(result)
    }

    /// Converts as `value | 0` does. `None` if that threw.
    pub fn int32_value(&self, scope: &mut HandleScope<'_>) -> Option<i32> {
        let mut result = 0;
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { ffi::av8_value_to_int32(scope.context_ptr(), self.raw(), &mut result) }
            .then_some(result)
    }

    /// Converts as `value >>> 0` does. `None` if that threw.
    pub fn uint32_value(&self, scope: &mut HandleScope<'_>) -> Option<u32> {
        let mut result = 0;
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { ffi::av8_value_to_uint32(scope.context_ptr(), self.raw(), &mut result) }
            .then_some(result)
    }

    /// Converts as `Boolean(value)` does.
    pub fn boolean_value(&self, scope: &mut HandleScope<'_>) -> bool {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { ffi::av8_value_to_boolean(scope.isolate_ptr(), self.raw()) }
    }

    /// Converts as `String(value)` does, except that a symbol throws. `None`
    /// if that threw.
    pub fn to_string<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, String>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_value_to_string(scope.context_ptr(), self.raw())) }
    }

    /// A string for people: it does not throw for symbols, nor call into
    /// JavaScript for errors.
    pub fn to_detail_string<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, String>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_value_to_detail_string(scope.context_ptr(), self.raw())) }
    }

    /// Converts as `Object(value)` does. `None` if that threw.
    pub fn to_object<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, Object>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_value_to_object(scope.context_ptr(), self.raw())) }
    }

    /// [`to_string`](Self::to_string) in Rust's memory, with lone surrogates
    /// replaced; empty if the conversion threw.
    pub fn to_rust_string_lossy(&self, scope: &mut HandleScope<'_>) -> StdString {
        let mut guard = HandleScope::new(scope);
        let scope = guard.scope();
        match self.to_string(scope) {
            Some(string) => string.to_rust_string_lossy(scope),
            None => StdString::new(),
        }
    }

    /// `typeof value`.
    pub fn type_of<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, String> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_value_typeof(scope.isolate_ptr(), self.raw())) }
    }

    /// `value === other`.
    pub fn strict_equals(&self, other: Local<'_, Value>) -> bool {
        // SAFETY: both handles are valid while their scopes are open.
        unsafe { ffi::av8_value_strict_equals(self.raw(), other.slot()) }
    }

    /// `Object.is(value, other)`.
    pub fn same_value(&self, other: Local<'_, Value>) -> bool {
        // SAFETY: both handles are valid while their scopes are open.
        unsafe { ffi::av8_value_same(self.raw(), other.slot()) }
    }

    /// `value instanceof constructor`. `None` if that threw.
    pub fn instance_of(
        &self,
        scope: &mut HandleScope<'_>,
        constructor: Local<'_, Object>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            ffi::av8_value_instance_of(scope.context_ptr(), self.raw(), constructor.slot())
        })
    }

    /// The primitive inside a `String`, `Number`, `Boolean`, `Symbol` or
    /// `BigInt` object.
    pub fn wrapped_primitive<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, Value>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_wrapper_value(self.raw())) }
    }
}

/// The shim's answer for `Maybe<bool>`.
pub(crate) fn maybe(answer: i8) -> Option<bool> {
    (answer >= 0).then_some(answer == 1)
}
