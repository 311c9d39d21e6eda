//! Runs a script, with nothing else around it: for tests and measurements. With `AVOCET_SKIP_WAITS`
//! in the environment its timers do not wait.

use std::process::ExitCode;

use avocet_evented::{Invocation, run_script, run_script_skipping_waits};

fn main() -> ExitCode {
    let text = |arg: std::ffi::OsString| arg.to_string_lossy().into_owned();
    if std::env::var_os("AVOCET_SKIP_WAITS").is_some() {
        return run_script_skipping_waits(std::env::args_os().map(text).collect());
    }
    match Invocation::of(std::env::args_os()) {
        Some(invocation) => invocation.run(|| Err("no addons are compiled here".into())),
        None => run_script(std::env::args_os().map(text).collect()),
    }
}
