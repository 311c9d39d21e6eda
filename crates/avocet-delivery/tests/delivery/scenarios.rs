//! Behaviour of the engine in situations that people know.

use std::collections::VecDeque;
use std::time::Duration;

use avocet_delivery::{
    Action, DeadReason, DeliveryId, Engine, EngineOptions, Event, Input, LogKind, Moment, Now,
    Ordering, Origin, Outcome, Phase, Position, Pulled, RetryPolicy, SubscriptionId,
    SubscriptionSettings, Timestamp, Tries,
};

use crate::log::{End, Log, Stored};

const ONE: SubscriptionId = SubscriptionId(0);

/// An engine with a log that answers at once. Time passes when the test says so.
struct Bench {
    engine: Engine,
    log: Log,
    moment: u64,
    wall: u64,
    /// Deliveries that were started and have no answer, in order.
    started: Vec<(DeliveryId, u64, u64, u32)>,
    extended: u64,
}

impl Bench {
    fn new(options: EngineOptions, settings: &[SubscriptionSettings]) -> Self {
        let lease = match options.log {
            LogKind::Cursor => None,
            LogKind::Broker { lease } => Some(lease.as_millis() as u64),
        };
        let mut bench = Self {
            engine: Engine::new(options),
            log: Log::new(settings.len(), lease),
            moment: 0,
            wall: 1_800_000_000_000,
            started: Vec::new(),
            extended: 0,
        };
        for (id, settings) in settings.iter().enumerate() {
            let (id, cursor) = (SubscriptionId(id as u64), Position(0));
            bench.tell(Input::Subscribe { id, settings: *settings, cursor });
        }
        bench
    }

    fn one(settings: SubscriptionSettings) -> Self {
        Self::new(EngineOptions::default(), &[settings])
    }

    fn tell(&mut self, input: Input) {
        let now = Now { wall: Timestamp(self.wall), moment: Moment(self.moment) };
        self.engine.handle(now, input);
        let actions: Vec<_> = self.engine.actions().collect();
        for action in actions {
            match action {
                Action::Pull(pull) => {
                    let pulled = self.log.read(&pull, self.moment);
                    self.tell(Input::Pulled(pulled));
                }
                Action::Write(batch) => {
                    self.log.write(&batch, self.moment, || true);
                    self.tell(Input::Written(batch.id));
                }
                Action::Extend { subscription, position } => {
                    self.extended += 1;
                    self.log.extend(subscription.0, position.0, self.moment);
                }
                Action::Deliver { id, subscription, position, attempt } => {
                    self.started.push((id, subscription.0, position.0, attempt));
                }
                Action::Abandon(id) => self.started.retain(|(other, ..)| *other != id),
            }
        }
    }

    /// Appends an event for the subscriptions of these bits.
    fn append(&mut self, wanted: u64, key: Option<u64>) -> u64 {
        let event = Stored { accepted: self.wall, key, due: None, wanted };
        let position = self.log.append(event);
        for id in (0..64).filter(|id| wanted >> id & 1 == 1) {
            self.tell(Input::Appended(SubscriptionId(id)));
        }
        position
    }

    /// The first delivery that is under way ends.
    fn answer(&mut self, outcome: Outcome) {
        let (id, ..) = self.started.remove(0);
        self.tell(Input::Answered { id, outcome, note: None });
    }

    fn fail(&mut self) {
        self.answer(Outcome::Failed { retry_after: None });
    }

    fn pass(&mut self, time: Duration) {
        let end = self.moment + time.as_millis() as u64;
        while let Some(Moment(at)) = self.engine.next_wake().filter(|Moment(at)| *at <= end) {
            self.wall += at.saturating_sub(self.moment);
            self.moment = self.moment.max(at);
            self.tell(Input::Time);
        }
        self.wall += end - self.moment;
        self.moment = end;
    }

    /// Events under way, by subscription and position.
    fn under_way(&self) -> Vec<(u64, u64)> {
        self.started
            .iter()
            .map(|(_, subscription, position, _)| (*subscription, *position))
            .collect()
    }

    fn end(&self, position: u64) -> Option<End> {
        self.log.books[0].ends.get(&position).map(|(end, _)| *end)
    }

    /// Milliseconds until something is under way.
    fn wait(&mut self) -> u64 {
        let start = self.moment;
        while self.started.is_empty() {
            let Moment(at) = self.engine.next_wake().expect("something is to come");
            self.pass(Duration::from_millis(at.saturating_sub(self.moment)));
        }
        self.moment - start
    }
}

