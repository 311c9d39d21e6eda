//! Failures: exceptions on their way, and the text that a person reads about those that nobody
//! caught.

use avocet_engine::ops::OpError;
use avocet_v8::{
    Global, HandleScope, Local, Message, Object, Promise, PromiseRejectEvent, PromiseRejectMessage,
    StackTrace, String as JsString, TryCatch, Value, handle_scope, undefined,
};

use crate::help;

/// Characters of a source line that are shown.
const MAX_LINE: usize = 400;

/// Text that a person reads about an exception.
struct Report {
    /// File and line, the source line and a mark below it, as far as they are known.
    place: Vec<String>,
    /// The stack, or what the value says of itself.
    text: String,
}

/// An exception whose place was seen when it was thrown.
struct Thrown {
    value: Global<Value>,
    report: Report,
}

/// Failures in the turn of an isolate.
#[derive(Default)]
pub(crate) struct Failures {
    thrown: Option<Thrown>,
    /// JavaScript's own promises that were rejected with nobody listening.
    rejections: Vec<(Global<Promise>, Global<Value>)>,
}

impl Failures {
    /// The failures of the isolate that is entered.
    pub(crate) fn of<'a>(scope: &'a mut HandleScope<'_>) -> &'a mut Self {
        scope.slot_mut().expect("set before any JavaScript runs")
    }

    /// Nothing that was thrown is on its way any more.
    pub(crate) fn forget(&mut self) {
        self.thrown = None;
    }

    pub(crate) fn has_rejections(&self) -> bool {
        !self.rejections.is_empty()
    }

    pub(crate) fn take_rejections(&mut self) -> Vec<(Global<Promise>, Global<Value>)> {
        std::mem::take(&mut self.rejections)
    }
}

/// Callback of V8 for a promise that was rejected, or a listener that came late.
pub(crate) fn on_rejection<'s>(scope: &mut HandleScope<'s>, message: PromiseRejectMessage<'s>) {
    if message.event != PromiseRejectEvent::RejectWithNoHandler {
        return;
    }
    let reason = message.value.unwrap_or_else(|| undefined(scope).into());
    let entry = (Global::new(scope, message.promise), Global::new(scope, reason));
    Failures::of(scope).rejections.push(entry);
}

/// Keeps the place of a thrown value while it is known; gives the value.
pub(crate) fn remember<'s>(block: &mut TryCatch<'_, 's>) -> Option<Local<'s, Value>> {
    if block.has_terminated() {
        return None;
    }
    let value = block.exception()?;
    let report = match block.message() {
        Some(message) => describe(block, value, message),
        None => Report { place: Vec::new(), text: "Error: (no message)".to_owned() },
    };
    // An error that came through several modules keeps its first place.
    let thrown = Failures::of(block).thrown.take();
    let known = match &thrown {
        Some(known) => known.value.open(block).strict_equals(value),
        None => false,
    };
    let thrown =
        if known { thrown } else { Some(Thrown { value: Global::new(block, value), report }) };
    Failures::of(block).thrown = thrown;
    Some(value)
}

/// Lets what a block caught go on, with its place remembered: an [`OpError`] for the operation to
/// return.
pub(crate) fn rethrow(block: &mut TryCatch<'_, '_>) -> OpError {
    remember(block);
    block.rethrow();
    OpError::thrown()
}

