//! The process itself: its surroundings, its end, its loop and its code.

use avocet_v8::{
    Arguments, Array, Function, HandleScope, Local, ReturnValue, Script, ScriptOrigin, Source,
    String as JsString, TryCatch, Value, undefined,
};
use rustix::process::{Pid, Signal, kill_process, umask as set_umask};

use crate::convert::{error_text, number, string, text_argument};
use crate::event_loop::{self, LoopEnd};
use crate::report;
use crate::runtime::Runtime;
use crate::stream;
use crate::timers::Owner;

/// Ends the process after everything that was written is out.
pub(crate) fn leave(scope: &mut HandleScope<'_>, code: i32) -> ! {
    let runtime = Runtime::of(scope);
    // What a listener of this connection has sent is held back until it returns.
    if let Some(token) = runtime.corked.take() {
        stream::uncork(runtime, token);
    }
    runtime.out.flush_blocking();
    std::process::exit(code)
}

/// `exit(code)`.
pub(crate) fn exit(scope: &mut HandleScope<'_>, arguments: &Arguments<'_>, _: ReturnValue<'_>) {
    leave(scope, arguments.i32(0).unwrap_or(0));
}

/// The stack that loops inside each other may take: half of what JavaScript may use, so that what
/// an event calls at the deepest of them, the report of an exception too, has the other half.
const LOOPS: usize = 32 << 20;

/// `loop()`: whether it came back because it was asked to.
pub(crate) fn run_loop(scope: &mut HandleScope<'_>, _: &Arguments<'_>, result: ReturnValue<'_>) {
    if Runtime::of(scope).stack_taken() > LOOPS {
        return scope.throw_range_error("wait: too many loops run inside each other");
    }
    result.set_bool(event_loop::run(scope) == LoopEnd::Unlooped);
}

/// `unloop(wanted)`: the innermost loop comes back, or does not any more.
pub(crate) fn unloop(scope: &mut HandleScope<'_>, arguments: &Arguments<'_>, _: ReturnValue<'_>) {
    Runtime::of(scope).unloop = arguments.get(0).is_true();
}

/// `timerStart(ms, repeat, keepsAlive)`: its number.
pub(crate) fn timer_start(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let ms = |index| {
        let ms = arguments.f64(index).unwrap_or(0.0).clamp(0.0, 1e12);
        std::time::Duration::from_millis(ms as u64)
    };
    let runtime = Runtime::of(scope);
    let due = runtime.now + ms(0);
    let keeps_alive = arguments.get(2).is_true();
    result.set_uint32(runtime.timers.start(due, ms(1), keeps_alive, Owner::Script));
}

/// `timerStop(id)`.
pub(crate) fn timer_stop(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    if let Some(id) = arguments.i32(0) {
        Runtime::of(scope).timers.stop(id as u32);
    }
}

/// `surroundings()`: `[arguments, names, values, pid, executable]`.
pub(crate) fn surroundings(
    scope: &mut HandleScope<'_>,
    _: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let args = Runtime::of(scope).args.clone();
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (name, value) in std::env::vars_os() {
        names.push(name.into_encoded_bytes());
        values.push(value.into_encoded_bytes());
    }
    let args: Vec<Vec<u8>> = args.into_iter().map(String::into_bytes).collect();
    let executable = std::env::current_exe().unwrap_or_default().display().to_string();
    let all = [
        crate::convert::list(scope, &args),
        crate::convert::list(scope, &names),
        crate::convert::list(scope, &values),
        number(scope, f64::from(std::process::id())),
        string(scope, &executable),
    ];
    result.set(Array::new_with_elements(scope, &all).into());
}

/// `cwd()`; null where it is gone.
pub(crate) fn cwd(scope: &mut HandleScope<'_>, _: &Arguments<'_>, result: ReturnValue<'_>) {
    match std::env::current_dir() {
        Ok(folder) => result.set(string(scope, &folder.to_string_lossy())),
        Err(_) => result.set_null(),
    }
}

/// `chdir(folder)`: what went wrong, if anything.
pub(crate) fn chdir(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let folder = text_argument(scope, arguments, 0);
    if let Err(errno) = rustix::process::chdir(folder) {
        result.set(string(scope, &error_text(errno.raw_os_error())));
    }
}

/// `umask(mask)`: the old one.
pub(crate) fn umask(_: &mut HandleScope<'_>, arguments: &Arguments<'_>, result: ReturnValue<'_>) {
    let mask = rustix::fs::Mode::from_raw_mode(arguments.i32(0).unwrap_or(0) as u32 & 0o777);
    result.set_uint32(set_umask(mask).as_raw_mode());
}

