//! Exceptions of JavaScript as [`ScriptError`]s.

use avocet_v8::{HandleScope, Local, Message, Object, TryCatch, Value, handle_scope};

use crate::modules;
use crate::report::{Place, SCHEME, ScriptError};

/// Bytes of a stack or a message that are kept.
const MAX_TEXT: usize = 32 << 10;

/// Everything that is known about a thrown value. It never throws.
pub fn describe<'s>(scope: &mut HandleScope<'s>, thrown: Local<'_, Value>) -> ScriptError {
    handle_scope!(let scope = scope);
    let block = &mut TryCatch::new(scope);
    let message = Message::of(block, thrown);
    from_message(block, thrown, message)
}

/// Exception that a [`TryCatch`] took.
pub fn caught(block: &mut TryCatch<'_, '_>) -> ScriptError {
    let Some(thrown) = block.exception() else {
        return ScriptError::new("execution was terminated");
    };
    let message = block.message();
    handle_scope!(let scope = block);
    let block = &mut TryCatch::new(scope);
    let message = message.unwrap_or_else(|| Message::of(block, thrown));
    from_message(block, thrown, message)
}

fn from_message(
    scope: &mut TryCatch<'_, '_>,
    thrown: Local<'_, Value>,
    message: Local<'_, Message>,
) -> ScriptError {
    let position = message.get_position(scope);
    let known = position.line > 0;
    let stack = stack(scope, thrown);
    let mut error = ScriptError {
        message: text(scope, thrown, message),
        file: message.get_script_name(scope).filter(|name| !name.is_empty()),
        line: known.then_some(position.line),
        column: known.then_some(position.start_column + 1),
        width: position.end_column.saturating_sub(position.start_column).max(1),
        source_line: message.get_source_line(scope).filter(|_| known),
        stack,
    };
    if error.file.as_deref().is_some_and(|file| file.starts_with(SCHEME)) {
        point_at_caller(scope, &mut error);
    }
    if let Some(stack) = &mut error.stack {
        *stack = without_ours(stack);
    }
    error
}

/// A stack without the lines of our own JavaScript, which tell nobody anything.
fn without_ours(stack: &str) -> String {
    let is_shown = |line: &&str| !Place::of_frame(line).is_some_and(|place| place.is_ours());
    stack.lines().filter(is_shown).collect::<Vec<_>>().join("\n")
}

/// An error that our own JavaScript found is shown where the program called it, or nowhere.
fn point_at_caller(scope: &mut HandleScope<'_>, error: &mut ScriptError) {
    let stack = error.stack.take();
    let mut places = stack.as_deref().into_iter().flat_map(str::lines).filter_map(Place::of_frame);
    let caller = places.find(|place| !place.is_ours());
    (error.file, error.line, error.column, error.source_line) = (None, None, None, None);
    if let Some(Place { file, line, column }) = caller {
        error.source_line = modules::line(scope, file, line);
        error.file = Some(file.to_owned());
        (error.line, error.column, error.width) = (Some(line), Some(column), 1);
    }
    error.stack = stack;
}

/// `TypeError: x is not a function`; for what is no error, `Uncaught 'text'` as V8 words it.
fn text(
    scope: &mut TryCatch<'_, '_>,
    thrown: Local<'_, Value>,
    message: Local<'_, Message>,
) -> String {
    let text = message.get(scope).to_rust_string_lossy(scope);
    let text = match text.strip_prefix("Uncaught ") {
        Some(inner) if thrown.is_native_error() => inner,
        _ => &text,
    };
    cut(text).to_owned()
}

fn stack(scope: &mut TryCatch<'_, '_>, thrown: Local<'_, Value>) -> Option<String> {
    if !thrown.is_native_error() {
        return None;
    }
    let stack = thrown.try_cast::<Object>()?.get_named(scope, "stack");
    scope.reset();
    let stack = stack.filter(|stack| stack.is_string())?;
    let text = stack.to_rust_string_lossy(scope);
    (!text.is_empty()).then(|| cut(&text).to_owned())
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
