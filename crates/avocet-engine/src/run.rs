//! Entering JavaScript piece by piece, and what belongs to the end of each.

use avocet_v8::{
    Function, Global, HandleScope, Local, PromiseRejectEvent, PromiseRejectMessage, Script,
    ScriptOrigin, String as JsString, TryCatch, Value, handle_scope, undefined,
};

use crate::report::ScriptError;
use crate::state::{Rejection, State};
use crate::{activity, error};

/// Unhandled rejections that are remembered until the microtasks are done; more at once go
/// unreported.
const MAX_REJECTIONS: usize = 1000;

/// Whether a realm can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The realm can go on.
    Well,
    /// Execution was terminated: nothing more runs until that is taken back.
    Stopped,
}

/// Reason for which a call of a JavaScript function gave no value.
#[derive(Debug, Clone)]
pub enum Failed {
    /// An exception was thrown.
    Threw(Global<Value>),
    /// Execution was terminated.
    Stopped,
}

/// Calls `function`; what it throws is returned instead of going further.
pub fn call<'s>(
    scope: &mut HandleScope<'s>,
    function: Local<'_, Function>,
    arguments: &[Local<'_, Value>],
) -> Result<Local<'s, Value>, Failed> {
    let block = &mut TryCatch::new(scope);
    let receiver = undefined(block).into();
    if let Some(value) = function.call(block, receiver, arguments) {
        return Ok(value);
    }
    match block.exception() {
        Some(thrown) if !block.has_terminated() => Err(Failed::Threw(Global::new(block, thrown))),
        _ => Err(Failed::Stopped),
    }
}

/// Runs a classic script in the realm; its completion value.
pub fn script<'s>(
    scope: &mut HandleScope<'s>,
    name: &str,
    source: &str,
) -> Result<Local<'s, Value>, ScriptError> {
    let source = JsString::new(scope, source);
    text(scope, name, source)
}

/// Runs a script whose text is in V8 already; `None` stands for one that is too long.
pub(crate) fn text<'s>(
    scope: &mut HandleScope<'s>,
    name: &str,
    source: Option<Local<'s, JsString>>,
) -> Result<Local<'s, Value>, ScriptError> {
    let too_long = || ScriptError::new(format!("{name} is longer than a string can be"));
    let source = source.ok_or_else(too_long)?;
    let block = &mut TryCatch::new(scope);
    let origin = ScriptOrigin::named(JsString::intern(block, name));
    let script = Script::compile(block, source, Some(origin));
    match script.and_then(|script| script.run(block)) {
        Some(value) => Ok(value),
        None => Err(error::caught(block)),
    }
}

/// End of a piece of work: runs the microtasks, then reports rejections that nobody handled.
pub fn after(scope: &mut HandleScope<'_>) -> Ended {
    loop {
        scope.perform_microtask_checkpoint();
        if scope.is_execution_terminating() {
            return Ended::Stopped;
        }
        let rejections = std::mem::take(&mut State::of(scope).rejections);
        if rejections.is_empty() {
            return Ended::Well;
        }
        for Rejection { promise, reason } in rejections {
            handle_scope!(let scope = scope);
            let (promise, reason) = (promise.open(scope), reason.open(scope));
            if promise.has_handler() {
                continue;
            }
            if report(scope, reason, "unhandledRejection", Some(promise.into())) == Ended::Stopped {
                return Ended::Stopped;
            }
        }
    }
}

/// One piece of work with its end.
pub fn piece(
    scope: &mut HandleScope<'_>,
    work: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>),
) -> Ended {
    {
        handle_scope!(let scope = scope);
        let block = &mut TryCatch::new(scope);
        work(block);
        if block.has_terminated() {
            return Ended::Stopped;
        }
        if let Some(thrown) = block.exception() {
            block.reset();
            if report(block, thrown, "uncaughtException", None) == Ended::Stopped {
                return Ended::Stopped;
            }
        }
    }
    after(scope)
}

/// Fires one timer.
pub fn fire_timer(scope: &mut HandleScope<'_>, id: u32, tag: u32) -> Ended {
    activity::begin(scope, tag);
    piece(scope, |scope| {
        let function = State::hooks(scope).fire_timer.open(scope);
        let id = avocet_v8::Integer::new_from_unsigned(scope, id);
        let receiver = undefined(scope).into();
        // What it throws is taken by the piece around it.
        let _: Option<_> = function.call(scope, receiver, &[id.into()]);
    })
}

/// Hands an uncaught error to JavaScript's `uncaught`, which calls listeners or prints it.
pub fn report(
    scope: &mut HandleScope<'_>,
    thrown: Local<'_, Value>,
    origin: &str,
    promise: Option<Local<'_, Value>>,
) -> Ended {
    handle_scope!(let scope = scope);
    let function = State::hooks(scope).uncaught.open(scope);
    let origin = JsString::intern(scope, origin).into();
    let called = match promise {
        Some(promise) => call(scope, function, &[thrown, origin, promise]),
        None => call(scope, function, &[thrown, origin]),
    };
    match called {
        Ok(_) => Ended::Well,
        Err(Failed::Stopped) => Ended::Stopped,
        Err(Failed::Threw(inner)) => {
            // A listener for uncaught exceptions that throws itself.
            let inner = inner.open(scope);
            let text = error::describe(scope, inner).to_string();
            State::of(scope).embedder.print(crate::embedder::Level::Error, &text);
            Ended::Well
        }
    }
}

/// Tasks of V8's own that [`housekeeping`] runs at once.
const MAX_TASKS: usize = 16;

/// Lets V8 do what it wants to do on this thread (steps of garbage collection, callbacks of
/// finalization registries), and lets go of what `WeakRef`s have shown. Once per turn is enough.
pub fn housekeeping(scope: &mut HandleScope<'_>) -> Ended {
    scope.clear_kept_objects();
    for _ in 0..MAX_TASKS {
        if !scope.pump_message_loop() {
            return Ended::Well;
        }
        if after(scope) == Ended::Stopped {
            return Ended::Stopped;
        }
    }
    Ended::Well
}

/// The error that a [`Failed`] stands for.
pub fn describe(scope: &mut HandleScope<'_>, failed: &Failed) -> ScriptError {
    match failed {
        Failed::Stopped => ScriptError::new("execution was terminated"),
        Failed::Threw(thrown) => {
            handle_scope!(let scope = scope);
            let thrown = thrown.open(scope);
            error::describe(scope, thrown)
        }
    }
}

/// Callback of V8 for rejected promises and for handlers that come late.
pub(crate) fn on_rejection<'s>(scope: &mut HandleScope<'s>, message: PromiseRejectMessage<'s>) {
    if message.event != PromiseRejectEvent::RejectWithNoHandler {
        // A handler that came in time is seen by looking at the promise again.
        return;
    }
    if State::of(scope).rejections.len() >= MAX_REJECTIONS {
        return;
    }
    let reason = message.value.unwrap_or_else(|| undefined(scope).into());
    let promise = Global::new(scope, message.promise);
    let reason = Global::new(scope, reason);
    State::of(scope).rejections.push(Rejection { promise, reason });
}
