//! Evaluating the JavaScript side, now or at compile time for a snapshot.

use std::borrow::Cow;

use avocet_v8::{
    Array, Context, ContextScope, Function, FunctionCodeHandling, HandleScope, IsolateOptions,
    Local, Object, Op, Snapshot, SnapshotCreator, String as JsString, Value, enter, handle_scope,
};

use super::script::BootScript;
use crate::report::ScriptError;
use crate::run;

/// The property of the global object under which a snapshot keeps the binding. It is gone before
/// any other code runs.
const BINDING: &str = "avocet:binding";

/// Makes a snapshot in which the files have been evaluated. Operations are known by their index
/// alone, so a build script passes [placeholders](Op::placeholder).
///
/// `warm` is a script whose function takes what all files registered and calls some of it, so that
/// the snapshot holds it compiled.
pub fn snapshot(
    ops: &'static [Op],
    scripts: &[BootScript],
    warm: Option<&BootScript>,
) -> Result<Snapshot, ScriptError> {
    let mut creator = SnapshotCreator::new(IsolateOptions { ops, ..IsolateOptions::default() });
    {
        enter!(let scope = creator.isolate());
        let context = Context::new(scope);
        {
            let scope = &mut ContextScope::new(scope, context);
            if let Some(warm) = warm {
                warm_up(scope, scripts, warm)?;
            }
            evaluate(scope, ops.len(), scripts)?;
        }
        scope.set_default_context(context);
    }
    let snapshot = creator.create_blob(FunctionCodeHandling::Keep);
    snapshot.ok_or_else(|| ScriptError::new("V8 made no snapshot"))
}

/// Evaluates the files, each a function of the binding `{ops, hooks}`, and leaves the binding for
/// [`take_hooks`]: for a program whose snapshot was made by another V8. `ops` is the length of the
/// isolate's table of operations.
pub fn evaluate(
    scope: &mut HandleScope<'_>,
    ops: usize,
    scripts: &[BootScript],
) -> Result<(), ScriptError> {
    handle_scope!(let scope = scope);
    let binding = Object::new(scope);
    let table = Object::new(scope);
    for index in 0..ops {
        let function = Function::for_op(scope, index).ok_or_else(no_memory)?;
        let name = function.get_name(scope);
        table.set(scope, name, function.into()).ok_or_else(no_memory)?;
    }
    binding.set_named(scope, "ops", table.into()).ok_or_else(no_memory)?;
    let hooks = Object::new(scope);
    binding.set_named(scope, "hooks", hooks.into()).ok_or_else(no_memory)?;
    for script in scripts.iter().filter(|script| !script.is_part()) {
        handle_scope!(let scope = scope);
        let register = compile(scope, script)?;
        let called = run::call(scope, register, &[binding.into()]);
        called.map_err(|failed| run::describe(scope, &failed))?;
    }
    let global = scope.current_context().global(scope);
    global.set_named(scope, BINDING, binding.into()).ok_or_else(no_memory)?;
    Ok(())
}

/// Evaluates a file: the function with which it registers what it offers.
pub(crate) fn compile<'s>(
    scope: &mut HandleScope<'s>,
    script: &BootScript,
) -> Result<Local<'s, Function>, ScriptError> {
    let text = match &script.source {
        // All isolates share the text of a file that the program holds.
        Cow::Borrowed(text) if text.is_ascii() => {
            JsString::new_external_static(scope, text.as_bytes())
        }
        text => JsString::new(scope, text),
    };
    let value = run::text(scope, &script.name, text)?;
    value.try_cast::<Function>().ok_or_else(|| {
        ScriptError::new(format!("{}: its completion value is not a function", script.name))
    })
}

fn warm_up(
    scope: &mut HandleScope<'_>,
    scripts: &[BootScript],
    warm: &BootScript,
) -> Result<(), ScriptError> {
    handle_scope!(let scope = scope);
    let mut registers: Vec<Local<'_, Value>> = Vec::new();
    for script in scripts {
        registers.push(compile(scope, script)?.into());
    }
    let registers = Array::new_with_elements(scope, &registers);
    let warm = compile(scope, warm)?;
    let called = run::call(scope, warm, &[registers.into()]);
    called.map_err(|failed| run::describe(scope, &failed)).map(drop)
}

/// The hooks of the binding that was evaluated (now or in the snapshot), which is taken off the
/// global object: what the JavaScript side offers to Rust, by name.
pub fn take_hooks<'s>(scope: &mut HandleScope<'s>) -> Result<Local<'s, Object>, ScriptError> {
    let global = scope.current_context().global(scope);
    let key: Local<'_, Value> = JsString::intern(scope, BINDING).into();
    let binding = global.get(scope, key).and_then(|value| value.try_cast::<Object>());
    global.delete(scope, key);
    let hooks = binding.and_then(|binding| binding.get_named(scope, "hooks")?.try_cast());
    hooks.ok_or_else(|| ScriptError::new("the context was not made by this personality"))
}

fn no_memory() -> ScriptError {
    ScriptError::new("out of memory while the JavaScript side is set up")
}
