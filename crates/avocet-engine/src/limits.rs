//! Limits of heap, wall-clock time and processor time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use avocet_v8::{IsolateHandle, NearHeapLimitFn};

/// What an isolate over its limit gets once more, to unwind in: a built-in function that is in the
/// middle of a large allocation finishes it first, and V8 ends the process where it cannot.
const UNWIND: usize = 64 << 20;

/// Lets the heap grow to `limit` bytes (which may change meanwhile), then calls `over`, which is
/// to terminate execution.
pub fn heap_limit(limit: Arc<AtomicUsize>, over: impl Fn() + Send + 'static) -> NearHeapLimitFn {
    Box::new(move |_, current, _| {
        let limit = limit.load(Ordering::Relaxed);
        if current < limit {
            return limit.min(current.saturating_mul(2));
        }
        over();
        current + UNWIND.max(limit)
    })
}

/// Limits of time for what a thread runs from now on.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimeLimits {
    /// Wall-clock time.
    pub wall: Option<Duration>,
    /// The calling thread's processor time.
    pub processor: Option<Duration>,
}

/// Terminates execution in one isolate when its time is over, until it is dropped.
#[derive(Debug)]
pub struct Watchdog {
    quiet: Option<Sender<()>>,
    thread: Option<JoinHandle<bool>>,
}

/// How often the processor time is looked at once it could be used up.
const LOOK: Duration = Duration::from_millis(5);

impl Watchdog {
    /// Watches what the calling thread runs in the isolate of `handle`.
    pub fn start(handle: IsolateHandle, limits: TimeLimits) -> std::io::Result<Self> {
        let (quiet, ended) = channel::<()>();
        let watched = rustix::thread::gettid();
        let begin = (Instant::now(), processor_time(watched));
        let thread =
            std::thread::Builder::new().name("avocet-watchdog".into()).spawn(move || {
                loop {
                    let wall = begin.0.elapsed();
                    let used = processor_time(watched).saturating_sub(begin.1);
                    let left_wall = limits.wall.map(|limit| limit.saturating_sub(wall));
                    let left_processor =
                        limits.processor.map(|limit| limit.saturating_sub(used).max(LOOK));
                    if left_wall == Some(Duration::ZERO)
                        || limits.processor.is_some_and(|limit| used >= limit)
                    {
                        handle.terminate_execution();
                        return true;
                    }
                    let wait = left_wall.into_iter().chain(left_processor).min();
                    match ended.recv_timeout(wait.unwrap_or(Duration::MAX)) {
                        Err(RecvTimeoutError::Timeout) => {}
                        _ => return false,
                    }
                }
            })?;
        Ok(Self { quiet: Some(quiet), thread: Some(thread) })
    }

    /// Ends the watch; whether it had terminated execution.
    pub fn stop(mut self) -> bool {
        self.end()
    }

    fn end(&mut self) -> bool {
        self.quiet = None;
        self.thread.take().is_some_and(|thread| thread.join().unwrap_or(false))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.end();
    }
}

/// Processor time that a thread of this process has used; zero where the kernel does not tell.
fn processor_time(thread: rustix::thread::Pid) -> Duration {
    let path = format!("/proc/self/task/{}/schedstat", thread.as_raw_nonzero());
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|text| text.parse().ok());
    nanoseconds.map_or(Duration::ZERO, Duration::from_nanos)
}
