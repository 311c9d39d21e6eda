//! The process itself: its surroundings, its end and its code.

use avocet_engine::ops as operations;
use avocet_engine::ops::{OpError, OrUndefined};
use avocet_v8::{
    Array, HandleScope, Local, Script, ScriptOrigin, String as JsString, TryCatch, Value,
};
use rustix::process::{Pid, Signal, kill_process, umask as set_umask};

use crate::convert::{error_text, list, number, string};
use crate::reactor::held;
use crate::{report, stdio};

include!("table.rs");

/// Names of the executable, the script and the script's own arguments.
pub(crate) struct Arguments(pub(crate) Vec<String>);

/// Ends the process after everything that was written is out.
pub(crate) fn leave(scope: &mut HandleScope<'_>, code: i32) -> ! {
    // Output of a listener of a connection is held back until it returns.
    held::release_all(scope);
    stdio::flush(scope);
    std::process::exit(code)
}

fn exit(scope: &mut HandleScope<'_>, code: i32) {
    leave(scope, code);
}

fn fatal(scope: &mut HandleScope<'_>, error: Local<'_, Value>) {
    let text = report::text_of(scope, error);
    stdio::flush(scope);
    stdio::write_error(format!("{text}\n").as_bytes());
    leave(scope, 1);
}

fn surroundings<'s>(scope: &mut HandleScope<'s>) -> Local<'s, Array> {
    let arguments = scope.slot::<Arguments>().map(|arguments| arguments.0.clone());
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (name, value) in std::env::vars_os() {
        names.push(name.into_encoded_bytes());
        values.push(value.into_encoded_bytes());
    }
    let arguments: Vec<Vec<u8>> =
        arguments.unwrap_or_default().into_iter().map(String::into_bytes).collect();
    let executable = std::env::current_exe().unwrap_or_default().display().to_string();
    let all = [
        list(scope, &arguments),
        list(scope, &names),
        list(scope, &values),
        number(scope, f64::from(std::process::id())),
        string(scope, &executable),
    ];
    Array::new_with_elements(scope, &all)
}

fn cwd(_: &mut HandleScope<'_>) -> Option<String> {
    std::env::current_dir().ok().map(|folder| folder.to_string_lossy().into_owned())
}

/// Text of a failure, if there is one.
fn failure(result: Result<(), rustix::io::Errno>) -> OrUndefined<String> {
    OrUndefined(result.err().map(|errno| error_text(errno.raw_os_error())))
}

fn chdir(_: &mut HandleScope<'_>, folder: String) -> OrUndefined<String> {
    failure(rustix::process::chdir(folder))
}

fn umask(_: &mut HandleScope<'_>, mask: i32) -> u32 {
    set_umask(rustix::fs::Mode::from_raw_mode(mask as u32 & 0o777)).as_raw_mode()
}

fn kill(_: &mut HandleScope<'_>, pid: f64, signal: f64) -> OrUndefined<String> {
    failure(send_signal(pid as i32, signal as i32))
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

fn memory(scope: &mut HandleScope<'_>) -> [f64; 4] {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let page = rustix::param::page_size() as f64;
    let mut pages = statm.split(' ').map(|pages| pages.parse::<f64>().unwrap_or(0.0) * page);
    let (vsize, rss) = (pages.next().unwrap_or(0.0), pages.next().unwrap_or(0.0));
    let heap = scope.heap_statistics();
    [rss, vsize, heap.total_heap_size as f64, heap.used_heap_size as f64]
}

fn compile<'s>(
    scope: &mut HandleScope<'s>,
    source: Local<'s, JsString>,
    origin: Local<'s, JsString>,
) -> Result<Local<'s, Value>, OpError> {
    let block = &mut TryCatch::new(scope);
    let script = Script::compile(block, source, Some(ScriptOrigin::named(origin)));
    match script.and_then(|script| script.run(block)) {
        Some(value) => Ok(value),
        None => Err(report::rethrow(block)),
    }
}
