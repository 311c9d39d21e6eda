//! The three tasks that serve a link: reader, writer, timer.

use std::future::Future;
use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use super::Worker;
use super::effects::Effects;
use super::end::{Cause, END_GRACE};
use super::link::{Signals, Up};
use super::outbox::Batch;
use crate::process::Process;

/// Bytes that the reader asks for at least.
const READ: usize = 64 * 1024;

/// Room in the buffer below which it gets a new one.
const READ_MIN: usize = 16 * 1024;

/// Starts the tasks. `received` is what was read from the socket before.
pub(super) fn serve(
    worker: &Arc<Worker>,
    epoch: u64,
    up: &Up,
    stream: UnixStream,
    received: BytesMut,
) {
    let (read_half, write_half) = stream.into_split();
    let runtime = &worker.shared.runtime;
    let (worker, signals) = (worker.clone(), up.signals.clone());
    let writer = runtime.spawn(write(worker.clone(), epoch, signals.clone(), write_half));
    let mut timer = runtime.spawn(keep_time(worker.clone(), epoch, signals));
    let process = up.process.clone();
    let mut reader = {
        let (worker, process) = (worker.clone(), process.clone());
        runtime.spawn(async move {
            read_while(&process, read(&worker, epoch, read_half, received)).await
        })
    };
    runtime.spawn(async move {
        // Only a defect (a sink that panics) ends a task early; the worker must not stay half
        // served then.
        let cause = tokio::select! {
            cause = &mut reader => cause.unwrap_or(Cause::Defect),
            Err(_) = &mut timer => Cause::Defect,
        };
        for task in [reader.abort_handle(), writer.abort_handle(), timer.abort_handle()] {
            task.abort();
        }
        worker.finish(cause, process).await;
    });
}

/// Reads until the socket ends, or at last a while after the process did: somebody else may hold
/// the other end.
async fn read_while(process: &Process, read: impl Future<Output = Cause>) -> Cause {
    tokio::pin!(read);
    tokio::select! {
        biased;
        cause = &mut read => return cause,
        _ = process.ended() => {}
    }
    timeout(END_GRACE, read).await.unwrap_or(Cause::Closed)
}

async fn read(
    worker: &Arc<Worker>,
    epoch: u64,
    mut socket: OwnedReadHalf,
    mut received: BytesMut,
) -> Cause {
    let mut effects = Effects::default();
    loop {
        let handled = worker.receive(epoch, &mut received, &mut effects);
        effects.run(worker);
        if let Err(violation) = handled {
            return Cause::Violation(violation);
        }
        if received.capacity() - received.len() < READ_MIN {
            received.reserve(READ);
        }
        match socket.read_buf(&mut received).await {
            Ok(0) => return Cause::Closed,
            Ok(_) => {}
            // The end of a worker that had not read everything.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Cause::Closed,
            Err(error) => return Cause::Io(error),
        }
    }
}

async fn write(worker: Arc<Worker>, epoch: u64, signals: Arc<Signals>, socket: OwnedWriteHalf) {
    let mut batch = Batch::default();
    let mut written = 0;
    loop {
        match worker.next_batch(epoch, &mut batch, written) {
            Next::Batch => {
                // Where the socket is broken the reader finds out as well, and ends the link.
                let Ok(bytes) = batch.flush(&socket).await else { return };
                written = bytes;
            }
            Next::Nothing => {
                written = 0;
                signals.write.notified().await;
            }
            Next::Over => return,
        }
    }
}

async fn keep_time(worker: Arc<Worker>, epoch: u64, signals: Arc<Signals>) {
    while let Some(pause) = worker.check_deadlines(epoch) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = signals.timer.notified() => {}
        }
    }
}

enum Next {
    Batch,
    Nothing,
    Over,
}

impl Worker {
    /// Takes what is queued, after `written` bytes of the last batch are out.
    fn next_batch(&self, epoch: u64, batch: &mut Batch, written: usize) -> Next {
        let mut core = self.lock();
        let waiting = core.waiting > 0;
        if core.epoch != epoch {
            return Next::Over;
        }
        let Some(up) = core.link.up() else { return Next::Over };
        up.out.queued -= written;
        let room = up.out.queued <= self.shared.options.max_out_bytes / 2;
        up.writing = up.out.swap(batch);
        let next = if up.writing { Next::Batch } else { Next::Nothing };
        drop(core);
        if waiting && written > 0 && room {
            self.changed.notify_waiters();
        }
        next
    }
}
