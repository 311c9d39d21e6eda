//! Errors, and where they happened.

use std::string::String as StdString;

use crate::{
    Data, HandleScope, Local, Object, String, Value, ffi,
    local::{Handle, castable, handles},
};

handles! {
    /// An instance of `Error` or of a class derived from it.
    Error: Object, Value, Data;
    /// Message of V8 about an exception and its place.
    Message: Data;
    /// A captured stack.
    StackTrace: Data;
    /// A frame of a captured stack.
    StackFrame: Data;
}
castable! {
    Error by is_native_error;
}

/// The classes of errors that can be made from Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i32)]
#[expect(missing_docs, reason = "named as in JavaScript")]
pub enum ErrorKind {
    #[default]
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
}

impl Error {
    /// An error with that message and the current JavaScript stack.
    pub fn with_kind<'s>(
        scope: &mut HandleScope<'s>,
        kind: ErrorKind,
        message: Local<'_, String>,
    ) -> Local<'s, Error> {
        scope.context_ptr();
        // SAFETY: the scope guarantees that the isolate is entered, the line
        // above that a context is.
        unsafe { scope.known(ffi::av8_error_new(kind as i32, message.slot())) }
    }

    /// An `Error`.
    pub fn new<'s>(scope: &mut HandleScope<'s>, message: Local<'_, String>) -> Local<'s, Error> {
        Error::with_kind(scope, ErrorKind::Error, message)
    }

    /// Throws an `Error`.
    pub fn throw(scope: &mut HandleScope<'_>, message: &str) {
        Error::throw_kind(scope, ErrorKind::Error, message);
    }

    /// Throws an error of that class.
    pub fn throw_kind(scope: &mut HandleScope<'_>, kind: ErrorKind, message: &str) {
        let mut guard = HandleScope::new(scope);
        let scope = guard.scope();
        let text = String::new(scope, message).unwrap_or_else(|| String::empty(scope));
        let error = Error::with_kind(scope, kind, text);
        scope.throw_exception(error.into());
    }
}

impl HandleScope<'_> {
    /// Throws an `Error`.
    pub fn throw_error(&mut self, message: &str) {
        Error::throw(self, message);
    }

    /// Throws a `TypeError`.
    pub fn throw_type_error(&mut self, message: &str) {
        Error::throw_kind(self, ErrorKind::TypeError, message);
    }

    /// Throws a `RangeError`.
    pub fn throw_range_error(&mut self, message: &str) {
        Error::throw_kind(self, ErrorKind::RangeError, message);
    }

    /// Throws a `SyntaxError`.
    pub fn throw_syntax_error(&mut self, message: &str) {
        Error::throw_kind(self, ErrorKind::SyntaxError, message);
    }
}

/// A place in a source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// From 1; 0 if it is not known.
    pub line: u32,
    /// From 0.
    pub start_column: u32,
    /// From 0, after the last character.
    pub end_column: u32,
    /// Offset in the text, in UTF-16 units.
    pub start: u32,
    /// Offset after the last unit.
    pub end: u32,
}

impl Message {
    /// About an exception that was or could be thrown: where its error was
    /// made, else where JavaScript is now.
    pub fn of<'s>(scope: &mut HandleScope<'s>, exception: Local<'_, Value>) -> Local<'s, Message> {
        scope.context_ptr();
        // SAFETY: the scope guarantees that the isolate is entered, the line
        // above that a context is.
        unsafe { scope.known(ffi::av8_message_of(scope.isolate_ptr(), exception.slot())) }
    }

