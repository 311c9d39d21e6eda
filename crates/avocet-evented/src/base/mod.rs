//! The ground of all modules: encodings, emitters, errors, and output that is held back.

use avocet_engine::ops::{OpError, Rest};
use avocet_v8::{Function, HandleScope, Local, String as JsString, TryCatch, Value};

use crate::convert;
use crate::reactor::Reactor;
use crate::report;

use avocet_engine::ops as operations;
include!("table.rs");

/// Calls a function; what it throws keeps the place where it was thrown.
fn call_function<'s>(
    scope: &mut HandleScope<'s>,
    function: Local<'s, Function>,
    receiver: Local<'s, Value>,
    arguments: Rest<Local<'s, Value>>,
) -> Result<Local<'s, Value>, OpError> {
    let block = &mut TryCatch::new(scope);
    match function.call(block, receiver, &arguments.0) {
        Some(value) => Ok(value),
        None => Err(report::rethrow(block)),
    }
}

fn byte_length(scope: &mut HandleScope<'_>, text: Local<'_, JsString>) -> f64 {
    text.utf8_length(scope) as f64
}

fn error_text(_: &mut HandleScope<'_>, errno: i32) -> String {
    convert::error_text(errno)
}

fn flush_soon(scope: &mut HandleScope<'_>) {
    Reactor::of(scope).held.set_messages();
}
