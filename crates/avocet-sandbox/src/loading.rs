//! Loading a function's code into an isolate, and what can go wrong with it.

use avocet_engine::report::ScriptError;
use avocet_engine::run::{self, Failed};
use avocet_engine::v8::{
    Function, Global, HandleScope, Local, Object, Promise, PromiseState, String as JsString, Value,
    handle_scope,
};
use avocet_frames::head::SourceError;

use crate::current_piece::Stop;
use crate::limits::{heap_message, load_timeout};
use crate::program::Program;

/// State of loading of an instance.
#[derive(Debug)]
pub(crate) enum LoadState {
    Waiting,
    Ready,
    Failed(SourceError),
}

/// Code that the JavaScript side puts on the error of a handler that is not there.
const NOT_FOUND: &str = "ERR_HANDLER_NOT_FOUND";

/// Evaluates the code and finds the handler.
pub(crate) fn load(
    scope: &mut HandleScope<'_>,
    hook: &Global<Function>,
    program: &Program,
    loading: &mut Option<Global<Promise>>,
) -> LoadState {
    handle_scope!(let scope = scope);
    let hook = hook.open(scope);
    let Some(json) = JsString::new_from_utf8(scope, &program.json) else {
        return failed("the definition is longer than a string can be");
    };
    let state = match run::call(scope, hook, &[json.into()]) {
        Err(Failed::Stopped) => return failed("execution was terminated"),
        Err(Failed::Threw(thrown)) => {
            let thrown = thrown.open(scope);
            LoadState::Failed(describe(scope, thrown, program))
        }
        Ok(value) => match value.try_cast::<Promise>() {
            None => LoadState::Ready,
            Some(promise) => {
                promise.mark_as_handled();
                *loading = Some(Global::new(scope, promise));
                LoadState::Waiting
            }
        },
    };
    run::after(scope);
    match (&state, loading.clone()) {
        (LoadState::Waiting, Some(promise)) => match settled(scope, &promise, program) {
            Some(settled) => {
                *loading = None;
                settled
            }
            None => state,
        },
        _ => state,
    }
}

/// End of a module that was being evaluated; `None` where it has none yet.
pub(crate) fn settled(
    scope: &mut HandleScope<'_>,
    promise: &Global<Promise>,
    program: &Program,
) -> Option<LoadState> {
    handle_scope!(let scope = scope);
    let promise = promise.open(scope);
    match promise.state() {
        PromiseState::Pending => None,
        PromiseState::Fulfilled => Some(LoadState::Ready),
        PromiseState::Rejected => {
            let reason = promise.result(scope);
            Some(LoadState::Failed(describe(scope, reason, program)))
        }
    }
}

/// The error of code that the platform stopped while it was loading.
pub(crate) fn stopped(program: &Program, stop: Stop) -> SourceError {
    let entry = &program.head.entry;
    let message = match stop {
        Stop::Timeout | Stop::Cpu | Stop::Cancelled | Stop::Shutdown => {
            return load_timeout(program);
        }
        Stop::Heap => heap_message(program),
        Stop::Exit => format!("'{entry}' called process.exit while it was loading"),
    };
    SourceError { message, file: Some(entry.clone()), ..SourceError::default() }
}

fn failed(message: &str) -> LoadState {
    LoadState::Failed(SourceError { message: message.to_owned(), ..SourceError::default() })
}

fn describe(
    scope: &mut HandleScope<'_>,
    thrown: Local<'_, Value>,
    program: &Program,
) -> SourceError {
    let error = avocet_engine::error::describe(scope, thrown);
    if let Some(object) = thrown.try_cast::<Object>()
        && property(scope, object, "code").as_deref() == Some(NOT_FOUND)
    {
        let file = property(scope, object, "file");
        return SourceError {
            message: error.message,
            file: file.or_else(|| Some(program.head.entry.clone())),
            ..SourceError::default()
        };
    }
    source_error(&error, &program.head.entry)
}

fn property(scope: &mut HandleScope<'_>, object: Local<'_, Object>, name: &str) -> Option<String> {
    let value = object.get_named(scope, name)?;
    value.is_string().then(|| value.to_rust_string_lossy(scope))
}

/// The wire's form. An error inside our own files (a module that is not there) is the entry's.
pub(crate) fn source_error(error: &ScriptError, entry: &str) -> SourceError {
    let ours = error.file.as_deref().is_none_or(|file| file.starts_with("avocet:"));
    SourceError {
        message: error.message.clone(),
        file: if ours { Some(entry.to_owned()) } else { error.file.clone() },
        line: error.line.filter(|_| !ours),
        column: error.column.filter(|_| !ours),
        source_line: error.source_line.clone().filter(|_| !ours),
        stack: error.stack.clone(),
    }
}
