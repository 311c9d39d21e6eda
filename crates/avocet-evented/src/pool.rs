//! Threads for system calls that block: files and host names.

use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;

use crate::runtime::Task;

/// As many as the original had; promises of file operations complete in any order.
const THREADS: usize = 4;

type Job = Box<dyn FnOnce() -> Task + Send>;

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

    pub(crate) fn waker(&self) -> Arc<OwnedFd> {
        self.waker.clone()
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

    /// As [`run`](Self::run) on a thread of its own: what waits for the network must not keep
    /// files waiting.
    pub(crate) fn run_apart(&mut self, job: Job) {
        self.busy += 1;
        let (done, waker) = (self.done.clone(), self.waker.clone());
        let spawned = std::thread::Builder::new().name("avocet-net".into()).spawn(move || {
            let task = job();
            done.lock().unwrap_or_else(PoisonError::into_inner).push(task);
            let _ = rustix::io::write(&*waker, &1u64.to_ne_bytes());
        });
        if spawned.is_err() {
            self.busy -= 1;
        }
    }

    /// Takes what is done.
    pub(crate) fn take(&mut self) -> Vec<Task> {
        let mut count = [0; 8];
        let _ = rustix::io::read(&*self.waker, &mut count);
        let done = std::mem::take(&mut *self.done.lock().unwrap_or_else(PoisonError::into_inner));
        self.busy -= done.len();
        done
    }

    fn spawn_thread(&mut self) {
        let (queue, done, waker) = (self.queue.clone(), self.done.clone(), self.waker.clone());
        let work = move || {
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(job) = next else { return };
                let task = job();
                done.lock().unwrap_or_else(PoisonError::into_inner).push(task);
                let _ = rustix::io::write(&*waker, &1u64.to_ne_bytes());
            }
        };
        if std::thread::Builder::new().name("avocet-io".into()).spawn(work).is_ok() {
            self.threads += 1;
        }
    }
}
