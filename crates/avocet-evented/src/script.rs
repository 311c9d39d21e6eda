//! Running one script from its start to its end.

use std::ffi::OsString;
use std::process::ExitCode;

use avocet_v8::{
    Context, ContextScope, HandleScope, Isolate, IsolateOptions, Op, enter, handle_scope,
};

use crate::event_loop;
use crate::runtime::{HOOKS, Hook, Runtime};
use crate::{boot, child, dns, fs, line, listener, process, report, signals, stdio, stream, tls};

include!("table.rs");

macro_rules! table {
    ($($name:ident = $call:path),* $(,)?) => {
        const TABLE: &[Op] = &[$(Op::new(stringify!($name), $call)),*];
    };
}
for_each_op!(table);

const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Stack for JavaScript: loops inside loops (`wait()`) go deep.
const STACK: usize = 128 << 20;

/// What V8 may use of it; the rest is for what runs in between.
const FLAGS: &str = "--stack-size=65536";

/// What [`run_script`] wants, if a command line asks for a script: its first argument is a file
/// whose name ends in `.js`, an address, or `repl` for the interactive shell.
pub fn script_arguments(args: impl IntoIterator<Item = OsString>) -> Option<Vec<String>> {
    let text = |arg: OsString| arg.to_string_lossy().into_owned();
    let mut args: Vec<String> = args.into_iter().map(text).collect();
    let first = args.get(1)?;
    if first == "repl" {
        args.truncate(1);
        return Some(args);
    }
    let is_script = first.ends_with(".js") && !first.starts_with('-');
    (is_script || first.starts_with("http://")).then_some(args)
}

/// Runs a script: `args` are the executable's name, the script and the script's own arguments.
///
/// The process ends with the script: `process.exit` and an uncaught exception do not return.
pub fn run_script(args: Vec<String>) -> ExitCode {
    let script = std::thread::Builder::new().name("script".into()).stack_size(STACK);
    let running = script.spawn(move || run(args));
    match running.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(message))) => {
            eprintln!("avocet: {message}");
            ExitCode::FAILURE
        }
        _ => ExitCode::FAILURE,
    }
}

fn run(args: Vec<String>) -> Result<(), String> {
    avocet_v8::initialize(FLAGS);
    let runtime = Runtime::new(args).map_err(|errno| format!("cannot start: {errno}"))?;
    let mut isolate =
        Isolate::new(IsolateOptions { ops: TABLE, stack_frames: 16, ..IsolateOptions::default() });
    isolate.set_slot(runtime);
    enter!(let scope = &mut isolate);
    let context = Context::new(scope);
    let scope = &mut ContextScope::new(scope, context);
    boot::evaluate(scope, TABLE.len(), FILES)?;
    Runtime::of(scope).hooks = boot::take_hooks(scope, &HOOKS)?;
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
