//! `JSON.parse` and `JSON.stringify`. `None` means that they threw.

use crate::{HandleScope, Local, String, Value, ffi};

/// `JSON.parse(text)`.
pub fn parse<'s>(scope: &mut HandleScope<'s>, text: Local<'_, String>) -> Option<Local<'s, Value>> {
    // SAFETY: the scope guarantees that the isolate is entered.
    unsafe { scope.local(ffi::av8_json_parse(scope.context_ptr(), text.slot())) }
}

/// `String(JSON.stringify(value))`: a value that JSON does not have, such as a
/// function, gives `undefined`.
pub fn stringify<'s>(
    scope: &mut HandleScope<'s>,
    value: Local<'_, Value>,
) -> Option<Local<'s, String>> {
    let none = std::ptr::null();
    // SAFETY: the scope guarantees that the isolate is entered.
    unsafe { scope.local(ffi::av8_json_stringify(scope.context_ptr(), value.slot(), none)) }
}

/// As [`stringify()`], indented by `gap`.
pub fn stringify_pretty<'s>(
    scope: &mut HandleScope<'s>,
    value: Local<'_, Value>,
    gap: Local<'_, String>,
) -> Option<Local<'s, String>> {
    // SAFETY: the scope guarantees that the isolate is entered.
    unsafe { scope.local(ffi::av8_json_stringify(scope.context_ptr(), value.slot(), gap.slot())) }
}
