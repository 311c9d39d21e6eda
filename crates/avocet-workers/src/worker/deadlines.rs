//! Deadlines of one worker: of calls, loads, pings, idle functions, and of the worker itself.

use std::sync::Arc;
use std::time::Duration;

use avocet_frames::head::Level;
use tokio::time::Instant;

use super::calls::Wire;
use super::effects::Effects;
use super::functions::Place;
use super::link::Up;
use super::{Core, Worker};
use crate::{CallError, FailureKind, LoadError, LogLine, SupervisorOptions};

/// Time to the next look where nothing is due: whatever changes that, wakes the timer.
pub(super) const REST: Duration = Duration::from_secs(3600);

impl Worker {
    /// Does what is due by now; gives the time until the next check, `None` where the link is
    /// over.
    pub(super) fn check_deadlines(self: &Arc<Self>, epoch: u64) -> Option<Duration> {
        self.step(|core, effects| {
            if core.epoch != epoch {
                return None;
            }
            core.check_deadlines(&self.shared.options, Instant::now(), effects)
        })
    }
}

impl Core {
    fn check_deadlines(
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
            .min(self.kill_where_due(options, now, effects))
            .min(self.check_memory(options, now, effects));
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
        // Calls end without waking the timer: while there are any, it looks now and then.
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
            let limit = limit as f64 / 1000.0;
            let message =
                format!("{name} did not end within its time limit of {limit} s (spec.timeout)");
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

    /// Unloads functions that had no call for long; an instance with work under way later.
    fn put_idle_to_sleep(
        &mut self,
        options: &SupervisorOptions,
        now: Instant,
        effects: &mut Effects,
    ) -> Instant {
        let single = self.single;
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
            } else if matches!(entry.place, Place::Awake { .. }) && !entry.pinned {
                let may_work = single && now < at + options.work_within;
                if may_work && up.works_since(at, now, options.end_within) {
                    next = next.min(now + options.ping_every);
                } else {
                    due.push(*key);
                }
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
        up.ping(now);
        now + options.ping_every
    }

    fn kill_where_due(
        &mut self,
        options: &SupervisorOptions,
        now: Instant,
        effects: &mut Effects,
    ) -> Instant {
        let (open, cancelled) = (self.calls.open, self.calls.cancelled);
        let (single, mut spare) = (self.single, false);
        let Some(up) = self.link.up() else { return now };
        if open > 0 && up.leaving.is_some() {
            up.leaving = Some(now);
        }
        let mut next = now + REST;
        for rule in up.rules(options, cancelled, single) {
            let Some(due) = rule.since.map(|since| since + rule.limit) else { continue };
            if due > now {
                next = next.min(due);
            } else if rule.spares_others && open > 0 {
                next = next.min(now + options.ping_every);
                spare = true;
            } else {
                up.kill(format!("it did not {} within {} ms", rule.duty, rule.limit.as_millis()));
            }
        }
        if spare && up.leaving.is_none() {
            self.replace(effects);
        }
        next
    }

    /// Has an instance end as soon as its calls are answered: a call in it did not return.
    fn replace(&mut self, effects: &mut Effects) {
        let Some(key) = self.numbers.values().next().copied() else { return };
        let function = self.functions[key].definition.clone();
        let timeout = self.functions[key].timeout.as_millis();
        let text = format!(
            "a call did not return after its time limit of {timeout} ms (spec.timeout, \
             FUNC_TIMEOUT): its instance takes no new ones and is replaced"
        );
        effects.lines.push(LogLine::platform(Level::Warn, text).about(&function));
        self.ask_to_end();
    }
}

/// Something that a worker owes, and since when.
struct Rule {
    duty: &'static str,
    since: Option<Instant>,
    limit: Duration,
    /// Calls in flight are let finish before the worker is killed.
    spares_others: bool,
}

impl Up {
    fn rules(&self, options: &SupervisorOptions, cancelled: usize, single: bool) -> [Rule; 4] {
        let rule = |duty, since, limit| Rule { duty, since, limit, spares_others: false };
        let unanswered = self.ping.sent > self.ping.answered;
        let silent_since = unanswered.then(|| self.ping.sent_at.max(self.ping.heard_at));
        let (silent_since, stuck_since) = if single {
            // Its calls keep it from answering, as long as they may.
            let overdue = |since: Instant| since.max(self.patience);
            (silent_since.filter(|_| cancelled > 0).map(overdue), self.stuck_since.map(overdue))
        } else {
            (silent_since, self.stuck_since)
        };
        let stuck = rule("stop calls that were given up", stuck_since, options.cancel_within);
        [
            rule("say hello", (!self.ready).then_some(self.started), options.start_within),
            rule("end", self.leaving, options.end_within),
            rule("answer a ping", silent_since, options.pong_within),
            Rule { spares_others: single, ..stuck },
        ]
    }
}
