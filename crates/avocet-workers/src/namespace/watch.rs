//! What time brings: deadlines, pings, idle functions, an idle worker.

use std::sync::Arc;
use std::time::Duration;

use avocet_frames::{CallId, Kind};
use tokio::time::Instant;

use super::calls::{Slot, Wire};
use super::effects::Effects;
use super::functions::Place;
use super::{Core, Namespace};
use crate::{CallError, FailureKind, LoadError, SupervisorOptions};

impl Namespace {
    /// Looks at everything that depends on time; gives how long until the next look, `None` where
    /// the link is over.
    pub(super) fn look(self: &Arc<Self>, epoch: u64) -> Option<Duration> {
        self.step(|core, effects| {
            if core.epoch != epoch {
                return None;
            }
            core.look(&self.shared.options, Instant::now(), effects)
        })
    }
}

impl Core {
    fn look(
        &mut self,
        options: &SupervisorOptions,
        now: Instant,
        effects: &mut Effects,
    ) -> Option<Duration> {
        self.link.up()?;
        self.time_out_calls(now, effects);
        let next_look = self
            .time_out_loads(options, now, effects)
            .min(self.put_idle_to_sleep(options, now, effects))
            .min(self.end_when_empty(options, now));
        self.ping(options, now);
        self.kill_where_due(options, now);
        let watchful = self.calls.open + self.calls.cancelled > 0;
        let up = self.link.up()?;
        let active = std::mem::take(&mut up.active);
        let starts_or_ends = !up.ready || up.leaving.is_some() || up.stuck_since.is_some();
        up.dozing = !(watchful || active || starts_or_ends);
        Some(if up.dozing { next_look.max(options.tick) } else { options.tick })
    }

    fn time_out_calls(&mut self, now: Instant, effects: &mut Effects) {
        if self.calls.open == 0 {
            return;
        }
        let late = |slot: &Slot| slot.wire == Wire::Open && slot.deadline <= now;
        for number in self.calls.select(late) {
            let Some(slot) = self.calls.find(number) else { continue };
            let entry = self.functions.get(slot.function);
            let (name, limit) = entry.map_or(("", 0), |e| (e.name(), e.timeout.as_millis()));
            let message = format!("{name} did not end within its time limit of {limit} ms");
            slot.settle(CallError::new(FailureKind::Timeout, message));
            effects.wake(slot.waker.take());
            self.give_up(number);
        }
    }

    /// Gives up loads that take too long; gives the time until the next may be due.
    fn time_out_loads(
        &mut self,
        options: &SupervisorOptions,
        now: Instant,
        effects: &mut Effects,
    ) -> Duration {
        let limit = options.load_timeout;
        let Some(up) = self.link.up() else { return limit };
        if now < up.load_check {
            return up.load_check - now;
        }
        let mut next = now + limit;
        let mut late = Vec::new();
        for (number, key) in &self.numbers {
            let Some(entry) = self.functions.get(*key) else { continue };
            let Place::Loading { since, .. } = entry.place else { continue };
            if since + limit > now {
                next = next.min(since + limit);
            } else {
                late.push((*number, entry.name().to_owned()));
            }
        }
        up.load_check = next;
        for (number, name) in late {
            let message = format!("{name} did not load within {} ms", limit.as_millis());
            let error = CallError::new(FailureKind::NotLoaded, message);
            self.load_failed(number, &error, &LoadError::Failed(error.clone()), effects);
        }
        next - now
    }

    /// Unloads functions that had no call for long; gives the time until the next may be due.
    fn put_idle_to_sleep(
        &mut self,
        options: &SupervisorOptions,
        now: Instant,
        effects: &mut Effects,
    ) -> Duration {
        let Some(up) = self.link.up() else { return options.idle_after };
        if now < up.idle_check {
            return up.idle_check - now;
        }
        let mut next = now + options.idle_after;
        let mut due = Vec::new();
        for key in self.numbers.values() {
            let Some(entry) = self.functions.get_mut(*key) else { continue };
            if entry.in_flight > 0 {
                entry.last_used = now;
            }
            let at = entry.last_used + options.idle_after;
            if at > now {
                next = next.min(at);
            } else if matches!(entry.place, Place::Awake { .. }) {
                due.push(*key);
            }
        }
        for key in due {
            self.unload(key, effects, || {
                CallError::new(FailureKind::NotLoaded, "the function was put to sleep")
            });
        }
        if let Some(up) = self.link.up() {
            up.idle_check = next;
        }
        next - now
    }

    /// Asks a worker to end in which no function has been awake for long; gives the time until
    /// that may be due.
    fn end_when_empty(&mut self, options: &SupervisorOptions, now: Instant) -> Duration {
        let empty = self.numbers.is_empty() && self.calls.len() == 0;
        let Some(up) = self.link.up() else { return options.worker_idle_after };
        if !empty {
            up.empty_since = None;
            return options.worker_idle_after;
        }
        let since = *up.empty_since.get_or_insert(now);
        let due = since + options.worker_idle_after;
        if due > now {
            return due - now;
        }
        if up.leaving.is_none() {
            self.ask_to_end();
        }
        options.tick
    }

    /// Pings a worker that has something to do: whether it lives, and to free the slots of calls
    /// that were given up.
    fn ping(&mut self, options: &SupervisorOptions, now: Instant) {
        let (open, cancelled) = (self.calls.open, self.calls.cancelled);
        let Some(up) = self.link.up() else { return };
        let wanted = open + cancelled > 0 || up.stuck_since.is_some();
        let soon = cancelled > 0 || now.duration_since(up.ping.sent_at) >= options.ping_every;
        if wanted && soon && up.ready && up.ping.sent == up.ping.answered {
            up.ping.sent += 1;
            up.ping.sent_at = now;
            up.out.bare(Kind::Ping, CallId::WORKER);
            up.write_soon();
        }
    }

    fn kill_where_due(&mut self, options: &SupervisorOptions, now: Instant) {
        let open = self.calls.open;
        let Some(up) = self.link.up() else { return };
        if std::mem::take(&mut up.ping.heard) {
            up.ping.heard_at = now;
        }
        if open > 0 && up.leaving.is_some() {
            up.leaving = Some(now);
        }
        let over = |since: Instant, limit: Duration| now.duration_since(since) >= limit;
        let silent_since = up.ping.sent_at.max(up.ping.heard_at);
        let ms = |limit: Duration| limit.as_millis();
        if !up.ready && over(up.started, options.start_within) {
            up.kill(format!("it did not say hello within {} ms", ms(options.start_within)));
        } else if up.leaving.is_some_and(|since| over(since, options.end_within)) {
            up.kill(format!("it did not end within {} ms", ms(options.end_within)));
        } else if up.ping.sent > up.ping.answered && over(silent_since, options.pong_within) {
            up.kill(format!("it did not answer a ping within {} ms", ms(options.pong_within)));
        } else if up.stuck_since.is_some_and(|since| over(since, options.cancel_within)) {
            let limit = ms(options.cancel_within);
            up.kill(format!("it went on with calls that were given up, for {limit} ms"));
        }
    }
}
