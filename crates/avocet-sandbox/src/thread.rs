//! Threads as the system knows them: identity, processor time, priority.

use std::time::Duration;

/// Thread of this process.
pub(crate) type ThreadId = rustix::thread::Pid;

/// Steps by which a priority is lowered.
const NICE: i32 = 10;

/// The calling thread.
pub(crate) fn current_thread() -> ThreadId {
    thread_local!(static ID: ThreadId = rustix::thread::gettid());
    ID.with(|id| *id)
}

/// Processor time that a thread has used; `None` where the kernel does not report it.
pub(crate) fn processor_time(thread: ThreadId) -> Option<Duration> {
    let path = format!("/proc/self/task/{}/schedstat", thread.as_raw_nonzero());
    let text = std::fs::read_to_string(path).ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Lowers a thread's priority (on Linux the priority belongs to the thread). Only a courtesy to
/// the other functions: where it is refused, the scheduler shares the processor evenly.
pub(crate) fn lower(thread: ThreadId) {
    if rustix::process::setpriority_process(Some(thread), NICE).is_err() {
        // Nothing depends on it.
    }
}

/// Lowers the calling thread's priority, for work that can wait.
pub(crate) fn lower_this_thread() {
    lower(current_thread());
}

/// Whether the calling thread was lowered; it cannot be raised again.
pub(crate) fn is_lowered() -> bool {
    rustix::process::getpriority_process(Some(current_thread())).is_ok_and(|nice| nice >= NICE)
}
