//! Numbers, booleans, bigints, symbols, `undefined` and `null`.

use crate::{
    Data, HandleScope, Local, String, Value, ffi,
    local::{Handle, castable, handles},
};

handles! {
    /// `undefined`, `null`, a boolean, number, bigint, string or symbol.
    Primitive: Value, Data;
    /// `true` or `false`.
    Boolean: Primitive, Value, Data;
    /// A number.
    Number: Primitive, Value, Data;
    /// A number without fraction.
    Integer: Number, Primitive, Value, Data;
    /// A bigint.
    BigInt: Primitive, Value, Data;
    /// A string or a symbol: what a property can be named.
    Name: Primitive, Value, Data;
    /// A symbol.
    Symbol: Name, Primitive, Value, Data;
    /// A name that JavaScript cannot see, for an object's private properties.
    Private: Data;
}

castable! {
    Boolean by is_boolean;
    Number by is_number;
    Integer by is_integer;
    BigInt by is_big_int;
    Name by is_name;
    Symbol by is_symbol;
    Primitive by is_primitive;
}

impl Value {
    fn is_integer(&self) -> bool {
        self.is_int32() || self.is_uint32()
    }
    fn is_primitive(&self) -> bool {
        !self.is_object() && !self.is_external()
    }
}

/// `undefined`.
pub fn undefined<'s>(scope: &mut HandleScope<'s>) -> Local<'s, Primitive> {
    // SAFETY: the scope guarantees that the isolate is entered.
    unsafe { scope.known(ffi::av8_undefined(scope.isolate_ptr())) }
}

/// `null`.
pub fn null<'s>(scope: &mut HandleScope<'s>) -> Local<'s, Primitive> {
    // SAFETY: the scope guarantees that the isolate is entered.
    unsafe { scope.known(ffi::av8_null(scope.isolate_ptr())) }
}

impl Boolean {
    /// `true` or `false`.
    pub fn new<'s>(scope: &mut HandleScope<'s>, value: bool) -> Local<'s, Boolean> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_boolean(scope.isolate_ptr(), value)) }
    }
}

impl Number {
    /// A number.
    pub fn new<'s>(scope: &mut HandleScope<'s>, value: f64) -> Local<'s, Number> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_number(scope.isolate_ptr(), value)) }
    }

    /// The number.
    pub fn value(&self) -> f64 {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_number_value(self.raw()) }
    }
}

impl Integer {
    /// An integer.
    pub fn new<'s>(scope: &mut HandleScope<'s>, value: i32) -> Local<'s, Integer> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_integer(scope.isolate_ptr(), value)) }
    }

    /// An integer.
    pub fn new_from_unsigned<'s>(scope: &mut HandleScope<'s>, value: u32) -> Local<'s, Integer> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_integer_unsigned(scope.isolate_ptr(), value)) }
    }

    /// The integer.
    pub fn value(&self) -> i64 {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_integer_value(self.raw()) }
    }
}

impl BigInt {
    /// A bigint.
    pub fn new_from_i64<'s>(scope: &mut HandleScope<'s>, value: i64) -> Local<'s, BigInt> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_bigint_i64(scope.isolate_ptr(), value)) }
    }

    /// A bigint.
    pub fn new_from_u64<'s>(scope: &mut HandleScope<'s>, value: u64) -> Local<'s, BigInt> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_bigint_u64(scope.isolate_ptr(), value)) }
    }

    /// A bigint from its sign and its words, the lowest first. `None` if it is
    /// too large (a `RangeError` was thrown).
    pub fn new_from_words<'s>(
        scope: &mut HandleScope<'s>,
        negative: bool,
        words: &[u64],
    ) -> Option<Local<'s, BigInt>> {
        let count = i32::try_from(words.len()).ok()?;
        // SAFETY: the scope guarantees that the isolate is entered; V8 reads
        // `count` words during the call.
        unsafe {
            let context = scope.context_ptr();
            scope.local(ffi::av8_bigint_words(context, negative, count, words.as_ptr()))
        }
    }

    /// The low 64 bits as a signed number, and whether that is all of it.
    pub fn i64_value(&self) -> (i64, bool) {
        let mut lossless = false;
        // SAFETY: the handle is valid while its scope is open.
        let value = unsafe { ffi::av8_bigint_as_i64(self.raw(), &mut lossless) };
        (value, lossless)
    }

    /// The low 64 bits as an unsigned number, and whether that is all of it.
    pub fn u64_value(&self) -> (u64, bool) {
        let mut lossless = false;
        // SAFETY: the handle is valid while its scope is open.
        let value = unsafe { ffi::av8_bigint_as_u64(self.raw(), &mut lossless) };
        (value, lossless)
    }

    /// Whether it is negative, and its words, the lowest first.
    pub fn to_words(&self) -> (bool, Vec<u64>) {
        let mut negative = false;
        // SAFETY: the handle is valid while its scope is open.
        let count = unsafe { ffi::av8_bigint_word_count(self.raw()) };
        let mut words = vec![0; usize::try_from(count).unwrap_or(0)];
        // SAFETY: V8 writes at most `count` words.
        unsafe { ffi::av8_bigint_to_words(self.raw(), &mut negative, count, words.as_mut_ptr()) };
        (negative, words)
    }
}

/// Symbols that the language knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum WellKnownSymbol {
    /// `Symbol.iterator`
    Iterator,
    /// `Symbol.asyncIterator`
    AsyncIterator,
    /// `Symbol.toStringTag`
    ToStringTag,
    /// `Symbol.toPrimitive`
    ToPrimitive,
    /// `Symbol.hasInstance`
    HasInstance,
}

impl Symbol {
    /// `Symbol(description)`.
    pub fn new<'s>(
        scope: &mut HandleScope<'s>,
        description: Local<'_, String>,
    ) -> Local<'s, Symbol> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_symbol_new(scope.isolate_ptr(), description.slot())) }
    }

    /// `Symbol.for(key)`.
    pub fn for_key<'s>(scope: &mut HandleScope<'s>, key: Local<'_, String>) -> Local<'s, Symbol> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_symbol_for(scope.isolate_ptr(), key.slot())) }
    }

    /// One of the language's own symbols.
    pub fn well_known<'s>(
        scope: &mut HandleScope<'s>,
        symbol: WellKnownSymbol,
    ) -> Local<'s, Symbol> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_symbol_well_known(scope.isolate_ptr(), symbol as i32)) }
    }

    /// Description that the symbol was made with; a string or `undefined`.
    pub fn description<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_symbol_description(scope.isolate_ptr(), self.raw())) }
    }
}

impl Private {
    /// A new private name.
    pub fn new<'s>(scope: &mut HandleScope<'s>, name: Local<'_, String>) -> Local<'s, Private> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_private_new(scope.isolate_ptr(), name.slot())) }
    }

    /// The isolate's private name for a string; the same every time.
    pub fn for_api<'s>(scope: &mut HandleScope<'s>, name: Local<'_, String>) -> Local<'s, Private> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_private_for(scope.isolate_ptr(), name.slot())) }
    }
}
