//! The thread that starts processes.
//!
//! A process asks the system to kill it with its parent, since one that is busy never sees its
//! socket close. The system ties that to the *thread* that started the process, so one thread, which
//! lives as long as this process, starts them all.

use std::io;
use std::sync::{LazyLock, mpsc};
use std::thread;

type Job = Box<dyn FnOnce() + Send>;

static STARTER: LazyLock<io::Result<mpsc::Sender<Job>>> = LazyLock::new(|| {
    let (jobs, queue) = mpsc::channel::<Job>();
    let run = move || queue.into_iter().for_each(|job| job());
    thread::Builder::new().name("starter".to_owned()).spawn(run)?;
    Ok(jobs)
});

/// Runs `start` on the thread that lives as long as this process, and waits for it.
///
/// # Errors
/// Where the system gives no thread, or an earlier `start` panicked.
pub fn on_starter<T: Send + 'static>(start: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let jobs = STARTER.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
    let (tell, told) = mpsc::sync_channel(1);
    let job = move || {
        // Whoever asked waits for the answer.
        let _ = tell.send(start());
    };
    let over = || io::Error::other("the thread that starts processes ended");
    jobs.send(Box::new(job)).map_err(|_| over())?;
    told.recv().map_err(|_| over())
}
