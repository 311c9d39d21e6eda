//! Work that is done after the lock is released.

use std::sync::Arc;
use std::task::Waker;

use super::Worker;
use super::functions::LoadWaiter;
use super::services::HostJob;
use crate::{Event, LoadError, Loaded, LogLine, Span};

/// Collected under the lock, done without it: wakers and sinks are foreign code that may call
/// back.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) wakers: Vec<Waker>,
    pub(super) lines: Vec<LogLine>,
    pub(super) spans: Vec<Span>,
    pub(super) events: Vec<Event>,
    pub(super) loads: Vec<(LoadWaiter, Result<Loaded, LoadError>)>,
    pub(super) hosts: Vec<HostJob>,
    /// Calls that wait may try again.
    pub(super) changed: bool,
    /// An instance may take calls that wait for one.
    pub(super) room: bool,
}

impl Effects {
    pub(super) fn wake(&mut self, waker: Option<Waker>) {
        self.wakers.extend(waker);
    }

    pub(super) fn answer_loads(
        &mut self,
        waiters: Vec<LoadWaiter>,
        result: &Result<Loaded, LoadError>,
    ) {
        self.loads.extend(waiters.into_iter().map(|waiter| (waiter, result.clone())));
    }

    /// Does it all; what is left can be filled again.
    pub(super) fn run(&mut self, worker: &Arc<Worker>) {
        for waker in self.wakers.drain(..) {
            waker.wake();
        }
        let sink = &worker.shared.options.logs;
        for line in self.lines.drain(..) {
            sink.log(line);
        }
        for span in self.spans.drain(..) {
            sink.span(span);
        }
        for (waiter, result) in self.loads.drain(..) {
            // Whoever waited may have gone.
            let _ = waiter.send(result);
        }
        for event in self.events.drain(..) {
            sink.event(event);
        }
        for job in self.hosts.drain(..) {
            job.start(worker);
        }
        if std::mem::take(&mut self.changed) {
            worker.changed.notify_waiters();
            self.room = true;
        }
        if std::mem::take(&mut self.room)
            && let Some(room) = &worker.room
        {
            room.notify_waiters();
        }
    }
}
