//! Operations for functions `(subject, payload) => …`.

use avocet_engine::ops::OpError;
use avocet_engine::v8::{HandleScope, Local, Script, ScriptOrigin, String as JsString, Value};

use super::state::Guest;

/// The handler takes messages, and each call has globals of its own.
pub(super) fn fresh_globals(scope: &mut HandleScope<'_>) {
    Guest::of(scope).program.set_fresh();
}

/// Runs a source as a script; its completion value.
pub(super) fn script_run<'s>(
    scope: &mut HandleScope<'s>,
    path: String,
    source: Local<'s, JsString>,
) -> Result<Local<'s, Value>, OpError> {
    let name = JsString::new(scope, &path).ok_or_else(OpError::thrown)?;
    let script = Script::compile(scope, source, Some(ScriptOrigin::named(name)));
    script.and_then(|script| script.run(scope)).ok_or_else(OpError::thrown)
}
