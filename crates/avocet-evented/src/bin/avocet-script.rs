//! Runs a script, with nothing else around it: for tests and measurements.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    avocet_evented::run_script(args)
}
