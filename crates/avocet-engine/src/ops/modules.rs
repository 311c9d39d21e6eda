//! Finding, reading and compiling the program's files.

use avocet_v8::{Function, HandleScope, Local, Promise, String as JsString, Value};

use super::results::OpError;
use super::results::too_long;
use crate::boot::evaluate::compile;
use crate::modules;
use crate::resolve;
use crate::state::State;

/// Evaluates a file of the JavaScript side that is needed now.
pub(super) fn part_load<'s>(
    scope: &mut HandleScope<'s>,
    name: String,
) -> Result<Local<'s, Function>, OpError> {
    let scripts = State::of(scope).scripts.clone();
    let script = scripts.iter().find(|script| script.is_at(&name));
    let script = script.ok_or_else(|| OpError::new(format!("there is no part '{name}'")))?;
    compile(scope, script).map_err(|error| OpError::new(error.message))
}

pub(super) fn module_resolve(
    scope: &mut HandleScope<'_>,
    request: String,
    from: String,
) -> Option<String> {
    let files = State::of(scope).files.clone();
    resolve::resolve(&*files, &request, &from)
}

pub(super) fn module_kind(
    scope: &mut HandleScope<'_>,
    path: String,
) -> Result<&'static str, OpError> {
    modules::format(scope, &path).map(resolve::Format::name).ok_or_else(OpError::thrown)
}

pub(super) fn module_read<'s>(
    scope: &mut HandleScope<'s>,
    path: String,
) -> Result<Local<'s, JsString>, OpError> {
    let text = modules::read(scope, &path).ok_or_else(OpError::thrown)?;
    JsString::new(scope, &text).ok_or_else(too_long)
}

pub(super) fn module_compile<'s>(
    scope: &mut HandleScope<'s>,
    path: String,
    source: String,
) -> Result<Local<'s, Function>, OpError> {
    modules::compile_common_js(scope, &path, &source).ok_or_else(OpError::thrown)
}

pub(super) fn module_require<'s>(
    scope: &mut HandleScope<'s>,
    path: String,
) -> Result<Local<'s, Value>, OpError> {
    modules::require(scope, &path).ok_or_else(OpError::thrown)
}

pub(super) fn module_import<'s>(
    scope: &mut HandleScope<'s>,
    path: String,
) -> Result<Local<'s, Promise>, OpError> {
    modules::import_path(scope, &path).ok_or_else(OpError::thrown)
}
