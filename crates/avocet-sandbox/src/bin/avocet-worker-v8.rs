//! The V8 worker as a program of its own, for tests and benchmarks of this crate. The product's
//! is the hidden subcommand `avocet worker-v8`.

use std::process::ExitCode;

fn main() -> ExitCode {
    avocet_sandbox::run_worker()
}