    /// Such as `Uncaught TypeError: x is not a function`.
    pub fn get<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, String> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_message_text(self.raw())) }
    }

    /// The name of the script, if it has one.
    pub fn get_script_name(&self, scope: &mut HandleScope<'_>) -> Option<StdString> {
        let mut guard = HandleScope::new(scope);
        let scope = guard.scope();
        // SAFETY: the scope guarantees that the isolate is entered.
        let name: Local<'_, Value> = unsafe { scope.local(ffi::av8_message_script(self.raw())) }?;
        name.is_string().then(|| name.to_rust_string_lossy(scope))
    }

    /// The line of source, if it is known.
    pub fn get_source_line(&self, scope: &mut HandleScope<'_>) -> Option<StdString> {
        let mut guard = HandleScope::new(scope);
        let scope = guard.scope();
        // SAFETY: the scope guarantees that the isolate is entered.
        let line: Local<'_, String> =
            unsafe { scope.local(ffi::av8_message_source_line(scope.context_ptr(), self.raw())) }?;
        Some(line.to_rust_string_lossy(scope))
    }

    /// Position of the exception in its source.
    pub fn get_position(&self, scope: &mut HandleScope<'_>) -> Position {
        let mut fields = [0; 5];
        // SAFETY: the scope guarantees that the isolate is entered; the shim
        // writes five numbers.
        unsafe {
            ffi::av8_message_position(scope.context_ptr(), self.raw(), fields.as_mut_ptr());
        }
        let [line, start_column, end_column, start, end] =
            fields.map(|field| u32::try_from(field).unwrap_or(0));
        Position { line, start_column, end_column, start, end }
    }

    /// The line, from 1.
    pub fn get_line_number(&self, scope: &mut HandleScope<'_>) -> Option<u32> {
        match self.get_position(scope).line {
            0 => None,
            line => Some(line),
        }
    }

    /// The stack, if it was captured.
    pub fn get_stack_trace<'s>(
        &self,
        scope: &mut HandleScope<'s>,
    ) -> Option<Local<'s, StackTrace>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_message_stack(self.raw())) }
    }
}

impl StackTrace {
    /// The stack of the JavaScript that runs now, up to `limit` frames.
    pub fn current<'s>(scope: &mut HandleScope<'s>, limit: u16) -> Option<Local<'s, StackTrace>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_stack_now(scope.isolate_ptr(), limit.into())) }
    }

    /// The stack that an error captured, if it did.
    pub fn of<'s>(
        scope: &mut HandleScope<'s>,
        exception: Local<'_, Value>,
    ) -> Option<Local<'s, StackTrace>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_stack_of(exception.slot())) }
    }

    /// Number of frames.
    pub fn get_frame_count(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        usize::try_from(unsafe { ffi::av8_stack_count(self.raw()) }).unwrap_or(0)
    }

    /// The frame at `index`, the innermost first.
    pub fn get_frame<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        index: usize,
    ) -> Option<Local<'s, StackFrame>> {
        if index >= self.get_frame_count() {
            return None;
        }
        // SAFETY: the scope guarantees that the isolate is entered; the index
        // is within the stack.
        unsafe {
            let isolate = scope.isolate_ptr();
            scope.local(ffi::av8_stack_frame(isolate, self.raw(), index as u32))
        }
    }

    /// All frames in Rust's memory, the innermost first.
    pub fn frames(&self, scope: &mut HandleScope<'_>) -> Vec<Frame> {
        let mut guard = HandleScope::new(scope);
        let scope = guard.scope();
        (0..self.get_frame_count())
            .filter_map(|index| {
                let frame = self.get_frame(scope, index)?;
                Some(frame.read(scope))
            })
            .collect()
    }
}

/// A frame of a stack, in Rust's memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// The function's name; empty if it has none.
    pub function: StdString,
    /// The script's name; empty if it has none.
    pub script: StdString,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// Whether it is code given to `eval`.
    pub is_eval: bool,
    /// Whether the function was called with `new`.
    pub is_constructor: bool,
}

impl StackFrame {
    /// All that is known about it.
    pub fn read(&self, scope: &mut HandleScope<'_>) -> Frame {
        let (mut line, mut column, mut flags) = (0, 0, [false; 4]);
        // SAFETY: the handle is valid while its scope is open; the shim writes
        // two numbers and four flags.
        unsafe { ffi::av8_frame_position(self.raw(), &mut line, &mut column, flags.as_mut_ptr()) };
        // SAFETY: the scope guarantees that the isolate is entered.
        let (function, script): (Option<Local<'_, String>>, Option<Local<'_, String>>) = unsafe {
            (
                scope.local(ffi::av8_frame_function(self.raw())),
                scope.local(ffi::av8_frame_script(self.raw())),
            )
        };
        let mut text = |string: Option<Local<'_, String>>| {
            string.map_or_else(StdString::new, |string| string.to_rust_string_lossy(scope))
        };
        Frame {
            function: text(function),
            script: text(script),
            line: u32::try_from(line).unwrap_or(0),
            column: u32::try_from(column).unwrap_or(0),
            is_eval: flags[0],
            is_constructor: flags[1],
        }
    }
}