fn retry(max_deliveries: Option<u32>) -> SubscriptionSettings {
    let retry = RetryPolicy { max_deliveries, ..RetryPolicy::default() };
    SubscriptionSettings { retry, ..SubscriptionSettings::default() }
}

fn ordered() -> SubscriptionSettings {
    SubscriptionSettings { ordering: Ordering::Subject, ..SubscriptionSettings::default() }
}

#[test]
fn pauses_grow_until_the_event_is_taken() {
    let mut bench = Bench::one(retry(None));
    bench.append(1, None);
    for least in [1_000, 2_000, 4_000, 8_000] {
        bench.fail();
        let waited = bench.wait();
        assert!((least..=least * 5 / 4).contains(&waited), "{waited} ms");
    }
    assert_eq!(bench.started[0].3, 5, "the number of the attempt");
    bench.answer(Outcome::Delivered);
    assert_eq!(bench.end(1), Some(End::Done));
    assert_eq!(bench.engine.view(ONE).unwrap().phase, Phase::Idle);
}

#[test]
fn an_event_is_dead_after_its_deliveries_or_its_age_and_not_before() {
    let mut bench = Bench::one(retry(Some(3)));
    bench.append(1, None);
    for _ in 0..3 {
        assert_eq!(bench.end(1), None);
        bench.wait();
        bench.fail();
    }
    let tries = Tries { failed: 3, refused: 0 };
    assert_eq!(bench.end(1), Some(End::Dead(DeadReason::MaxDeliveries, tries)));

    let mut bench = Bench::one(retry(None));
    bench.append(1, None);
    let mut passed = 0;
    while bench.end(1).is_none() {
        passed += bench.wait();
        bench.fail();
    }
    assert!(matches!(bench.end(1), Some(End::Dead(DeadReason::MaxAge, _))));
    let week = 7 * 24 * 3_600_000;
    assert!((week..week + 1_000).contains(&passed), "the last delivery is at its end: {passed}");
}

#[test]
fn what_is_rejected_is_dead_at_once_and_what_is_refused_is_not() {
    let mut bench = Bench::one(retry(Some(1)));
    bench.append(1, None);
    bench.answer(Outcome::Rejected);
    assert!(matches!(bench.end(1), Some(End::Dead(DeadReason::Rejected, _))));
    bench.append(1, None);
    for _ in 0..5 {
        bench.wait();
        bench.answer(Outcome::Refused { retry_after: None });
        assert_eq!(bench.end(2), None);
    }
    bench.wait();
    bench.answer(Outcome::Delivered);
    assert_eq!(bench.end(2), Some(End::Done));
}

#[test]
fn retry_after_is_honoured() {
    let mut bench = Bench::one(retry(None));
    bench.append(1, None);
    bench.answer(Outcome::Failed { retry_after: Some(Duration::from_secs(600)) });
    assert_eq!(bench.wait(), 600_000);
}

#[test]
fn a_failing_subject_holds_back_its_own_events_only() {
    let mut bench = Bench::one(ordered());
    for key in [1, 2, 1, 2, 1] {
        bench.append(1, Some(key));
    }
    assert_eq!(bench.under_way(), [(0, 1), (0, 2)]);
    bench.fail();
    bench.answer(Outcome::Delivered);
    assert_eq!(bench.under_way(), [(0, 4)], "the other subject flows");
    bench.answer(Outcome::Delivered);
    assert_eq!(bench.under_way(), []);
    bench.wait();
    for position in [1, 3, 5] {
        assert_eq!(bench.under_way(), [(0, position)], "one after the other");
        bench.answer(Outcome::Delivered);
    }
}

#[test]
fn a_missing_sink_is_waited_for() {
    let mut bench = Bench::one(retry(Some(1)));
    bench.append(1, None);
    bench.append(1, None);
    bench.answer(Outcome::Absent);
    assert_eq!(bench.engine.view(ONE).unwrap().phase, Phase::Waiting);
    bench.answer(Outcome::Delivered);
    let waited = bench.wait();
    assert!((1_000..=1_250).contains(&waited), "it is looked for again: {waited} ms");
    bench.tell(Input::SinkAbsent(ONE));
    bench.answer(Outcome::Absent);
    bench.pass(Duration::from_secs(30 * 24 * 3600));
    assert_eq!((bench.under_way(), bench.end(1)), (vec![], None), "that is no failure");
    bench.tell(Input::SinkReady(ONE));
    assert_eq!(bench.started[0].3, 1);
    bench.answer(Outcome::Delivered);
    assert_eq!(bench.end(1), Some(End::Done));
}

