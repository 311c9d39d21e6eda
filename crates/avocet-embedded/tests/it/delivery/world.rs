//! A world of one seed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use avocet_backplane::{
    Delivery, DeliveryQuery, Document, EventFilter, EventLog, NewEvent, Start, StateKind, wait,
};
use avocet_delivery::{
    Action, Batch, DeliveryId, Engine, EngineOptions, Input, Moment, Now, Ordering, Outcome,
    Position, Pull, RetryPolicy, SubscriptionId, SubscriptionSettings, Timestamp,
};
use avocet_embedded::Embedded;
use tempfile::TempDir;

use super::convert;
use crate::common::open;

/// Events that are published.
const EVENTS: u64 = 40;

/// Steps in which everything has to end.
const STEPS: usize = 20_000;

/// An event that was accepted.
struct Accepted {
    position: u64,
    subject: Option<String>,
    kind: String,
    scheduled: bool,
}

struct Subscriber {
    id: u64,
    settings: SubscriptionSettings,
    filter: EventFilter,
}

enum Message {
    Publish,
    Crash,
    Read(Pull),
    Write(Batch),
    Tell(Input),
}

pub(super) struct World {
    random: u64,
    folder: TempDir,
    store: Embedded,
    log: Arc<dyn EventLog>,
    session: u64,
    engine: Engine,
    subscribers: Vec<Subscriber>,
    accepted: Vec<Accepted>,
    /// Messages by their number; the queue has the time of each.
    messages: BTreeMap<u64, Message>,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    sent: u64,
    moment: u64,
    start: u64,
    /// Deliveries under way: subscription and position.
    running: BTreeMap<DeliveryId, (u64, u64)>,
    /// Events whose end is durable.
    ended: BTreeSet<(u64, u64)>,
    /// Events that their sink took, or never wants.
    taken: BTreeSet<(u64, u64)>,
    rejected: BTreeSet<(u64, u64)>,
    pub(super) crashes: u64,
    pub(super) deliveries: u64,
}

fn log_in(folder: &TempDir) -> (Embedded, Arc<dyn EventLog>) {
    let store = open(folder.path());
    let log = store.events();
    (store, log)
}

fn options() -> EngineOptions {
    let (max_held, max_batch, max_ahead) = (24, 6, 3);
    EngineOptions { max_held, max_batch, max_ahead, ..EngineOptions::default() }
}