/// The text that a person reads about an exception that nobody caught.
pub(crate) fn text_of(scope: &mut HandleScope<'_>, value: Local<'_, Value>) -> String {
    let thrown = Failures::of(scope).thrown.take();
    let report = match thrown {
        Some(thrown) if thrown.value.open(scope).strict_equals(value) => thrown.report,
        _ => {
            handle_scope!(let scope = scope);
            let message = Message::of(scope, value);
            describe(scope, value, message)
        }
    };
    // Help may have been added to the stack since.
    let text = stack(scope, value).unwrap_or(report.text);
    let (first, frames) = text.split_once('\n').unwrap_or((&text, ""));
    let help = help::about(first).map(|help| format!("  {help}"));
    let frames = (!frames.is_empty()).then(|| frames.to_owned());
    let lines = [first.to_owned()].into_iter().chain(help).chain(frames);
    report.place.into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

fn describe(
    scope: &mut HandleScope<'_>,
    value: Local<'_, Value>,
    message: Local<'_, Message>,
) -> Report {
    let stack = stack(scope, value);
    let position = message.get_position(scope);
    let file = message.get_script_name(scope);
    let mut lines = Vec::new();
    match file.filter(|name| !name.is_empty() && !name.starts_with("avocet:")) {
        Some(file) => {
            lines.push(format!("{file}:{}", position.line));
            if let Some(line) = message.get_source_line(scope) {
                let (start, end) = (position.start_column as usize, position.end_column as usize);
                lines.extend(excerpt(&line, start, end));
            }
        }
        // Thrown by a library: the line that called it.
        None => lines.extend(stack.as_deref().and_then(caller).unwrap_or_default()),
    }
    let text = match stack {
        Some(stack) => stack,
        None => {
            let text = own_text(scope, value)
                .unwrap_or_else(|| message.get(scope).to_rust_string_lossy(scope));
            let stack = message.get_stack_trace(scope);
            let frames = frames(scope, stack);
            format!("{text}{frames}")
        }
    };
    Report { place: lines, text }
}

/// A line of source and, below it, a mark from column `start` to `end`.
fn excerpt(line: &str, start: usize, end: usize) -> Vec<String> {
    if start >= MAX_LINE {
        return Vec::new();
    }
    let shown: String = line.chars().take(MAX_LINE).collect();
    let pad: String = shown.chars().take(start).map(|c| if c == '\t' { c } else { ' ' }).collect();
    let room = shown.chars().count().saturating_sub(start).max(1);
    let width = end.saturating_sub(start).max(1);
    vec![shown, pad + &"^".repeat(width.min(room))]
}

/// The place that a stack names first, with its line of source.
fn caller(stack: &str) -> Option<Vec<String>> {
    let (file, number, column) = stack.lines().find_map(place)?;
    let mut lines = vec![format!("{file}:{number}")];
    let source = std::fs::read(file).unwrap_or_default();
    if let Some(line) = String::from_utf8_lossy(&source).lines().nth(number.checked_sub(1)?) {
        lines.extend(excerpt(line, column.saturating_sub(1), column));
    }
    Some(lines)
}

/// File, line and column in a line of a stack: `at f (FILE:1:2)` or `at FILE:1:2`.
fn place(line: &str) -> Option<(&str, usize, usize)> {
    let frame = line.trim_start().strip_prefix("at ")?;
    // Code that eval() was given is in no file; the line that called it comes next.
    if frame.contains("(eval at ") {
        return None;
    }
    let inside = frame.strip_suffix(')').and_then(|frame| frame.rsplit_once('('));
    let mut parts = inside.map_or(frame, |(_, place)| place).rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let number = parts.next()?.parse().ok()?;
    Some((parts.next()?, number, column))
}

fn stack(scope: &mut HandleScope<'_>, value: Local<'_, Value>) -> Option<String> {
    let object = value.try_cast::<Object>()?;
    let block = &mut TryCatch::new(scope);
    let key = JsString::intern(block, "stack").into();
    // Where errors inherit from `new Error()`, that one's stack is of another place.
    if object.has_own_property(block, key) != Some(true) {
        block.reset();
        return None;
    }
    let stack = object.get_named(block, "stack").filter(|stack| stack.is_string())?;
    let text = stack.to_rust_string_lossy(block);
    block.reset();
    let own: Vec<&str> = text.lines().filter(|line| !is_inside(line)).collect();
    (!text.is_empty()).then(|| own.join("\n"))
}

/// Text that an object which was thrown has of its own.
fn own_text(scope: &mut HandleScope<'_>, value: Local<'_, Value>) -> Option<String> {
    value.try_cast::<Object>()?;
    let block = &mut TryCatch::new(scope);
    let text = value.to_string(block).map(|text| text.to_rust_string_lossy(block));
    block.reset();
    text.filter(|text| !text.is_empty() && !text.starts_with("[object "))
        .map(|text| format!("Uncaught {text}"))
}

/// Whether a line of a stack is about the program's own JavaScript side, which tells nobody
/// anything.
fn is_inside(line: &str) -> bool {
    let place = line.trim_start().strip_prefix("at ").unwrap_or_default();
    place.starts_with("avocet:") || place.contains("(avocet:")
}

fn frames(scope: &mut HandleScope<'_>, stack: Option<Local<'_, StackTrace>>) -> String {
    let Some(stack) = stack else { return String::new() };
    let frames = stack.frames(scope);
    frames
        .iter()
        .filter(|frame| !frame.script.starts_with("avocet:"))
        .map(|frame| {
            let place = format!("{}:{}:{}", frame.script, frame.line, frame.column);
            match frame.function.is_empty() {
                true => format!("\n    at {place}"),
                false => format!("\n    at {} ({place})", frame.function),
            }
        })
        .collect()
}
