//! Workers that are started in advance.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use avocet_frames::{CallId, Kind, VERSION, codec, head};
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::process::{self, Process};
use crate::supervisor::Shared;
use crate::sync::lock;
use crate::{Event, RestartPolicy};

/// A started worker with our end of its socket.
pub(crate) struct Spawned {
    pub(crate) process: Process,
    pub(crate) stream: UnixStream,
    /// What it sent after its hello.
    pub(crate) received: BytesMut,
    /// What it said that it is; `None` before its hello.
    pub(crate) engine: Option<String>,
}

impl Spawned {
    /// Starts one.
    pub(crate) fn spawn(shared: &Arc<Shared>, namespace: Option<&Arc<str>>) -> io::Result<Self> {
        let _runtime = shared.runtime.enter();
        let (process, stream) = process::spawn(&shared.options, &shared.processes)?;
        if let Some(namespace) = namespace {
            process.name(namespace);
        }
        Ok(Self { process, stream, received: BytesMut::new(), engine: None })
    }

    /// Exchanges hellos without naming a namespace.
    async fn greet(&mut self, warm: u32) -> io::Result<()> {
        let hello = head::Hello {
            version: VERSION,
            namespace: String::new(),
            pid: 0,
            engine: String::new(),
            warm,
        };
        let mut out = BytesMut::new();
        codec::put_json(&mut out, Kind::Hello, CallId::WORKER, &hello, &[]);
        self.stream.write_all(&out).await?;
        loop {
            if let Some(frame) = codec::take(&mut self.received).map_err(io::Error::other)? {
                if frame.kind != Kind::Hello {
                    continue;
                }
                let hello: head::Hello = serde_json::from_slice(&frame.head)?;
                if hello.version != VERSION {
                    let version = hello.version;
                    return Err(io::Error::other(format!(
                        "it speaks version {version} of the frames, the supervisor {VERSION}"
                    )));
                }
                self.engine = Some(hello.engine);
                return Ok(());
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// The pause before attempt number `failures` + 1: doubling, with up to a quarter of jitter.
pub(crate) fn pause(policy: &RestartPolicy, failures: u32) -> Duration {
    let doubled = policy.first.saturating_mul(1 << failures.saturating_sub(1).min(20));
    let pause = doubled.min(policy.max);
    pause + pause.mul_f64(jitter() / 4.0)
}

/// From 0 to 1. Hashing with fresh keys is random enough to spread restarts.
fn jitter() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64
}

/// Workers that wait to be taken.
#[derive(Default)]
pub(crate) struct Pool {
    ready: Mutex<Vec<(u64, Spawned)>>,
    serial: AtomicU64,
    /// The pool is not full, or over.
    refill: Arc<Notify>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("ready", &lock(&self.ready).len()).finish_non_exhaustive()
    }
}

impl Pool {
    /// Takes a worker for a namespace.
    pub(crate) fn take(&self, namespace: &Arc<str>) -> Option<Spawned> {
        let (_, worker) = lock(&self.ready).pop()?;
        self.refill.notify_one();
        worker.process.name(namespace);
        Some(worker)
    }

    /// Gives all workers up. Their sockets close, which they take as the end.
    pub(crate) fn close(&self) {
        lock(&self.ready).clear();
        self.refill.notify_one();
    }

    /// Takes out a worker that ended; `false` where it was taken before.
    fn forget(&self, serial: u64) -> bool {
        let mut ready = lock(&self.ready);
        let before = ready.len();
        ready.retain(|(other, _)| *other != serial);
        ready.len() < before
    }
}

/// Keeps the pool full as long as the supervisor lives.
pub(crate) async fn keep_full(shared: Weak<Shared>) {
    let mut failures = 0;
    loop {
        let Some(strong) = shared.upgrade() else { return };
        if strong.closing.load(Ordering::Acquire) {
            return;
        }
        let refill = strong.pool.refill.clone();
        let refill_after = strong.options.refill_after;
        let missing = lock(&strong.pool.ready).len() < strong.options.warm_processes;
        let pause = if !missing {
            None
        } else if let Err(error) = add(&strong).await {
            failures += 1;
            Some(report_failure(&strong, failures, &error))
        } else {
            failures = 0;
            continue;
        };
        drop(strong);
        match pause {
            Some(pause) => {
                // Whatever happens meanwhile, a program that does not start is not tried faster.
                tokio::time::sleep(pause).await;
            }
            None => {
                refill.notified().await;
                tokio::time::sleep(refill_after).await;
            }
        }
    }
}

fn report_failure(shared: &Shared, failures: u32, error: &io::Error) -> Duration {
    let retry_after = pause(&shared.options.restart, failures);
    let program = &shared.options.launch.program;
    shared.options.logs.event(Event::StartFailed {
        namespace: None,
        reason: format!("a warm worker ({}) did not start: {error}", program.display()),
        retry_after,
    });
    retry_after
}

async fn add(shared: &Arc<Shared>) -> io::Result<()> {
    let mut worker = Spawned::spawn(shared, None)?;
    let options = &shared.options;
    let greeted = timeout(options.start_within, worker.greet(options.warm_isolates)).await;
    let greeted = greeted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    if let Err(error) = greeted {
        worker.process.kill();
        let exit = worker.process.ended().await;
        let ended = match (worker.process.refusal(), exit) {
            (Some(refusal), _) => return Err(io::Error::other(refusal)),
            (None, Some(exit)) => format!(" ({exit})"),
            (None, None) => String::new(),
        };
        return Err(io::Error::new(error.kind(), format!("{error}{ended}")));
    }
    let pool = &shared.pool;
    let serial = pool.serial.fetch_add(1, Ordering::Relaxed);
    let process = worker.process.clone();
    let engine = worker.engine.clone().unwrap_or_default();
    lock(&pool.ready).push((serial, worker));
    let pid = process.pid();
    shared.options.logs.event(Event::WorkerReady { namespace: None, pid, engine });
    shared.runtime.spawn(watch(Arc::downgrade(shared), process, serial));
    if shared.closing.load(Ordering::Acquire) {
        pool.close();
    }
    Ok(())
}

/// Takes a worker out of the pool when it ends there.
async fn watch(shared: Weak<Shared>, process: Process, serial: u64) {
    let exit = process.ended().await;
    let Some(shared) = shared.upgrade() else { return };
    if !shared.pool.forget(serial) {
        return;
    }
    let reason = exit.map_or_else(|| "ended".to_owned(), |exit| exit.to_string());
    shared.options.logs.event(Event::WorkerExited {
        namespace: None,
        pid: process.pid(),
        exit,
        reason: format!("the warm worker process {} {reason}", process.pid()),
        expected: false,
        lost_calls: 0,
        retry_after: Duration::ZERO,
    });
    shared.pool.refill.notify_one();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_limit() {
        let policy = RestartPolicy {
            burst: 0,
            first: Duration::from_millis(100),
            max: Duration::from_secs(1),
            stable_after: Duration::ZERO,
        };
        for (failures, least) in [(1, 100), (2, 200), (3, 400), (5, 1000), (4_000_000, 1000)] {
            let got = pause(&policy, failures).as_millis();
            assert!((least..=least * 5 / 4).contains(&got), "{failures}: {got} ms");
        }
    }
}
