//! Threads behind a bounded queue.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use avocet_backplane::{Error, Pending, Result};

/// A worker's side of a [`Queue`].
pub(crate) type Jobs<J> = Arc<Mutex<Receiver<J>>>;

/// Threads that take jobs from one bounded queue.
pub(crate) struct Queue<J> {
    sender: Mutex<Option<SyncSender<J>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl<J> fmt::Debug for Queue<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue")
    }
}

impl<J: Send + 'static> Queue<J> {
    /// Starts a thread for each of `workers`; they end when their queue is closed and empty.
    pub(crate) fn start<W>(name: &str, bound: usize, workers: Vec<W>) -> std::io::Result<Self>
    where
        W: FnOnce(Jobs<J>) + Send + 'static,
    {
        let (sender, jobs) = sync_channel(bound);
        let jobs = Arc::new(Mutex::new(jobs));
        let threads = workers
            .into_iter()
            .map(|worker| {
                let jobs = Arc::clone(&jobs);
                thread::Builder::new().name(name.into()).spawn(move || worker(jobs))
            })
            .collect::<std::io::Result<_>>()?;
        Ok(Self { sender: Mutex::new(Some(sender)), threads: Mutex::new(threads) })
    }

    /// Puts a job into the queue without waiting.
    pub(crate) fn send(&self, job: J) -> Result<()> {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        match sender.as_ref().ok_or(Error::Closed)?.try_send(job) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(Error::Busy),
            Err(TrySendError::Disconnected(_)) => Err(Error::Closed),
        }
    }

    /// Lets the threads finish what waits, and waits for them.
    pub(crate) fn close(&self) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has said so on standard error already.
            drop(thread.join());
        }
    }
}

/// The next job; `None` once the queue is closed and empty.
pub(crate) fn next<J>(jobs: &Jobs<J>) -> Option<J> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Result out of a oneshot; [`Error::Closed`] where its sender went away without an answer.
pub(crate) fn answer<T: Send + 'static>(receiver: oneshot::Receiver<Result<T>>) -> Pending<T> {
    Box::pin(async { receiver.await.unwrap_or(Err(Error::Closed)) })
}

/// A result that is there already.
pub(crate) fn ready<T: Send + 'static>(result: Result<T>) -> Pending<T> {
    Box::pin(std::future::ready(result))
}
