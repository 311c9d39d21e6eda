//! The JavaScript side of a personality: its files, evaluated in a fresh context, now or at
//! compile time for a snapshot.

use std::borrow::Cow;

use avocet_v8::{
    Array, Context, ContextScope, Function, FunctionCodeHandling, HandleScope, IsolateOptions,
    Local, Object, Op, Snapshot, SnapshotCreator, String as JsString, Value, enter, handle_scope,
};

use crate::realm::run_text;
use crate::report::ScriptError;
use crate::run;

/// One of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootScript {
    /// What stacks call it: `avocet:engine/timers.js`.
    pub name: Cow<'static, str>,
    /// Its source.
    pub source: Cow<'static, str>,
}

/// What comes before the path in the names of scripts.
pub(crate) const SCHEME: &str = "avocet:";

impl BootScript {
    /// A file that the program holds.
    pub const fn embedded(name: &'static str, source: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), source: Cow::Borrowed(source) }
    }

    /// Whether it is evaluated only when something in it is first used.
    pub fn is_part(&self) -> bool {
        self.name.contains("/parts/")
    }

    /// Whether it is the file that JavaScript asks for as `path`.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.name.strip_prefix(SCHEME) == Some(path)
    }
}

/// The property of the global object under which a snapshot keeps the binding. It is gone before
/// any other code runs.
const BINDING: &str = "avocet:binding";

/// The files of a folder in the order of its `files.txt`, named `avocet:PREFIX/FILE`. For build
/// scripts.
pub fn read_folder(folder: &std::path::Path, prefix: &str) -> std::io::Result<Vec<BootScript>> {
    let list = std::fs::read_to_string(folder.join("files.txt"))?;
    let names = list.lines().map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let path = folder.join(name);
            let source = std::fs::read_to_string(&path).map_err(|error| {
                std::io::Error::new(error.kind(), format!("{}: {error}", path.display()))
            })?;
            let name = format!("{SCHEME}{prefix}/{name}");
            Ok(BootScript { name: name.into(), source: trimmed(&source).into() })
        })
        .collect()
}

/// Without indentation and whole-line comments, and with the lines where they were: stacks keep
/// their numbers. No file has a literal of several lines.
fn trimmed(source: &str) -> String {
    let mut comment = false;
    let mut out = String::with_capacity(source.len());
    for line in source.lines() {
        let line = line.trim();
        let inside = comment || line.starts_with("/*") || line.starts_with("//");
        comment = (comment || line.starts_with("/*")) && !line.contains("*/");
        if !inside {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

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

/// Evaluates the files with a new binding, and leaves that for [`take_hooks`].
pub(crate) fn evaluate(
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
    let value = run_text(scope, &script.name, text)?;
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

/// The hooks of the binding that was evaluated, which is taken off the global object.
pub(crate) fn take_hooks<'s>(
    scope: &mut HandleScope<'s>,
) -> Result<Local<'s, Object>, ScriptError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trimming_keeps_the_lines_where_they_were() {
        let source = "// one\n(function () {\n  /** two\n   * three */\n  four(); // five\n})\n";
        assert_eq!(trimmed(source), "\n(function () {\n\n\nfour(); // five\n})\n");
    }
}
