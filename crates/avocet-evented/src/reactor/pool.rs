//! Threads for system calls that block: files and host names.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;

use super::{OnReady, Reactor, Source, Task};

/// Threads of the pool, as many as the original had: promises of file operations complete in any
/// order.
const THREADS: usize = 4;

type Job = Box<dyn FnOnce() -> Task + Send>;

/// Sender of tasks to JavaScript's turn, from any thread.
#[derive(Clone)]
pub(crate) struct Poster {
    done: Arc<Mutex<Vec<Task>>>,
    waker: Arc<OwnedFd>,
}

impl Poster {
    pub(crate) fn post(&self, task: Task) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        // A counter that is full already wakes the loop.
        let _ = rustix::io::write(&*self.waker, &1u64.to_ne_bytes());
    }
}

/// Counter that wakes the loop.
pub(super) struct Waker(Arc<OwnedFd>);

impl Source for Waker {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }

    fn on_ready(&self) -> OnReady {
        |scope, _, _| Reactor::of(scope).take_done()
    }
}

pub(crate) struct Pool {
    jobs: Sender<Job>,
    queue: Arc<Mutex<Receiver<Job>>>,
    done: Arc<Mutex<Vec<Task>>>,
    waker: Arc<OwnedFd>,
    threads: usize,
    /// Jobs under way.
    busy: usize,
}

impl Pool {
    pub(crate) fn new() -> Result<Self, Errno> {
        let (jobs, queue) = channel();
        let waker = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self {
            jobs,
            queue: Arc::new(Mutex::new(queue)),
            done: Arc::default(),
            waker: Arc::new(waker),
            threads: 0,
            busy: 0,
        })
    }

    /// The entry that is ready when other threads have done something.
    pub(super) fn waker(&self) -> Waker {
        Waker(self.waker.clone())
    }

    pub(crate) fn poster(&self) -> Poster {
        Poster { done: self.done.clone(), waker: self.waker.clone() }
    }

    /// Runs `job` on a thread of the pool, and what it gives in JavaScript's turn.
    pub(crate) fn run(&mut self, job: Job) {
        self.busy += 1;
        if self.threads < THREADS && self.threads < self.busy {
            self.spawn_thread();
        }
        // The receiver lives as long as the pool.
        drop(self.jobs.send(job));
    }

    /// Runs `job` as [`run`](Self::run) does, on a thread of its own: waiting for the network must
    /// not keep files waiting.
    pub(crate) fn run_apart(&mut self, job: Job) {
        self.busy += 1;
        let poster = self.poster();
        let job = Arc::new(Mutex::new(Some(job)));
        let taken = job.clone();
        let take =
            |job: &Mutex<Option<Job>>| job.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = std::thread::Builder::new().name("avocet-net".into());
        let spawned = thread.spawn(move || {
            if let Some(job) = take(&taken) {
                poster.post(job());
            }
        });
        if spawned.is_err()
            && let Some(job) = take(&job)
        {
            self.busy -= 1;
            self.run(job);
        }
    }

    /// Takes what is done.
    pub(super) fn take(&mut self) -> Vec<Task> {
        let mut count = [0; 8];
        let _ = rustix::io::read(&*self.waker, &mut count);
        let done = std::mem::take(&mut *self.done.lock().unwrap_or_else(PoisonError::into_inner));
        // Posted tasks were never counted.
        self.busy = self.busy.saturating_sub(done.len());
        done
    }

    fn spawn_thread(&mut self) {
        let (queue, poster) = (self.queue.clone(), self.poster());
        let work = move || {
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(job) = next else { return };
                poster.post(job());
            }
        };
        if std::thread::Builder::new().name("avocet-io".into()).spawn(work).is_ok() {
            self.threads += 1;
        }
    }
}
