//! The limits of a function, as the monitor holds them and as people read of them: each text names
//! the limit and its setting.

use std::time::Duration;

use avocet_frames::head::SourceError;

use crate::current_piece::WorkLimits;
use crate::program::Program;

/// Limits of a call.
pub(crate) fn call_limits(program: &Program) -> WorkLimits {
    let cpu = program.head.limits.cpu_ms;
    WorkLimits { wall: program.timeout(), cpu: (cpu > 0).then(|| Duration::from_millis(cpu)) }
}

/// A call over its wall-clock time.
pub(crate) fn timeout_message(program: &Program) -> String {
    let limit = seconds(program.head.limits.timeout_ms);
    format!("the call took longer than {limit} (spec.timeout)")
}

/// An instance over its memory.
pub(crate) fn heap_message(program: &Program) -> String {
    let limit = mebibytes(program.head.limits.heap_bytes);
    format!("the function used more than {limit} of memory (spec.resourceConfiguration.function)")
}

/// A piece of work over its processor time.
pub(crate) fn cpu_message(program: &Program) -> String {
    let limit = seconds(program.head.limits.cpu_ms);
    format!("the call used more than {limit} of processor time (spec.cpuTime)")
}

/// A call that waited for its turn for longer than it may take.
pub(crate) fn queue_message(program: &Program) -> String {
    let limit = seconds(program.head.limits.timeout_ms);
    format!("the call waited for its turn for longer than {limit} (spec.timeout)")
}

/// Code that does not become ready in time.
pub(crate) fn load_timeout(program: &Program) -> SourceError {
    let limit = seconds(program.load_limit().as_millis() as u64);
    let entry = &program.head.entry;
    SourceError {
        message: format!("'{entry}' did not finish loading within {limit}"),
        file: Some(entry.clone()),
        ..SourceError::default()
    }
}

/// A time as people set it: `2 s`, `0.5 s`.
fn seconds(milliseconds: u64) -> String {
    format!("{} s", milliseconds as f64 / 1000.0)
}

/// A size as people set it: `128 MiB`, `1.5 MiB`.
fn mebibytes(bytes: u64) -> String {
    let mebibytes = format!("{:.2}", bytes as f64 / f64::from(1 << 20));
    format!("{} MiB", mebibytes.trim_end_matches('0').trim_end_matches('.'))
}
