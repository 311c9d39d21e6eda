//! The JavaScript side: evaluated when the program is built, kept in a snapshot.

use avocet_v8::{
    Function, Global, HandleScope, Local, Object, Script, ScriptOrigin, String as JsString,
    TryCatch, handle_scope, undefined,
};

/// The property of the global object under which a snapshot keeps the binding.
const BINDING: &str = "avocet:binding";

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

/// The hooks of these names, taken off the global object.
pub(crate) fn take_hooks(
    scope: &mut HandleScope<'_>,
    names: &[&str],
) -> Result<Vec<Global<Function>>, String> {
    handle_scope!(let scope = scope);
    let global = scope.current_context().global(scope);
    let binding = global.get_named(scope, BINDING).and_then(|value| value.try_cast::<Object>());
    let key = JsString::intern(scope, BINDING).into();
    global.delete(scope, key);
    let hooks = binding
        .and_then(|binding| binding.get_named(scope, "hooks"))
        .and_then(|hooks| hooks.try_cast::<Object>())
        .ok_or("the snapshot was not made by this program")?;
    names
        .iter()
        .map(|name| {
            let hook = hooks.get_named(scope, name).and_then(|hook| hook.try_cast::<Function>());
            let hook = hook.ok_or_else(|| format!("the JavaScript side has no hook '{name}'"))?;
            Ok(Global::new(scope, hook))
        })
        .collect()
}
