//! Compiling modules, and loading native addons.

use std::path::Path;

use avocet_engine::ops as operations;
use avocet_engine::ops::{OpError, OrUndefined};
use avocet_v8::{
    AddonError, Function, HandleScope, Local, Object, ScriptOrigin, Source, String as JsString,
    TryCatch, Value,
};

use crate::report;

include!("table.rs");

/// Names that a module finds in its scope.
const PARAMETERS: [&str; 4] = ["exports", "require", "module", "__filename"];

fn module_compile<'s>(
    scope: &mut HandleScope<'s>,
    source: Local<'s, JsString>,
    file: Local<'s, JsString>,
) -> Result<Local<'s, Function>, OpError> {
    let block = &mut TryCatch::new(scope);
    let names = PARAMETERS.map(|name| JsString::intern(block, name));
    let source = Source::new(source, ScriptOrigin::named(file));
    match Function::compile(block, source, &names, &[]) {
        Some(function) => Ok(function),
        None => Err(report::rethrow(block)),
    }
}

fn addon_load<'s>(
    scope: &mut HandleScope<'s>,
    file: String,
    target: Local<'s, Value>,
) -> Result<OrUndefined<String>, OpError> {
    let Some(target) = target.try_cast::<Object>() else {
        scope.throw_type_error("dlopen: the target must be an object");
        return Err(OpError::thrown());
    };
    let block = &mut TryCatch::new(scope);
    let failure = match block.load_addon(Path::new(&file), target) {
        Ok(()) => None,
        Err(AddonError::Threw) => return Err(report::rethrow(block)),
        Err(error @ AddonError::OtherV8 { .. }) => {
            Some(format!("{file}: {error} (avocet addon build)"))
        }
        Err(error) => Some(error.to_string()),
    };
    Ok(OrUndefined(failure))
}
