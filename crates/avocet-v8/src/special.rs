//! Dates, regular expressions, proxies and externals.

use crate::{
    Data, HandleScope, Local, Object, String, Value, ffi,
    local::{Handle, castable, handles},
};

handles! {
    /// A date.
    Date: Object, Value, Data;
    /// A regular expression.
    RegExp: Object, Value, Data;
    /// A proxy.
    Proxy: Object, Value, Data;
    /// A pointer-sized number that JavaScript can hold but not look into.
    External: Value, Data;
}
castable! {
    Date by is_date;
    RegExp by is_reg_exp;
    Proxy by is_proxy;
    External by is_external;
}

impl Date {
    /// A date from milliseconds since 1970.
    pub fn new<'s>(scope: &mut HandleScope<'s>, time: f64) -> Option<Local<'s, Date>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_date_new(scope.context_ptr(), time)) }
    }

    /// Milliseconds since 1970.
    pub fn value_of(&self) -> f64 {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_date_value(self.raw()) }
    }
}

/// V8's numbers, in the order of `RegExp.prototype.flags`.
const FLAGS: [(char, i32); 7] = [
    ('d', 1 << 7),
    ('g', 1 << 0),
    ('i', 1 << 1),
    ('m', 1 << 2),
    ('s', 1 << 5),
    ('u', 1 << 4),
    ('y', 1 << 3),
];

impl RegExp {
    /// A regular expression with flags such as `gi`. `None` if either is
    /// wrong (an error was thrown).
    pub fn new<'s>(
        scope: &mut HandleScope<'s>,
        pattern: Local<'_, String>,
        flags: &str,
    ) -> Option<Local<'s, RegExp>> {
        let mut bits = 0;
        for flag in flags.chars() {
            match FLAGS.iter().find(|(name, _)| *name == flag) {
                Some((_, bit)) => bits |= bit,
                None => {
                    scope.throw_syntax_error("invalid flags of a regular expression");
                    return None;
                }
            }
        }
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_regexp_new(scope.context_ptr(), pattern.slot(), bits)) }
    }

    /// Flags of the expression, such as `gi`.
    pub fn get_flags(&self) -> std::string::String {
        // SAFETY: the handle is valid while its scope is open.
        let bits = unsafe { ffi::av8_regexp_flags(self.raw()) };
        let set = FLAGS.iter().filter(|(_, bit)| bits & bit != 0);
        set.map(|(name, _)| *name).collect()
    }

    /// Pattern of the expression, between the slashes.
    pub fn get_source<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, String> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_regexp_source(self.raw())) }
    }
}

impl Proxy {
    /// The object behind it; `null` once revoked.
    pub fn get_target<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_proxy_target(self.raw())) }
    }

    /// Handler of the proxy; `null` once revoked.
    pub fn get_handler<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_proxy_handler(self.raw())) }
    }
}

impl External {
    /// A value that holds a number, such as an address or an index.
    pub fn new<'s>(scope: &mut HandleScope<'s>, value: usize) -> Local<'s, External> {
        let pointer = std::ptr::without_provenance_mut(value);
        // SAFETY: the scope guarantees that the isolate is entered; V8 does
        // not look at the number.
        unsafe { scope.known(ffi::av8_external_new(scope.isolate_ptr(), pointer)) }
    }

    /// The number.
    pub fn value(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_external_value(self.raw()) }.addr()
    }
}
