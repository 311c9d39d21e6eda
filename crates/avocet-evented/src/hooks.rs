//! Calling JavaScript: the functions that it offers to Rust, and the end of each of its turns.

use avocet_engine::boot;
use avocet_v8::{Function, Global, HandleScope, Local, TryCatch, Value, handle_scope, undefined};

use crate::reactor::Reactor;
use crate::report::{self, Failures};

/// Declares the hooks by the names that JavaScript gives them.
macro_rules! hooks {
    ($($(#[$doc:meta])* $hook:ident = $name:literal,)*) => {
        /// A function that JavaScript offers to Rust.
        #[derive(Debug, Clone, Copy)]
        pub(crate) enum Hook {
            $($(#[$doc])* $hook),*
        }

        const NAMES: &[&str] = &[$($name),*];
    };
}

hooks! {
    /// The script begins.
    Start = "start",
    /// Nothing is left that could happen.
    Exit = "exit",
    /// `(error)`: nobody caught it.
    Uncaught = "uncaught",
    /// Text of messages that was held back is wanted.
    Flush = "flush",
    /// `(request, errno, …)`: a request is done.
    Done = "done",
    /// `(timer, last)`.
    Timer = "timer",
    /// `(number)`.
    Signal = "signal",
    /// `(server, connection, address)`.
    Accept = "accept",
    /// `(connection)`.
    Connected = "connected",
    /// `(connection)`: the TLS handshake is done.
    Secured = "secured",
    /// `(stream, data)`.
    Data = "data",
    /// `(stream)`: the other side sends no more.
    End = "end",
    /// `(stream)`: nothing waits to be written.
    Drain = "drain",
    /// `(stream)`: nothing has moved for as long as its timeout.
    Idle = "idle",
    /// `(stream, errno, text)`: it is gone.
    Closed = "closed",
    /// `(child, code, signal)`.
    Exited = "exited",
    /// `(connection, head, start, target, flags)`; yes where nobody listens to the end of a message
    /// that has no body.
    Head = "head",
    /// `(connection, data)`.
    Body = "body",
    /// `(connection)`: the message is over.
    Complete = "complete",
    /// `(line)`: what a person typed.
    Line = "line",
    /// `(text)`: names are wanted for the text before the cursor.
    Names = "names",
}

/// Bits of what a hook answers: yes, and that text of messages is held back.
const YES: i32 = 1;
const HELD: i32 = 2;

/// The hooks of an isolate, in the order of [`Hook`].
struct Hooks(Vec<Global<Function>>);

/// Takes the hooks off the context that is entered.
pub(crate) fn load(scope: &mut HandleScope<'_>) -> Result<(), String> {
    handle_scope!(let scope = scope);
    let offered = boot::take_hooks(scope).map_err(|error| error.to_string())?;
    let mut hooks = Vec::with_capacity(NAMES.len());
    for name in NAMES {
        let hook = offered.get_named(scope, name).and_then(|hook| hook.try_cast::<Function>());
        let hook = hook.ok_or_else(|| format!("the JavaScript side has no hook '{name}'"))?;
        hooks.push(Global::new(scope, hook));
    }
    scope.set_slot(Hooks(hooks));
    Ok(())
}

/// Calls a hook. What it throws is an uncaught exception.
pub(crate) fn call(scope: &mut HandleScope<'_>, hook: Hook, arguments: &[Local<'_, Value>]) {
    let _ = ask(scope, hook, arguments);
}

/// Calls a hook and gives whether it said yes.
pub(crate) fn ask(scope: &mut HandleScope<'_>, hook: Hook, arguments: &[Local<'_, Value>]) -> bool {
    let hooks: &Hooks = scope.slot().expect("loaded before any hook is called");
    let function = hooks.0[hook as usize].clone();
    let function = function.open(scope);
    let mut bits = 0;
    {
        let block = &mut TryCatch::new(scope);
        let receiver = undefined(block).into();
        match function.call(block, receiver, arguments) {
            Some(answer) => bits = answer.as_i32().unwrap_or(0),
            None => uncaught(block),
        }
    }
    if bits & HELD != 0 {
        Reactor::of(scope).held.set_messages();
    }
    end_turn(scope);
    bits & YES != 0
}

/// Offers what was thrown to the script's listeners; without any, the process ends.
fn uncaught(block: &mut TryCatch<'_, '_>) {
    // Without a value, execution was terminated.
    let Some(thrown) = report::remember(block) else { return };
    block.reset();
    call(block, Hook::Uncaught, &[thrown]);
}

/// Runs the microtasks, reports rejections, and asks for what was held back.
fn end_turn(scope: &mut HandleScope<'_>) {
    // Whatever was thrown in this turn is dealt with.
    Failures::of(scope).forget();
    scope.perform_microtask_checkpoint();
    if Failures::of(scope).has_rejections() {
        tell_rejections(scope);
    }
    flush(scope);
}

/// Rejections that nobody listens to at the end of a turn are uncaught exceptions.
fn tell_rejections(scope: &mut HandleScope<'_>) {
    for (promise, reason) in Failures::of(scope).take_rejections() {
        handle_scope!(let scope = scope);
        if !promise.open(scope).has_handler() {
            let reason = reason.open(scope);
            call(scope, Hook::Uncaught, &[reason]);
        }
    }
}

/// Asks JavaScript for the text of messages that it holds, if it holds any.
pub(crate) fn flush(scope: &mut HandleScope<'_>) {
    if Reactor::of(scope).held.take_messages() {
        call(scope, Hook::Flush, &[]);
    }
}
