//! Running one script from its start to its end.

use std::process::ExitCode;
use std::sync::LazyLock;

use avocet_engine::boot::{self, BootScript};
use avocet_v8::{
    Context, ContextScope, HandleScope, Isolate, IsolateOptions, Op, Snapshot, enter, handle_scope,
};

use crate::hooks::{self, Hook};
use crate::reactor::Reactor;
use crate::reactor::clock::Clock;
use crate::{event_loop, posix, process, promise, report, stdio, stream, tls};

macro_rules! modules {
    ($($module:ident: $($file:literal),+;)*) => {
        /// Tables of the modules' operations, in the order of the snapshot.
        const TABLES: &[&[Op]] = &[$(crate::$module::TABLE),*];
    };
}
include!("modules.rs");

/// Operations of all modules; a process has one table.
static TABLE: LazyLock<Vec<Op>> = LazyLock::new(|| TABLES.concat());

/// The JavaScript side, for another V8 than the one that the program was built with.
const FILES: &[BootScript] = &include!(concat!(env!("OUT_DIR"), "/files.rs"));

const SNAPSHOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/snapshot.bin"));

/// Stack for JavaScript: loops inside loops (`wait()`) go deep.
const STACK: usize = 128 << 20;

/// Flags of V8: the part of the stack that it may use, the rest is for what runs in between; and
/// 2 MB for young objects from the start: a server makes many that die at once, and collecting them
/// less often costs less.
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
    let reactor = Reactor::new(Clock::new(skips));
    let reactor = reactor.map_err(|errno| format!("cannot start: {errno}"))?;
    let snapshot = Snapshot::from_static(SNAPSHOT).ok().filter(Snapshot::is_compatible);
    let fresh = snapshot.is_none();
    let mut isolate = Isolate::new(IsolateOptions {
        ops: TABLE.as_slice(),
        snapshot,
        stack_frames: 16,
        promise_reject: Some(report::on_rejection),
        // A script is the user's own program, with all the user's rights.
        native_addons: true,
        ..IsolateOptions::default()
    });
    set_slots(&mut isolate, reactor, args);
    enter!(let scope = &mut isolate);
    let context = Context::new(scope);
    let scope = &mut ContextScope::new(scope, context);
    if fresh {
        boot::evaluate(scope, TABLE.len(), FILES).map_err(|error| error.to_string())?;
    }
    hooks::load(scope)?;
    Reactor::of(scope).begin_turn();
    call(scope, Hook::Start);
    event_loop::run(scope);
    call(scope, Hook::Exit);
    process::leave(scope, 0)
}

/// Gives each module the state that it begins with.
fn set_slots(isolate: &mut Isolate, reactor: Reactor, args: Vec<String>) {
    isolate.set_slot(reactor);
    isolate.set_slot(report::Failures::default());
    isolate.set_slot(promise::StackStart::here());
    isolate.set_slot(process::Arguments(args));
    isolate.set_slot(stdio::Stdio::default());
    isolate.set_slot(posix::Files::default());
    isolate.set_slot(posix::Standard::default());
    isolate.set_slot(stream::Buffers::default());
    isolate.set_slot(tls::Store::default());
}

fn call(scope: &mut HandleScope<'_>, hook: Hook) {
    handle_scope!(let scope = scope);
    hooks::call(scope, hook, &[]);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Names that stand behind `ops.` in the JavaScript side.
    fn called() -> BTreeSet<&'static str> {
        let texts = FILES.iter().flat_map(|file| match &file.source {
            std::borrow::Cow::Borrowed(text) => text.split("ops.").skip(1),
            std::borrow::Cow::Owned(_) => unreachable!("the program holds its files"),
        });
        texts
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
            .collect()
    }

    #[test]
    fn both_sides_know_the_same_operations() {
        let offered: BTreeSet<&str> = TABLE.iter().map(|op| op.name).collect();
        assert_eq!(offered.len(), TABLE.len(), "each name stands for one operation");
        let called = called();
        let missing: Vec<_> = called.difference(&offered).collect();
        assert!(missing.is_empty(), "JavaScript calls {missing:?}");
        // The operations of posix are called by the names of its functions.
        let unused = offered.difference(&called).filter(|name| !name.starts_with("posix_"));
        assert_eq!(unused.collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}
