//! Schedules and what of them is due: without I/O and without a clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use avocet_functions::model::{CatchUp, CronTrigger, FunctionName};
use avocet_functions::schedule::Schedule;

/// Lateness up to which a time that came while the plan was looked at is no missed one, milliseconds.
const LATE_MS: i64 = 30_000;

/// Time by which the clock can be behind what was dealt with before it counts as set right, and
/// everything begins anew from it, milliseconds.
const BACK_MS: i64 = 3 * 3_600_000;

/// Schedules of all functions.
#[derive(Debug, Default)]
pub(super) struct Plan {
    entries: BTreeMap<(FunctionName, Arc<str>), Entry>,
}

/// One schedule.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub trigger: Arc<CronTrigger>,
    /// Number among the function's schedules, from 1.
    pub number: usize,
    schedule: Schedule,
    /// Time up to which everything was dealt with.
    pub done_ms: i64,
    /// The first time after it; none where there is none any more.
    pub next_ms: Option<i64>,
    /// True before the first look after a stop: all that lies before it was missed, however little.
    was_stopped: bool,
}

/// A time of a schedule that has come.
#[derive(Debug, Clone)]
pub(super) struct Tick {
    pub function: FunctionName,
    pub key: Arc<str>,
    pub trigger: Arc<CronTrigger>,
    pub at_ms: i64,
}

/// Due times, as of a moment.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Times to run, the earliest first.
    pub ticks: Vec<Tick>,
    /// Schedules that were looked at.
    looked_at: Vec<(FunctionName, Arc<str>)>,
    now_ms: i64,
}

impl Due {
    pub(super) fn is_empty(&self) -> bool {
        self.looked_at.is_empty()
    }
}

impl Entry {
    /// A schedule all of whose times up to `done_ms` were dealt with; none where it is no schedule
    /// (the reader of manifests refuses it).
    pub(super) fn new(trigger: &CronTrigger, done_ms: i64) -> Option<Self> {
        let schedule = Schedule::parse(&trigger.schedule, &trigger.time_zone).ok()?;
        let next_ms = schedule.next_after(done_ms);
        let trigger = Arc::new(trigger.clone());
        Some(Self { trigger, number: 1, schedule, done_ms, next_ms, was_stopped: false })
    }

    /// The schedule where nothing ran before.
    #[must_use]
    pub(super) fn after_a_stop(self) -> Self {
        Self { was_stopped: true, ..self }
    }

    /// Takes everything up to a time as dealt with.
    pub(super) fn deal_with(&mut self, until_ms: i64) {
        if until_ms > self.done_ms {
            self.done_ms = until_ms;
            self.next_ms = self.schedule.next_after(until_ms);
        }
    }

    /// Times before `now_ms`, inclusive, back to what was dealt with: the latest first.
    pub(super) fn backwards(&self, now_ms: i64) -> impl Iterator<Item = i64> + '_ {
        let first = self.schedule.last_until(now_ms);
        let before = |at: &i64| self.schedule.last_until(at - 1000);
        std::iter::successors(first, before).take_while(|at| *at > self.done_ms)
    }

    /// The times to run at `now_ms`, the latest first.
    fn due(&self, now_ms: i64) -> Vec<i64> {
        let in_time = |at: &i64| !self.was_stopped && now_ms - at <= LATE_MS;
        let mut due: Vec<i64> = Vec::new();
        for at in self.backwards(now_ms).take(CatchUp::MOST) {
            let is_wanted = in_time(&at)
                || match self.trigger.catch_up {
                    CatchUp::None => false,
                    CatchUp::Last => due.is_empty(),
                    CatchUp::All => true,
                };
            if !is_wanted {
                break;
            }
            due.push(at);
        }
        due
    }

    /// Begins anew from `now_ms` where the clock was set back by far.
    fn turn_back(&mut self, now_ms: i64) {
        if now_ms + BACK_MS < self.done_ms {
            self.done_ms = now_ms;
            self.next_ms = self.schedule.next_after(now_ms);
        }
    }
}

impl Plan {
    /// Sets the schedules of a function. Those that it has already go on as they are.
    pub(super) fn set(&mut self, function: &FunctionName, entries: Vec<Entry>) {
        let before = self.take(function);
        for (index, entry) in entries.into_iter().enumerate() {
            let key: Arc<str> = entry.trigger.key().into();
            let entry = before.get(&key).cloned().unwrap_or(entry);
            let entry = Entry { number: index + 1, ..entry };
            self.entries.insert((function.clone(), key), entry);
        }
    }

