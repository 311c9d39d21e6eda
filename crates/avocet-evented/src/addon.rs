//! Native addons: `.node` modules and `process.dlopen`.

use std::path::Path;

use avocet_v8::{AddonError, Arguments, HandleScope, Object, ReturnValue, TryCatch};

use crate::convert::{string, text_argument};
use crate::process::rethrow;

/// `addonLoad(file, target)`: why it is not loaded, if it is not; what the addon itself throws is
/// thrown.
pub(crate) fn addon_load<'s>(
    scope: &mut HandleScope<'s>,
    arguments: &Arguments<'s>,
    result: ReturnValue<'s>,
) {
    let file = text_argument(scope, arguments, 0);
    let Some(target) = arguments.get(1).try_cast::<Object>() else {
        return scope.throw_type_error("dlopen: the target must be an object");
    };
    let block = &mut TryCatch::new(scope);
    match block.load_addon(Path::new(&file), target) {
        Ok(()) => {}
        Err(AddonError::Threw) => rethrow(block),
        Err(error @ AddonError::OtherV8 { .. }) => {
            let text = format!("{file}: {error} (avocet addon build)");
            result.set(string(block, &text));
        }
        Err(error) => result.set(string(block, &error.to_string())),
    }
}
