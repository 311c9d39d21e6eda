//! What time brings: deadlines, pings, idle functions, an idle worker.

use std::sync::Arc;
use std::time::Duration;

use avocet_frames::{CallId, Kind};
use tokio::time::Instant;

use super::calls::Wire;
use super::effects::Effects;
use super::functions::Place;
use super::{Core, Namespace};
use crate::{CallError, FailureKind, LoadError, SupervisorOptions};

/// When to look again where nothing is due: whatever changes that, wakes the watch.
const REST: Duration = Duration::from_secs(3600);

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
        let next = self
            .time_out_calls(options, now, effects)
            .min(self.time_out_loads(options, now, effects))
            .min(self.put_idle_to_sleep(options, now, effects))
            .min(self.end_when_empty(options, now))
            .min(self.ping(options, now))
            .min(self.kill_where_due(options, now));
        let up = self.link.up()?;
        // While calls come, a look each tick costs less than being woken by them.
        up.dozing = !std::mem::take(&mut up.active);
        Some(if up.dozing { (next - now).max(options.tick) } else { options.tick })
    }

    /// Gives up calls over their time. Like its siblings, it gives the time of its next look.
    fn time_out_calls(
        &mut self,
        options: &SupervisorOptions,
        now: Instant,
        effects: &mut Effects,
    ) -> Instant {
        if self.calls.open == 0 {
            return now + REST;
        }
        // Calls end without a word to the watch: while there are any, it looks now and then.
        let mut next = now + options.ping_every;
        let late = self.calls.select(|slot| {
            let open = slot.wire == Wire::Open;
            if open && slot.deadline > now {
                next = next.min(slot.deadline);
            }
            open && slot.deadline <= now
        });
        for number in late {
            let Some(slot) = self.calls.find(number) else { continue };
            let entry = self.functions.get(slot.function);
            let (name, limit) = entry.map_or(("", 0), |e| (e.name(), e.timeout.as_millis()));
            let message = format!("{name} did not end within its time limit of {limit} ms");
            slot.settle(CallError::new(FailureKind::Timeout, message));
            effects.wake(slot.waker.take());
            self.give_up(number);
        }
        next
    }

    /// Gives up loads that take too long.
    fn time_out_loads(
        &mut self,
        options: &SupervisorOptions,
        now: Instant,
        effects: &mut Effects,
    ) -> Instant {
        let limit = options.load_timeout;
        let Some(up) = self.link.up() else { return now };
        if now < up.load_check {
            return up.load_check;
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
        next
    }

    /// Unloads functions that had no call for long.
    fn put_idle_to_sleep(
        &mut self,
        options: &SupervisorOptions,
        now: Instant,
        effects: &mut Effects,
    ) -> Instant {
        let Some(up) = self.link.up() else { return now };
        if now < up.idle_check {
            return up.idle_check;
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
        next
    }

    /// Asks a worker to end in which no function has been awake for long.
    fn end_when_empty(&mut self, options: &SupervisorOptions, now: Instant) -> Instant {
        let empty = self.numbers.is_empty() && self.calls.len() == 0;
        let later = now + options.worker_idle_after;
        let Some(up) = self.link.up() else { return later };
        if !empty || up.leaving.is_some() {
            up.empty_since = None;
            return later;
        }
        let due = *up.empty_since.get_or_insert(now) + options.worker_idle_after;
        if due <= now {
            self.ask_to_end();
        }
        due
    }

    /// Pings a worker that has something to do: whether it lives, and to free the slots of calls
    /// that were given up.
    fn ping(&mut self, options: &SupervisorOptions, now: Instant) -> Instant {
        let (open, cancelled) = (self.calls.open, self.calls.cancelled);
        let Some(up) = self.link.up() else { return now };
        let busy = open + cancelled > 0 || up.stuck_since.is_some();
        if !busy {
            return now + REST;
        }
        if !up.ready || up.ping.sent > up.ping.answered {
            return now + options.ping_every;
        }
        let due = up.ping.sent_at + options.ping_every;
        if cancelled == 0 && due > now {
            return due;
        }
        up.ping.sent += 1;
        up.ping.sent_at = now;
        up.out.bare(Kind::Ping, CallId::WORKER);
        up.write_soon();
        now + options.ping_every
    }

    fn kill_where_due(&mut self, options: &SupervisorOptions, now: Instant) -> Instant {
        let open = self.calls.open;
        let Some(up) = self.link.up() else { return now };
        if std::mem::take(&mut up.ping.heard) {
            up.ping.heard_at = now;
        }
        if open > 0 && up.leaving.is_some() {
            up.leaving = Some(now);
        }
        let unanswered = up.ping.sent > up.ping.answered;
        let rules = [
            ("say hello", (!up.ready).then_some(up.started), options.start_within),
            ("end", up.leaving, options.end_within),
            (
                "answer a ping",
                unanswered.then(|| up.ping.sent_at.max(up.ping.heard_at)),
                options.pong_within,
            ),
            ("stop calls that were given up", up.stuck_since, options.cancel_within),
        ];
        let mut next = now + REST;
        for (duty, since, limit) in rules {
            let Some(due) = since.map(|since| since + limit) else { continue };
            if due <= now {
                up.kill(format!("it did not {duty} within {} ms", limit.as_millis()));
            } else {
                next = next.min(due);
            }
        }
        next
    }
}
