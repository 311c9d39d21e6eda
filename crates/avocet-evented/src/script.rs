//! Running one script from its start to its end.

use std::process::ExitCode;

use avocet_v8::{
    Context, ContextScope, Function, Global, HandleScope, Isolate, IsolateOptions, Object, Op,
    Snapshot, String as JsString, enter, handle_scope,
};

use crate::clock::Clock;
use crate::event_loop;
use crate::runtime::{HOOKS, Hook, Runtime};
use crate::{
    addon, boot, child, dns, fs, line, listener, process, report, signals, stdio, stream, tls,
};

include!("table.rs");

macro_rules! table {
    ($($name:ident = $call:path),* $(,)?) => {
        const TABLE: &[Op] = &[$(Op::new(stringify!($name), $call)),*];
    };
}
for_each_op!(table);

const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/files.rs"));

const SNAPSHOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/snapshot.bin"));

/// Stack for JavaScript: loops inside loops (`wait()`) go deep.
const STACK: usize = 128 << 20;

/// What V8 may use of it, the rest is for what runs in between; and 2 MB for young objects from the
/// start: a server makes many that die at once, and collecting them less often costs less.
const FLAGS: &str = "--stack-size=65536 --min-semi-space-size=2";

/// Runs a script: `args` are the executable's name, the script and the script's own arguments; the
/// name alone is the interactive shell.
///
/// The process ends with the script: `process.exit` and an uncaught exception do not return.
pub fn run_script(args: Vec<String>) -> ExitCode {
    start(args, false)
}

/// The same, for tests of what takes long: where nothing happens for a moment, timers that wait are
/// due at once. Only for programs that wait for nobody but themselves.
pub fn run_script_skipping_waits(args: Vec<String>) -> ExitCode {
    start(args, true)
}

fn start(args: Vec<String>, skips: bool) -> ExitCode {
    let script = std::thread::Builder::new().name("script".into()).stack_size(STACK);
    let running = script.spawn(move || run(args, skips));
    match running.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(message))) => {
            eprintln!("avocet: {message}");
            ExitCode::FAILURE
        }
        _ => ExitCode::FAILURE,
    }
}

fn run(args: Vec<String>, skips: bool) -> Result<(), String> {
    avocet_v8::initialize(FLAGS);
    let clock = Clock::new(skips);
    let runtime = Runtime::new(args, clock).map_err(|errno| format!("cannot start: {errno}"))?;
    let snapshot = Snapshot::from_static(SNAPSHOT).ok().filter(Snapshot::is_compatible);
    let fresh = snapshot.is_none();
    let mut isolate = Isolate::new(IsolateOptions {
        ops: TABLE,
        snapshot,
        stack_frames: 16,
        promise_reject: Some(report::on_rejection),
        // A script is the user's own program, with all the user's rights.
        native_addons: true,
        ..IsolateOptions::default()
    });
    isolate.set_slot(runtime);
    enter!(let scope = &mut isolate);
    let context = Context::new(scope);
    let scope = &mut ContextScope::new(scope, context);
    if fresh {
        // Another V8 than the one that the program was built with.
        boot::evaluate(scope, TABLE.len(), FILES)?;
    }
    Runtime::of(scope).hooks = take_hooks(scope, &HOOKS)?;
    Runtime::of(scope).update_now();
    call(scope, Hook::Start);
    event_loop::run(scope);
    call(scope, Hook::Exit);
    process::leave(scope, 0)
}

fn call(scope: &mut HandleScope<'_>, hook: Hook) {
    handle_scope!(let scope = scope);
    event_loop::call(scope, hook, &[]);
}

/// The hooks of these names, taken off the global object.
fn take_hooks(
    scope: &mut HandleScope<'_>,
    names: &[&str],
) -> Result<Vec<Global<Function>>, String> {
    handle_scope!(let scope = scope);
    let global = scope.current_context().global(scope);
    let binding =
        global.get_named(scope, boot::BINDING).and_then(|value| value.try_cast::<Object>());
    let key = JsString::intern(scope, boot::BINDING).into();
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