#[test]
fn what_is_broken_off_is_ready_at_once_and_in_order() {
    let mut bench = Bench::one(ordered());
    for key in 0..3 {
        bench.append(1, Some(key));
    }
    bench.started.clear();
    bench.tell(Input::Interrupted(ONE));
    assert_eq!(bench.under_way(), [(0, 1), (0, 2), (0, 3)]);
    assert!(bench.started.iter().all(|(.., attempt)| *attempt == 1));
}

#[test]
fn a_slow_handler_is_not_called_twice() {
    let log = LogKind::Broker { lease: Duration::from_secs(30) };
    let options = EngineOptions { log, ..EngineOptions::default() };
    let mut bench = Bench::new(options, &[SubscriptionSettings::default()]);
    bench.append(1, None);
    bench.pass(Duration::from_secs(1800));
    assert_eq!(bench.under_way(), [(0, 1)]);
    assert_eq!(bench.extended, 180, "every third of the term");
    bench.answer(Outcome::Delivered);
    bench.pass(Duration::from_secs(60));
    assert_eq!((bench.end(1), bench.extended), (Some(End::Done), 180));
}

#[test]
fn a_handler_that_never_answers_has_failed_after_its_time() {
    let mut bench = Bench::one(retry(None));
    bench.append(1, None);
    bench.pass(Duration::from_secs(3600));
    assert_eq!(bench.under_way(), [], "it is given up");
    bench.wait();
    assert_eq!(bench.started[0].3, 2);
}

#[test]
fn a_clock_that_goes_back_does_not_stop_retries() {
    let mut bench = Bench::one(retry(None));
    bench.append(1, None);
    bench.fail();
    bench.wall -= 3_600_000;
    let waited = bench.wait();
    assert!(waited < 1_500, "{waited} ms");
}

#[test]
fn a_scheduled_event_is_delivered_at_its_time_and_holds_nothing_back() {
    let mut bench = Bench::one(ordered());
    let due = Some(bench.wall + 3_600_000);
    bench.log.append(Stored { accepted: bench.wall, key: Some(1), due, wanted: 1 });
    bench.append(1, Some(1));
    assert_eq!(bench.under_way(), [(0, 2)]);
    bench.answer(Outcome::Delivered);
    assert_eq!(bench.wait(), 3_600_000);
    assert_eq!(bench.under_way(), [(0, 1)]);
}

#[test]
fn an_earlier_event_whose_time_has_come_waits_for_a_later_one_that_is_under_way() {
    let mut bench = Bench::one(ordered());
    let due = Some(bench.wall + 60_000);
    bench.log.append(Stored { accepted: bench.wall, key: Some(1), due, wanted: 1 });
    bench.append(1, Some(1));
    bench.pass(Duration::from_secs(120));
    assert_eq!(bench.under_way(), [(0, 2)], "one of a subject at a time");
    bench.started.clear();
    bench.tell(Input::Interrupted(ONE));
    assert_eq!(bench.under_way(), [(0, 1)], "in the order of the log from here on");
    bench.answer(Outcome::Delivered);
    assert_eq!(bench.under_way(), [(0, 2)]);
}

#[test]
fn a_busy_subscription_does_not_keep_another_waiting() {
    let options = EngineOptions { max_in_flight: 4, ..EngineOptions::default() };
    let settings = SubscriptionSettings::default();
    let mut bench = Bench::new(options, &[settings, settings]);
    for _ in 0..100 {
        bench.append(1, None);
    }
    assert_eq!(bench.under_way().len(), 4);
    let position = bench.append(2, None);
    bench.answer(Outcome::Delivered);
    bench.answer(Outcome::Delivered);
    assert!(bench.under_way().contains(&(1, position)), "its turn is the next but one at most");
}

/// An engine whose subscriptions have a backlog without end. Its log and its sinks answer when the
/// test says so, oldest first.
struct Backlog {
    engine: Engine,
    reads: VecDeque<Input>,
    writes: VecDeque<Input>,
    deliveries: VecDeque<(SubscriptionId, Input)>,
    cursor: Position,
}