    /// Forgets the schedules of every function but these.
    pub(super) fn retain(&mut self, is_there: impl Fn(&FunctionName) -> bool) {
        self.entries.retain(|(function, _), _| is_there(function));
    }

    fn take(&mut self, function: &FunctionName) -> BTreeMap<Arc<str>, Entry> {
        let keys: Vec<_> = self.of(function).map(|(key, _)| key.clone()).collect();
        let taken = keys.into_iter().filter_map(|key| {
            let entry = self.entries.remove(&(function.clone(), key.clone()))?;
            Some((key, entry))
        });
        taken.collect()
    }

    /// Keys of a function's schedules, each with its entry.
    fn of<'a>(
        &'a self,
        function: &'a FunctionName,
    ) -> impl Iterator<Item = (&'a Arc<str>, &'a Entry)> {
        let from = (function.clone(), Arc::from(""));
        let own = self.entries.range(from..).take_while(move |((name, _), _)| name == function);
        own.map(|((_, key), entry)| (key, entry))
    }

    /// Schedules of a function, by their number.
    pub(super) fn numbered(&self, function: &FunctionName) -> Vec<Entry> {
        let mut all: Vec<Entry> = self.of(function).map(|(_, entry)| entry.clone()).collect();
        all.sort_by_key(|entry| entry.number);
        all
    }

    /// Every schedule with its function.
    pub(super) fn all(&self) -> impl Iterator<Item = (&FunctionName, &Entry)> {
        self.entries.iter().map(|((function, _), entry)| (function, entry))
    }

    /// Time at which something is due next; none where nothing will be.
    pub(super) fn next_ms(&self) -> Option<i64> {
        self.entries.values().filter_map(|entry| entry.next_ms).min()
    }

    /// Times that are due. They are due again until they are [`Plan::done`].
    pub(super) fn due(&mut self, now_ms: i64) -> Due {
        let mut due = Due { now_ms, ..Due::default() };
        for ((function, key), entry) in &mut self.entries {
            entry.turn_back(now_ms);
            if entry.next_ms.is_none_or(|next| next > now_ms) {
                entry.was_stopped = false;
                continue;
            }
            let tick = |at_ms| Tick {
                function: function.clone(),
                key: key.clone(),
                trigger: entry.trigger.clone(),
                at_ms,
            };
            due.ticks.extend(entry.due(now_ms).into_iter().map(tick));
            due.looked_at.push((function.clone(), key.clone()));
        }
        due.ticks.sort_by_key(|tick| tick.at_ms);
        due
    }

    /// Notes that what was due was dealt with.
    pub(super) fn done(&mut self, due: &Due) {
        for place in &due.looked_at {
            if let Some(entry) = self.entries.get_mut(place) {
                entry.was_stopped = false;
                entry.done_ms = due.now_ms;
                entry.next_ms = entry.schedule.next_after(due.now_ms);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-02T10:00:00Z.
    const START: i64 = 1_772_445_600_000;
    const MINUTE: i64 = 60_000;

    fn trigger(schedule: &str, catch_up: CatchUp) -> CronTrigger {
        CronTrigger {
            schedule: schedule.to_owned(),
            time_zone: "UTC".to_owned(),
            catch_up,
            data: serde_json::Value::Null,
        }
    }

    fn name() -> FunctionName {
        "shop/report".parse().unwrap()
    }

    /// A plan with one schedule, everything of which was dealt with up to `START`.
    fn plan(schedule: &str, catch_up: CatchUp) -> Plan {
        let mut plan = Plan::default();
        plan.set(&name(), vec![Entry::new(&trigger(schedule, catch_up), START).unwrap()]);
        plan
    }

    /// Minutes after `START` of what is due so many milliseconds after it, and deals with it.
    fn run(plan: &mut Plan, after_ms: i64) -> Vec<f64> {
        let due = plan.due(START + after_ms);
        plan.done(&due);
        due.ticks.iter().map(|tick| (tick.at_ms - START) as f64 / MINUTE as f64).collect()
    }

    #[test]
    fn each_time_runs_once_when_it_comes() {
        let mut plan = plan("* * * * *", CatchUp::None);
        assert_eq!(plan.next_ms(), Some(START + MINUTE));
        assert_eq!(run(&mut plan, MINUTE - 1), [] as [f64; 0]);
        assert_eq!(run(&mut plan, MINUTE), [1.0]);
        assert_eq!(run(&mut plan, MINUTE), [] as [f64; 0]);
        // A little late is in time.
        assert_eq!(run(&mut plan, 2 * MINUTE + 20_000), [2.0]);
        assert_eq!(plan.next_ms(), Some(START + 3 * MINUTE));
    }

    #[test]
    fn times_that_were_missed_before_the_start_are_made_up_for_as_asked() {
        for (catch_up, expected) in [
            (CatchUp::None, vec![]),
            (CatchUp::Last, vec![3.0]),
            (CatchUp::All, vec![1.0, 2.0, 3.0]),
        ] {
            let mut plan = Plan::default();
            let entry = Entry::new(&trigger("* * * * *", catch_up), START).unwrap();
            plan.set(&name(), vec![entry.after_a_stop()]);
            assert_eq!(run(&mut plan, 3 * MINUTE + 1000), expected, "{catch_up:?}");
            assert_eq!(run(&mut plan, 4 * MINUTE), [4.0], "{catch_up:?}");
        }
    }

    #[test]
    fn a_clock_that_jumps_ahead_is_as_a_time_without_a_server() {
        for (catch_up, expected) in [
            // What came within the last half minute is in time.
            (CatchUp::None, vec![60.0]),
            (CatchUp::Last, vec![60.0]),
            (CatchUp::All, (2..=60).map(f64::from).collect()),
        ] {
            let mut plan = plan("* * * * *", catch_up);
            assert_eq!(run(&mut plan, MINUTE), [1.0]);
            assert_eq!(run(&mut plan, 60 * MINUTE + 10_000), expected, "{catch_up:?}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_an_hour_runs_nothing_twice() {
        let mut plan = plan("* * * * *", CatchUp::All);
        assert_eq!(run(&mut plan, 60 * MINUTE).len(), 60);
        for minute in 0..=60 {
            assert_eq!(run(&mut plan, minute * MINUTE), [] as [f64; 0], "{minute}");
        }
        assert_eq!(run(&mut plan, 61 * MINUTE), [61.0]);
    }

    #[test]
    fn a_clock_that_was_days_ahead_does_not_silence_a_schedule() {
        let mut plan = plan("* * * * *", CatchUp::Last);
        assert_eq!(run(&mut plan, 10_000 * MINUTE), [10_000.0]);
        assert_eq!(run(&mut plan, 5 * MINUTE), [] as [f64; 0]);
        assert_eq!(run(&mut plan, 6 * MINUTE), [6.0]);
    }

    #[test]
    fn what_is_made_up_for_is_bounded() {
        let mut plan = plan("* * * * * *", CatchUp::All);
        let due = run(&mut plan, 3_600_000);
        assert_eq!(due.len(), CatchUp::MOST);
        assert_eq!(due.last(), Some(&60.0));
    }

    #[test]
    fn what_was_not_dealt_with_is_due_again() {
        let mut plan = plan("* * * * *", CatchUp::None);
        assert_eq!(run(&mut plan, 10), [] as [f64; 0]);
        assert_eq!(plan.due(START + MINUTE).ticks.len(), 1);
        assert_eq!(plan.due(START + MINUTE + 1000).ticks.len(), 1);
        assert_eq!(run(&mut plan, MINUTE + 2000), [1.0]);
    }

    #[test]
    fn a_schedule_that_stays_goes_on_and_one_that_leaves_is_forgotten() {
        let mut plan = plan("* * * * *", CatchUp::All);
        assert_eq!(run(&mut plan, MINUTE), [1.0]);
        let again = |schedule| Entry::new(&trigger(schedule, CatchUp::All), START).unwrap();
        plan.set(&name(), vec![again("* * * * *"), again("*/2 * * * *")]);
        assert_eq!(plan.of(&name()).count(), 2);
        // The first has run already; the second is new.
        assert_eq!(run(&mut plan, MINUTE + 1000), [] as [f64; 0]);
        assert_eq!(run(&mut plan, 2 * MINUTE), [2.0, 2.0]);
        plan.set(&name(), Vec::new());
        assert_eq!(plan.next_ms(), None);
        plan.set(&name(), vec![again("* * * * *")]);
        plan.retain(|_| false);
        assert!(plan.due(START + 9 * MINUTE).is_empty());
    }

    #[test]
    fn a_schedule_ends_with_its_last_time() {
        let mut plan = plan("0 30 10 2 3 * 2026", CatchUp::Last);
        assert_eq!(run(&mut plan, 30 * MINUTE), [30.0]);
        assert_eq!(plan.next_ms(), None);
    }
}
