//! Keeps the pool of workers full.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::timeout;

use crate::Event;
use crate::process::Process;
use crate::shared::Shared;
use crate::spawned::Spawned;

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
        let missing = strong.pool.len() < strong.options.warm_processes;
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
    let retry_after = shared.options.restart.pause(failures);
    let program = &shared.options.launch.program;
    shared.options.logs.event(Event::StartFailed {
        namespace: None,
        reason: format!("a warm worker ({}) did not start: {error}", program.display()),
        retry_after,
    });
    retry_after
}

async fn add(shared: &Arc<Shared>) -> io::Result<()> {
    let mut worker = Spawned::spawn(&shared.runtime, &shared.options, &shared.processes, None)?;
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
    let process = worker.process.clone();
    let engine = worker.engine.clone().unwrap_or_default();
    let serial = pool.add(worker);
    let pid = process.pid();
    shared.options.logs.event(Event::WorkerReady { namespace: None, pid, engine });
    shared.runtime.spawn(forget_at_end(Arc::downgrade(shared), process, serial));
    if shared.closing.load(Ordering::Acquire) {
        pool.close();
    }
    Ok(())
}

/// Takes a worker out of the pool when it ends there.
async fn forget_at_end(shared: Weak<Shared>, process: Process, serial: u64) {
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