/// `kill(pid, signal)`: what went wrong, if anything.
pub(crate) fn kill(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let pid = arguments.f64(0).map_or(0, |pid| pid as i32);
    let signal = arguments.i32(1).unwrap_or(0);
    if let Err(errno) = send_signal(pid, signal) {
        result.set(string(scope, &error_text(errno.raw_os_error())));
    }
}

fn send_signal(pid: i32, signal: i32) -> Result<(), rustix::io::Errno> {
    use rustix::io::Errno;
    use rustix::process;
    let target = Pid::from_raw(pid.checked_abs().ok_or(Errno::SRCH)?);
    if signal == 0 {
        return match target {
            Some(target) if pid > 0 => process::test_kill_process(target),
            Some(target) => process::test_kill_process_group(target),
            None => process::test_kill_current_process_group(),
        };
    }
    let signal = Signal::from_named_raw(signal).ok_or(Errno::INVAL)?;
    match target {
        Some(target) if pid > 0 => kill_process(target, signal),
        Some(target) => process::kill_process_group(target, signal),
        None => process::kill_current_process_group(signal),
    }
}

/// `memory()`: `[rss, vsize, heapTotal, heapUsed]` in bytes.
pub(crate) fn memory(scope: &mut HandleScope<'_>, _: &Arguments<'_>, result: ReturnValue<'_>) {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let page = rustix::param::page_size() as f64;
    let mut pages = statm.split(' ').map(|pages| pages.parse::<f64>().unwrap_or(0.0) * page);
    let (vsize, rss) = (pages.next().unwrap_or(0.0), pages.next().unwrap_or(0.0));
    let heap = scope.heap_statistics();
    let all = [rss, vsize, heap.total_heap_size as f64, heap.used_heap_size as f64]
        .map(|bytes| number(scope, bytes));
    result.set(Array::new_with_elements(scope, &all).into());
}

/// `byteLength(text)`: as UTF-8.
pub(crate) fn byte_length(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let text = arguments.get(0).try_cast::<JsString>();
    let length = text.map_or(0, |text| text.utf8_length(scope));
    result.set_double(length as f64);
}

/// `errorText(errno)`.
pub(crate) fn error_message(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    result.set(string(scope, &error_text(arguments.i32(0).unwrap_or(0))));
}

/// `compile(source, origin)`: the completion value of a script.
pub(crate) fn compile<'s>(
    scope: &mut HandleScope<'s>,
    arguments: &Arguments<'s>,
    result: ReturnValue<'s>,
) {
    let (Some(source), Some(origin)) =
        (arguments.get(0).try_cast::<JsString>(), arguments.get(1).try_cast::<JsString>())
    else {
        return scope.throw_type_error("compile: the source and its origin must be strings");
    };
    let block = &mut TryCatch::new(scope);
    let script = Script::compile(block, source, Some(ScriptOrigin::named(origin)));
    match script.and_then(|script| script.run(block)) {
        Some(value) => result.set(value),
        None => rethrow(block),
    }
}

/// `compileModule(source, file, parameters…)`: a function around the source. A syntax error is
/// thrown with its place remembered.
pub(crate) fn compile_module<'s>(
    scope: &mut HandleScope<'s>,
    arguments: &Arguments<'s>,
    result: ReturnValue<'s>,
) {
    let (Some(source), Some(file)) =
        (arguments.get(0).try_cast::<JsString>(), arguments.get(1).try_cast::<JsString>())
    else {
        return;
    };
    let names: Vec<Local<'_, JsString>> =
        (2..arguments.len()).filter_map(|index| arguments.get(index).try_cast()).collect();
    let block = &mut TryCatch::new(scope);
    let source = Source::new(source, ScriptOrigin::named(file));
    match Function::compile(block, source, &names, &[]) {
        Some(function) => result.set(function.into()),
        None => rethrow(block),
    }
}

/// `callModule(function, this, arguments…)`: what is thrown keeps the place where it was thrown.
pub(crate) fn call_module<'s>(
    scope: &mut HandleScope<'s>,
    arguments: &Arguments<'s>,
    result: ReturnValue<'s>,
) {
    let Some(function) = arguments.get(0).try_cast::<Function>() else { return };
    let receiver = if arguments.len() > 1 { arguments.get(1) } else { undefined(scope).into() };
    let rest: Vec<Local<'_, Value>> =
        (2..arguments.len()).map(|index| arguments.get(index)).collect();
    let block = &mut TryCatch::new(scope);
    match function.call(block, receiver, &rest) {
        Some(value) => result.set(value),
        None => rethrow(block),
    }
}

pub(crate) fn rethrow(block: &mut TryCatch<'_, '_>) {
    report::remember(block);
    block.rethrow();
}

/// `clock()`: milliseconds since the start.
pub(crate) fn clock(scope: &mut HandleScope<'_>, _: &Arguments<'_>, result: ReturnValue<'_>) {
    result.set_double(Runtime::of(scope).clock().as_secs_f64() * 1000.0);
}