impl Backlog {
    fn new(options: EngineOptions, settings: SubscriptionSettings, subscriptions: u64) -> Self {
        let (engine, cursor) = (Engine::new(options), Position(0));
        let (reads, writes, deliveries) = Default::default();
        let mut backlog = Self { engine, reads, writes, deliveries, cursor };
        for id in (0..subscriptions).map(SubscriptionId) {
            backlog.tell(Input::Subscribe { id, settings, cursor });
        }
        backlog
    }

    fn tell(&mut self, input: Input) {
        self.engine.handle(Now { wall: Timestamp(0), moment: Moment(0) }, input);
        for action in self.engine.actions() {
            match action {
                Action::Pull(pull) => self.reads.push_back(Input::Pulled(window(&pull))),
                Action::Write(batch) => {
                    self.cursor = batch.cursors.first().map_or(self.cursor, |(_, at)| *at);
                    self.writes.push_back(Input::Written(batch.id));
                }
                Action::Deliver { id, subscription, .. } => {
                    let answer = Input::Answered { id, outcome: Outcome::Delivered, note: None };
                    self.deliveries.push_back((subscription, answer));
                }
                Action::Extend { .. } | Action::Abandon(_) => panic!("{action:?}"),
            }
        }
    }

    fn read(&mut self) {
        while let Some(input) = self.reads.pop_front() {
            self.tell(input);
        }
    }

    fn write(&mut self) {
        while let Some(input) = self.writes.pop_front() {
            self.tell(input);
        }
    }

    /// Ends the oldest delivery; its subscription.
    fn deliver(&mut self) -> Option<SubscriptionId> {
        let (subscription, answer) = self.deliveries.pop_front()?;
        self.tell(answer);
        Some(subscription)
    }

    fn held(&self, id: u64) -> usize {
        self.engine.view(SubscriptionId(id)).map_or(0, |view| view.held)
    }
}

#[test]
fn an_endless_backlog_takes_no_memory() {
    let settings = SubscriptionSettings { max_in_flight: 100, ..SubscriptionSettings::default() };
    let mut backlog = Backlog::new(EngineOptions::default(), settings, 1);
    let (mut delivered, mut most) = (0, 0);
    while delivered < 100_000 {
        backlog.read();
        delivered += u64::from(backlog.deliver().is_some());
        backlog.write();
        most = most.max(backlog.held(0));
    }
    assert!(most <= 200, "{most} events in memory");
    assert!(backlog.cursor.0 >= delivered - 1_000, "the cursor follows: {:?}", backlog.cursor);
}

#[test]
fn a_log_that_takes_no_entries_stops_deliveries_and_not_the_machine() {
    let settings = SubscriptionSettings::default();
    let mut backlog = Backlog::new(EngineOptions::default(), settings, 1);
    let mut delivered = 0;
    loop {
        backlog.read();
        if backlog.deliver().is_none() {
            break;
        }
        delivered += 1;
    }
    assert!(delivered <= 20, "{delivered} events whose end is written nowhere");
    assert_eq!(backlog.held(0), delivered);
    backlog.write();
    backlog.read();
    assert!(backlog.deliver().is_some(), "it goes on with the log");
}

#[test]
fn many_subscriptions_share_deliveries_and_memory() {
    let options = EngineOptions { max_in_flight: 50, max_held: 4_000, ..EngineOptions::default() };
    let mut backlog = Backlog::new(options, SubscriptionSettings::default(), 1_000);
    backlog.read();
    let mut turns = vec![0_u32; 1_000];
    for _ in 0..20_000 {
        assert_eq!(backlog.deliveries.len(), 50);
        let id = backlog.deliver().unwrap();
        turns[id.0 as usize] += 1;
        backlog.write();
        backlog.read();
    }
    let held: usize = (0..1_000).map(|id| backlog.held(id)).sum();
    assert!(held <= 4_000 + 1_000, "{held} events in memory");
    let (least, most) = (turns.iter().min().unwrap(), turns.iter().max().unwrap());
    // The first ones had deliveries under way before the others came.
    assert!(*least >= 18 && *most <= 20 + 10, "turns from {least} to {most}");
}

/// A part of a log that never ends.
fn window(pull: &avocet_delivery::Pull) -> Pulled {
    let positions = pull.after.0 + 1..=pull.after.0 + pull.fresh as u64;
    let scanned = Position(*positions.end());
    let events = positions.map(|position| Event {
        position: Position(position),
        origin: Origin::Fresh,
        accepted: Timestamp(0),
        due: None,
        key: None,
        tries: Tries::default(),
        behind: false,
    });
    Pulled { id: pull.id, events: events.collect(), scanned, more: true, next: None, behind: false }
}
