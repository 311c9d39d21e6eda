//! Runs a script, with nothing else around it: for tests and measurements.

use std::process::ExitCode;

use avocet_evented::{Invocation, run_script};

fn main() -> ExitCode {
    match Invocation::of(std::env::args_os()) {
        Some(invocation) => invocation.run(|| Err("no addons are compiled here".into())),
        None => {
            let text = |arg: std::ffi::OsString| arg.to_string_lossy().into_owned();
            run_script(std::env::args_os().map(text).collect())
        }
    }
}