fn settings(ordering: Ordering) -> SubscriptionSettings {
    let retry = RetryPolicy { max_deliveries: Some(6), ..RetryPolicy::default() };
    SubscriptionSettings { max_in_flight: 4, ordering, retry, ..SubscriptionSettings::default() }
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, log) = log_in(&folder);
        let even = EventFilter { types: vec!["even*".into()], ..EventFilter::default() };
        let subscribers = [
            ("all", Ordering::Subject, EventFilter::default()),
            ("even", Ordering::Subject, even),
            ("loose", Ordering::None, EventFilter::default()),
        ];
        let subscribers = subscribers.map(|(name, ordering, filter)| {
            let id = wait(log.subscribe(name, Start::First)).unwrap().id;
            Subscriber { id, settings: settings(ordering), filter }
        });
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
        let mut world = Self {
            random: seed,
            folder,
            store,
            log,
            session: 0,
            engine: Engine::new(options()),
            subscribers: subscribers.into(),
            accepted: Vec::new(),
            messages: BTreeMap::new(),
            queue: BinaryHeap::new(),
            sent: 0,
            moment: 0,
            start,
            running: BTreeMap::new(),
            ended: BTreeSet::new(),
            taken: BTreeSet::new(),
            rejected: BTreeSet::new(),
            crashes: 0,
            deliveries: 0,
        };
        for n in 0..EVENTS {
            world.send(n * 400, Message::Publish);
        }
        for _ in 0..4 {
            let at = world.below(40_000);
            world.send(at, Message::Crash);
        }
        world
    }

    /// Below `end`, from the seed (SplitMix64).
    fn below(&mut self, end: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn send(&mut self, delay: u64, message: Message) {
        self.sent += 1;
        self.queue.push(Reverse((self.moment + delay, self.sent)));
        self.messages.insert(self.sent, message);
    }

    /// Runs until every event has ended, and checks what the log says then.
    pub(super) fn run(mut self) -> Self {
        self.begin();
        for _ in 0..STEPS {
            let wake = self.engine.next_wake().map(|Moment(at)| at);
            let mail = self.queue.peek().map(|Reverse((at, _))| *at);
            let Some(next) = wake.into_iter().chain(mail).min() else { break };
            if self.accepted.len() as u64 == EVENTS && self.open().is_empty() && self.crashes == 4 {
                break;
            }
            self.moment = self.moment.max(next);
            if mail == Some(next) {
                let Some(Reverse((_, number))) = self.queue.pop() else { continue };
                if let Some(message) = self.messages.remove(&number) {
                    self.receive(message);
                }
            } else {
                self.tell(Input::Time);
            }
        }
        assert_eq!(self.open(), [], "events that did not end");
        self.check_end();
        self
    }

    /// A new engine takes up what the log has.
    fn begin(&mut self) {
        self.engine = Engine::new(options());
        self.session = self.log.session();
        let cursors = wait(self.log.subscriptions()).unwrap();
        for index in 0..self.subscribers.len() {
            let Subscriber { id, settings, .. } = self.subscribers[index];
            let cursor = cursors.iter().find(|found| found.id == id).unwrap().cursor;
            let (id, cursor) = (SubscriptionId(id), Position(cursor));
            self.tell(Input::Subscribe { id, settings, cursor });
        }
    }

    fn tell(&mut self, input: Input) {
        let wall = Timestamp(self.start + self.moment);
        self.engine.handle(Now { wall, moment: Moment(self.moment) }, input);
        for action in self.engine.actions().collect::<Vec<_>>() {
            let delay = self.below(60);
            match action {
                Action::Pull(pull) => self.send(delay, Message::Read(pull)),
                Action::Write(batch) => self.send(delay, Message::Write(batch)),
                Action::Deliver { id, subscription, position, .. } => {
                    self.deliver(id, subscription.0, position.0);
                }
                Action::Abandon(id) => drop(self.running.remove(&id)),
                Action::Extend { .. } => panic!("{action:?}"),
            }
        }
    }

    fn receive(&mut self, message: Message) {
        let delay = self.below(60);
        match message {
            Message::Publish => self.publish(),
            Message::Crash => self.crash(),
            Message::Tell(input) => {
                if let Input::Answered { id, .. } = &input {
                    self.running.remove(id);
                }
                self.tell(input);
            }
            Message::Read(pull) => {
                let own = |found: &&Subscriber| found.id == pull.subscription.0;
                let filter = self.subscribers.iter().find(own).unwrap().filter.clone();
                let pulled = wait(self.log.pull(convert::pull(&pull, filter))).unwrap();
                self.send(delay, Message::Tell(Input::Pulled(convert::pulled(pull.id, &pulled))));
            }
            Message::Write(batch) => {
                // Now and then it fails, or nobody knows that it did not.
                let chance = self.below(20);
                if chance > 0 {
                    self.write(&batch);
                }
                let answer = match chance {
                    0 | 1 => Input::WriteFailed(batch.id),
                    _ => Input::Written(batch.id),
                };
                self.send(delay, Message::Tell(answer));
            }
        }
    }

    fn write(&mut self, batch: &Batch) {
        wait(self.log.write(convert::batch(self.session, batch))).unwrap();
        let ends = batch.records.iter().filter(|record| record.entry.is_final());
        self.ended.extend(ends.map(|record| (record.subscription.0, record.position.0)));
    }

    fn publish(&mut self) {
        let number = self.accepted.len();
        let subject = (self.below(5) > 0).then(|| format!("order/{}", self.below(3)));
        let kind = if number.is_multiple_of(2) { "even.number" } else { "odd.number" };
        let scheduled = self.below(8) == 0;
        let due = self.start + self.moment + 30_000;
        let event = NewEvent {
            source: "/test".into(),
            id: number.to_string(),
            kind: kind.into(),
            subject: subject.clone(),
            attributes: Document::parse("{}").unwrap(),
            data: Vec::new().into(),
            not_before_ms: scheduled.then_some(due),
        };
        let position = wait(self.log.append(vec![event])).unwrap()[0].position;
        self.accepted.push(Accepted { position, subject, kind: kind.into(), scheduled });
        for index in 0..self.subscribers.len() {
            self.tell(Input::Appended(SubscriptionId(self.subscribers[index].id)));
        }
    }

    fn deliver(&mut self, id: DeliveryId, subscription: u64, position: u64) {
        let event = (subscription, position);
        self.check_delivery(subscription, position);
        self.running.insert(id, event);
        self.deliveries += 1;
        let outcome = match self.below(20) {
            0 => Outcome::Rejected,
            1..7 => Outcome::Failed { retry_after: None },
            7 => Outcome::Refused { retry_after: None },
            8 => Outcome::Interrupted,
            9 => Outcome::Absent,
            _ => Outcome::Delivered,
        };
        match outcome {
            Outcome::Delivered => self.taken.insert(event),
            Outcome::Rejected => self.rejected.insert(event),
            _ => false,
        };
        let took = self.below(3_000);
        let note = Some(format!("{}: {outcome:?}", self.deliveries).into());
        self.send(took, Message::Tell(Input::Answered { id, outcome, note }));
    }

    /// The process is killed: what it had in memory is gone, what it was writing may be durable.
    fn crash(&mut self) {
        self.crashes += 1;
        let mut kept = BTreeMap::new();
        for (number, message) in std::mem::take(&mut self.messages) {
            match message {
                Message::Publish | Message::Crash => drop(kept.insert(number, message)),
                Message::Write(batch) if self.below(2) == 0 => self.write(&batch),
                Message::Read(_) | Message::Write(_) | Message::Tell(_) => {}
            }
        }
        self.messages = kept;
        self.running.clear();
        let folder = tempfile::tempdir().unwrap();
        for file in ["events.db", "events.db-wal"] {
            std::fs::copy(self.folder.path().join(file), folder.path().join(file)).unwrap();
        }
        (self.store, self.log) = log_in(&folder);
        self.folder = folder;
        self.begin();
    }

    fn event(&self, position: u64) -> &Accepted {
        self.accepted.iter().find(|event| event.position == position).unwrap()
    }

    fn subscriber(&self, id: u64) -> &Subscriber {
        self.subscribers.iter().find(|subscriber| subscriber.id == id).unwrap()
    }

    /// Events that a subscription has to get.
    fn wanted(&self, subscriber: &Subscriber) -> Vec<u64> {
        let wanted =
            self.accepted.iter().filter(|event| subscriber.filter.matches("/test", &event.kind));
        wanted.map(|event| event.position).collect()
    }

    fn open(&self) -> Vec<(u64, u64)> {
        let all = self.subscribers.iter().flat_map(|subscriber| {
            self.wanted(subscriber).into_iter().map(|position| (subscriber.id, position))
        });
        all.filter(|event| !self.ended.contains(event)).collect()
    }

    /// Checks what has to hold when a delivery starts.
    fn check_delivery(&self, subscription: u64, position: u64) {
        let event = (subscription, position);
        let subscriber = self.subscriber(subscription);
        assert!(self.wanted(subscriber).contains(&position), "{event:?} is not wanted");
        assert!(!self.ended.contains(&event), "{event:?} after its end was durable");
        assert!(!self.running.values().any(|other| *other == event), "{event:?} twice at once");
        let own = self.event(position);
        if subscriber.settings.ordering == Ordering::None || own.subject.is_none() {
            return;
        }
        for other in self.wanted(subscriber) {
            let before = self.event(other);
            let open = !self.ended.contains(&(subscription, other));
            let same = before.subject == own.subject && !before.scheduled;
            assert!(!(other < position && same && open), "{event:?} before {other} of its subject");
        }
    }

    /// Checks what the log says when everything has ended, and after one more crash.
    fn check_end(&mut self) {
        self.crash();
        self.crashes -= 1;
        let kept = wait(self.log.read(0, 1_000)).unwrap().events;
        let kept: Vec<_> = kept.iter().map(|event| event.position).collect();
        let accepted: Vec<_> = self.accepted.iter().map(|event| event.position).collect();
        assert_eq!(kept, accepted);
        for subscriber in &self.subscribers {
            let rows = |state| -> Vec<Delivery> {
                wait(self.log.deliveries(DeliveryQuery::new(subscriber.id, state))).unwrap()
            };
            let (done, dead) = (rows(StateKind::Done), rows(StateKind::Dead));
            let mut ended: Vec<_> = done.iter().chain(&dead).map(|row| row.position).collect();
            ended.sort_unstable();
            assert_eq!(ended, self.wanted(subscriber), "done and dead of {}", subscriber.id);
            for row in &done {
                assert!(self.taken.contains(&(subscriber.id, row.position)), "{row:?}");
            }
            for row in &dead {
                self.check_dead(subscriber.id, row);
            }
            let open = [StateKind::Waiting, StateKind::Behind, StateKind::Taken];
            assert!(open.into_iter().all(|state| rows(state).is_empty()));
        }
        for position in accepted {
            assert!(!wait(self.log.notes(position)).unwrap().is_empty(), "notes of {position}");
        }
    }

    fn check_dead(&self, subscription: u64, row: &Delivery) {
        use avocet_backplane::delivery::{DeadReason, Entry};
        let Entry::Dead { tries, reason } = row.entry else { panic!("{row:?}") };
        match reason {
            DeadReason::Rejected => {
                assert!(self.rejected.contains(&(subscription, row.position)), "{row:?}");
            }
            DeadReason::MaxDeliveries => assert_eq!(tries.failed, 6, "{row:?}"),
            DeadReason::MaxAge => panic!("{row:?} in seconds"),
        }
    }
}
