//! The JavaScript side: evaluated when the program is built, kept in a snapshot.

use avocet_v8::{
    Function, HandleScope, Local, Object, Script, ScriptOrigin, String as JsString, TryCatch,
    handle_scope, undefined,
};

/// The property of the global object under which a snapshot keeps the binding.
pub(crate) const BINDING: &str = "avocet:binding";

/// Evaluates the files, each of which is a function of the binding `{ops, hooks}`.
pub(crate) fn evaluate(
    scope: &mut HandleScope<'_>,
    ops: usize,
    files: &[(&str, &str)],
) -> Result<(), String> {
    handle_scope!(let scope = scope);
    let binding = Object::new(scope);
    let table = Object::new(scope);
    for index in 0..ops {
        let function = Function::for_op(scope, index).ok_or("no memory for an operation")?;
        let name = function.get_name(scope);
        table.set(scope, name, function.into());
    }
    let hooks = Object::new(scope);
    binding.set_named(scope, "ops", table.into());
    binding.set_named(scope, "hooks", hooks.into());
    for (name, source) in files {
        register(scope, name, source, binding)?;
    }
    let global = scope.current_context().global(scope);
    global.set_named(scope, BINDING, binding.into());
    Ok(())
}

fn register(
    scope: &mut HandleScope<'_>,
    name: &str,
    source: &str,
    binding: Local<'_, Object>,
) -> Result<(), String> {
    let block = &mut TryCatch::new(scope);
    let origin = ScriptOrigin::named(JsString::intern(block, name));
    let called = JsString::new(block, source)
        .and_then(|text| Script::compile(block, text, Some(origin)))
        .and_then(|script| script.run(block))
        .and_then(|value| value.try_cast::<Function>())
        .and_then(|function| {
            let receiver = undefined(block).into();
            function.call(block, receiver, &[binding.into()])
        });
    if called.is_some() {
        return Ok(());
    }
    let thrown = block.exception().map(|value| value.to_rust_string_lossy(block));
    let line = block.message().and_then(|message| message.get_line_number(block));
    Err(format!("{name}:{}: {}", line.unwrap_or(0), thrown.unwrap_or_default()))
}
