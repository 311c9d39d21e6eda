//! The end of a worker.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use avocet_frames::head::Level;
use tokio::time::Instant;

use super::calls::{Slot, Wire};
use super::effects::Effects;
use super::link::{Link, Up};
use super::receive::Violation;
use super::{Core, Worker};
use crate::process::Process;
use crate::{CallError, Event, Exit, FailureKind, LoadError, LogLine};

/// Longest time between the end of a worker's socket and its own end, in whichever order.
pub(super) const END_GRACE: Duration = Duration::from_secs(1);

/// Reason for which a link ended.
#[derive(Debug)]
pub(super) enum Cause {
    /// The worker closed its socket: most likely by ending.
    Closed,
    /// The socket is broken.
    Io(io::Error),
    /// A task that serves it here failed.
    Defect,
    /// The worker broke the protocol.
    Violation(Violation),
}

/// Report of a worker that ended.
struct EndReport {
    pid: u32,
    exit: Option<Exit>,
    reason: String,
    /// Failure that its calls are answered with.
    kind: FailureKind,
    /// Whether it was asked to end.
    expected: bool,
    /// Whether it said hello.
    greeted: bool,
    /// Whether it was killed for something that it owed.
    killed: bool,
    lived: Duration,
}

impl Worker {
    /// Ends the link: waits for the process (kills it where it broke the rules or stays), then
    /// answers what it left unanswered.
    pub(super) async fn finish(self: &Arc<Self>, cause: Cause, process: Process) {
        let up = self.lock().disconnect();
        if !matches!(cause, Cause::Closed) {
            process.kill();
        }
        let exit = process.ended_within(END_GRACE).await;
        if let Some(mut up) = up {
            self.step(|core, effects| {
                if up.killed.is_none() && process.ran_out_of_memory() {
                    core.kill_for_memory(&mut up, effects);
                }
                core.conclude(self, EndReport::new(&up, &cause, exit), effects);
            });
            self.revive();
        }
    }
}

impl EndReport {
    fn new(up: &Up, cause: &Cause, exit: Option<Exit>) -> Self {
        let ended = exit.map_or_else(|| "ended".to_owned(), |exit| exit.to_string());
        let reason = match (&up.killed, cause) {
            _ if up.process.refusal().is_some() => {
                format!("did not begin: {}", up.process.refusal().unwrap_or_default())
            }
            (Some(killed), _) => format!("was killed: {}", killed.reason),
            (None, Cause::Violation(violation)) => format!("was killed: {violation}"),
            (None, Cause::Io(error)) => format!("was killed: its socket failed: {error}"),
            (None, Cause::Defect) => "was killed: the supervisor failed at serving it".to_owned(),
            (None, Cause::Closed) => ended,
        };
        let clean = exit.is_some_and(|exit| exit.code == Some(0));
        Self {
            pid: up.process.pid(),
            exit,
            reason,
            kind: up.killed.as_ref().map_or(FailureKind::Crashed, |killed| killed.kind),
            expected: up.leaving.is_some() && up.killed.is_none() && clean,
            greeted: up.ready,
            killed: up.killed.is_some(),
            lived: up.started.elapsed(),
        }
    }
}

impl Core {
    /// Takes the link away; calls wait from here on.
    fn disconnect(&mut self) -> Option<Box<Up>> {
        match std::mem::replace(&mut self.link, Link::Ending) {
            Link::Up(up) => Some(up),
            other => {
                self.link = other;
                None
            }
        }
    }

    /// Answers what a worker left unanswered and decides when the next one may start.
    fn conclude(&mut self, worker: &Worker, gone: EndReport, effects: &mut Effects) {
        let reason = format!("the worker process {} {}", gone.pid, gone.reason);
        let suspects =
            if self.single || !gone.greeted { Vec::new() } else { self.suspects(gone.killed) };
        let lost = self.fail_calls(gone.kind, &reason, effects);
        let lost_calls = lost.values().sum();
        self.report(worker, &lost, &reason, effects);
        self.put_all_to_sleep(&reason, effects);
        let held_back = match suspects.is_empty() {
            true => Duration::ZERO,
            false => self.blame(worker, &suspects),
        };
        let worker_pause = if gone.expected && lost_calls == 0 {
            Duration::ZERO
        } else {
            self.count_death(worker, gone.lived, !suspects.is_empty())
        };
        let retry_after = worker_pause.max(held_back);
        self.link = if worker_pause.is_zero() {
            Link::Down
        } else {
            // Callers see this; why it ended is in the log.
            let reason = format!("namespace {} is being restarted after a crash", worker.namespace);
            Link::BackOff { until: Instant::now() + worker_pause, reason }
        };
        let expected = gone.expected;
        let level = if expected { Level::Debug } else { Level::Error };
        effects.lines.push(line(worker, level, reason.clone()));
        effects.events.push(Event::WorkerExited {
            namespace: Some(worker.namespace.clone()),
            pid: gone.pid,
            exit: gone.exit,
            reason,
            expected,
            lost_calls,
            retry_after,
        });
        effects.changed = true;
    }

    /// Counts a death; gives the pause before the next worker, none where functions are `blamed`.
    fn count_death(&mut self, worker: &Worker, lived: Duration, blamed: bool) -> Duration {
        let policy = &worker.shared.options.restart;
        self.deaths += 1;
        if blamed {
            return Duration::ZERO;
        }
        self.failures = if lived >= policy.stable_after { 1 } else { self.failures + 1 };
        match self.failures.checked_sub(policy.burst) {
            None | Some(0) => Duration::ZERO,
            Some(over) => policy.pause(over),
        }
    }

    /// Answers every open call; gives how many each function lost.
    fn fail_calls(
        &mut self,
        kind: FailureKind,
        reason: &str,
        effects: &mut Effects,
    ) -> BTreeMap<usize, u32> {
        let mut lost = BTreeMap::new();
        for number in self.calls.select(|slot: &Slot| slot.wire != Wire::Closed) {
            let Some(slot) = self.calls.find(number) else { continue };
            if slot.wire == Wire::Open {
                slot.settle(CallError::new(kind, reason));
                effects.wake(slot.waker.take());
                *lost.entry(slot.function).or_insert(0) += 1;
                self.close(number, Wire::Closed);
            } else {
                self.calls.set_wire(number, Wire::Closed);
            }
        }
        lost
    }

    /// Writes to the log of each function that lost calls.
    fn report(
        &self,
        worker: &Worker,
        lost: &BTreeMap<usize, u32>,
        reason: &str,
        effects: &mut Effects,
    ) {
        for (key, count) in lost {
            let function = self.functions.get(*key).map(|entry| entry.definition.clone());
            let text = format!("{reason}; {count} calls in flight were answered with an error");
            effects.lines.push(LogLine { function, ..line(worker, Level::Error, text) });
        }
    }

    fn put_all_to_sleep(&mut self, reason: &str, effects: &mut Effects) {
        self.numbers.clear();
        for (_, entry) in &mut self.functions {
            let error = CallError::new(FailureKind::Crashed, reason);
            effects.answer_loads(entry.put_to_sleep(), &Err(LoadError::Failed(error)));
        }
    }
}

fn line(worker: &Worker, level: Level, text: String) -> LogLine {
    LogLine { namespace: Some(worker.namespace.clone()), ..LogLine::platform(level, text) }
}
