//! A world in which an engine works: a log, sinks, a clock that jumps, and faults. Everything comes
//! from one seed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use avocet_delivery::{
    Action, Batch, DeliveryId, Engine, EngineOptions, Input, LogKind, Moment, Now, Ordering,
    Outcome, Position, Pull, RetryPolicy, SubscriptionId, SubscriptionSettings, Timestamp,
};

use crate::log::{Log, Stored};
use crate::random::Random;

mod checks;
mod sinks;

use sinks::{Manner, manner};

/// Milliseconds for which things go wrong.
const TROUBLE: u64 = 120_000;

/// Milliseconds in which everything has to end.
const ALL: u64 = 48 * 3_600_000;

/// Steps in which everything has to end.
const STEPS: u64 = 100_000;

#[derive(Debug)]
enum Message {
    Publish,
    Read(Pull),
    Write(Batch),
    Extend(u64, u64),
    /// A handler ends; whether it took the event.
    Handled {
        id: DeliveryId,
        subscription: u64,
        position: u64,
        outcome: Outcome,
    },
    ToEngine(Input),
    ClockJumps,
    Crash,
    Trouble,
    SinkReturns(u64),
}

struct Envelope {
    message: Message,
    /// The engine's number that it comes from or goes to; a later one does not get it.
    session: u64,
}

/// Fault, with the steps that led to it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) trace: Vec<String>,
}

pub(crate) struct World {
    random: Random,
    engine: Engine,
    options: EngineOptions,
    log: Log,
    settings: Vec<SubscriptionSettings>,
    manners: Vec<Manner>,
    absent: Vec<bool>,
    moment: u64,
    wall: u64,
    session: u64,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    messages: BTreeMap<u64, Envelope>,
    sent: u64,
    /// Deliveries of this session that have no end yet.
    running: BTreeMap<DeliveryId, (u64, u64)>,
    /// Successful and failed deliveries by subscription and position.
    taken: BTreeSet<(u64, u64)>,
    failed: BTreeMap<(u64, u64), u32>,
    rejected: BTreeSet<(u64, u64)>,
    /// Time at which this session's engine was last given an event.
    given: BTreeMap<(u64, u64), u64>,
    to_publish: u64,
    trace: Option<Vec<String>>,
    pub(crate) crashes: u64,
    pub(crate) deliveries: u64,
}

impl World {
    pub(crate) fn new(seed: u64, tracing: bool) -> Self {
        let mut random = Random::new(seed);
        let lease = random.chance(500).then_some(30_000);
        let count = 1 + random.below(3);
        let settings: Vec<_> = (0..count).map(|_| settings(&mut random)).collect();
        let manners = (0..count).map(|_| manner(&mut random)).collect();
        let log = lease.map(|ms| LogKind::Broker { lease: Duration::from_millis(ms) });
        let options = EngineOptions {
            max_in_flight: 1 + random.below(12) as usize,
            max_held: 8 + random.below(64) as usize,
            max_pulls: 1 + random.below(3) as usize,
            max_batch: 1 + random.below(16) as usize,
            max_ahead: 1 + random.below(8) as usize,
            log: log.unwrap_or(LogKind::Cursor),
            ..EngineOptions::default()
        };
        let to_publish = 5 + random.below(40);
        let mut world = Self {
            engine: Engine::new(options),
            options,
            log: Log::new(count as usize, lease),
            settings,
            manners,
            absent: vec![false; count as usize],
            moment: 1_000_000,
            wall: 1_800_000_000_000,
            session: 0,
            queue: BinaryHeap::new(),
            messages: BTreeMap::new(),
            sent: 0,
            running: BTreeMap::new(),
            taken: BTreeSet::new(),
            failed: BTreeMap::new(),
            rejected: BTreeSet::new(),
            given: BTreeMap::new(),
            to_publish,
            trace: tracing.then(Vec::new),
            crashes: 0,
            deliveries: 0,
            random,
        };
        world.send(0, Message::Publish);
        for _ in 0..world.random.below(4) {
            let at = world.random.below(TROUBLE);
            world.send(at, Message::ClockJumps);
        }
        for _ in 0..world.random.below(5) {
            let at = world.random.below(TROUBLE);
            world.send(at, Message::Crash);
        }
        for _ in 0..world.random.below(4) {
            let at = world.random.below(TROUBLE);
            world.send(at, Message::Trouble);
        }
        world
    }

    /// Runs until every event has ended.
    pub(crate) fn run(mut self) -> Result<(u64, u64), Failure> {
        match self.work() {
            Ok(()) => Ok((self.crashes, self.deliveries)),
            Err(what) => Err(Failure { what, trace: self.trace.unwrap_or_default() }),
        }
    }

    fn work(&mut self) -> Result<(), String> {
        let start = self.moment;
        self.begin()?;
        for _ in 0..STEPS {
            if self.to_publish == 0 && self.has_ended() && !self.in_trouble() {
                return self.check_end();
            }
            let wake = self.engine.next_wake().map(|Moment(at)| at);
            let mail = self.queue.peek().map(|Reverse((at, _))| *at);
            let Some(next) = wake.into_iter().chain(mail).min() else {
                if self.to_publish == 0 && self.has_ended() {
                    return self.check_end();
                }
                return Err(format!("nothing happens any more; open: {:?}", self.open()));
            };
            if next > start + ALL {
                return Err(format!("events did not end in time: {:?}", self.open()));
            }
            let passed = next.saturating_sub(self.moment);
            self.moment += passed;
            self.wall += passed;
            match mail {
                Some(mail) if mail <= next => {
                    let Some(Reverse((_, number))) = self.queue.pop() else { continue };
                    if let Some(envelope) = self.messages.remove(&number) {
                        self.receive(envelope)?;
                    }
                }
                _ => self.tell(Input::Time)?,
            }
        }
        Err(format!("events did not end in {STEPS} steps: {:?}", self.open()))
    }

    fn in_trouble(&self) -> bool {
        self.moment < 1_000_000 + TROUBLE
    }

    fn now(&self) -> Now {
        Now { wall: Timestamp(self.wall), moment: Moment(self.moment) }
    }

    fn send(&mut self, delay: u64, message: Message) {
        self.sent += 1;
        self.queue.push(Reverse((self.moment + delay, self.sent)));
        self.messages.insert(self.sent, Envelope { message, session: self.session });
    }

    /// A latency: mostly short, sometimes long, so that messages pass each other.
    fn latency(&mut self) -> u64 {
        if self.random.chance(50) { self.random.below(5_000) } else { self.random.below(20) }
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        let moment = self.moment;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{moment} {}", what()));
        }
    }

    /// A new engine, after a start or a crash.
    fn begin(&mut self) -> Result<(), String> {
        self.engine = Engine::new(self.options);
        self.log.reopen();
        self.running.clear();
        self.given.clear();
        for id in 0..self.settings.len() {
            let cursor = Position(self.log.books[id].cursor);
            let settings = self.settings[id];
            self.tell(Input::Subscribe { id: SubscriptionId(id as u64), settings, cursor })?;
        }
        Ok(())
    }

    /// Has the engine handle an input, and does what it wants.
    fn tell(&mut self, input: Input) -> Result<(), String> {
        self.note(|| format!("in  {input:?}"));
        let now = self.now();
        self.engine.handle(now, input);
        let actions: Vec<_> = self.engine.actions().collect();
        for action in actions {
            if self.in_trouble() && self.random.chance(2) {
                return self.crash();
            }
            self.note(|| format!("out {action:?}"));
            self.act(action)?;
        }
        self.check_bounds()
    }

    fn act(&mut self, action: Action) -> Result<(), String> {
        let delay = self.latency();
        match action {
            Action::Pull(pull) => self.send(delay, Message::Read(pull)),
            Action::Write(batch) => self.send(delay, Message::Write(batch)),
            Action::Extend { subscription, position } => {
                if !self.in_trouble() || self.random.chance(900) {
                    self.send(delay, Message::Extend(subscription.0, position.0));
                }
            }
            Action::Abandon(id) => {
                if let Some(event) = self.running.remove(&id) {
                    // Without an answer in time it failed.
                    *self.failed.entry(event).or_default() += 1;
                }
            }
            Action::Deliver { id, subscription, position, attempt } => {
                self.check_delivery(subscription.0, position.0, attempt)?;
                self.running.insert(id, (subscription.0, position.0));
                self.deliveries += 1;
                self.deliver(id, subscription.0, position.0);
            }
        }
        Ok(())
    }

    fn receive(&mut self, envelope: Envelope) -> Result<(), String> {
        let current = envelope.session == self.session;
        match envelope.message {
            Message::Publish => self.publish()?,
            Message::Crash => self.crash()?,
            Message::Trouble => self.trouble()?,
            Message::SinkReturns(id) => {
                self.absent[id as usize] = false;
                self.tell(Input::SinkReady(SubscriptionId(id)))?;
            }
            Message::ClockJumps => {
                let by = self.random.below(2 * 3_600_000);
                self.wall = (self.wall + by).saturating_sub(3_600_000);
                self.note(|| "the clock jumps".to_owned());
            }
            Message::Read(pull) if current => self.read(&pull),
            Message::Write(batch) => self.write(&batch, current),
            Message::Extend(subscription, position) => {
                self.log.extend(subscription, position, self.moment);
            }
            Message::Handled { id, subscription, position, outcome } => {
                self.handled(id, subscription, position, outcome, current);
            }
            Message::ToEngine(input) if current => {
                if let Input::Answered { id, .. } = &input {
                    self.running.remove(id);
                }
                if let Input::Pulled(pulled) = &input {
                    self.note(|| format!("{pulled:?}"));
                }
                self.tell(input)?;
            }
            Message::Read(_) | Message::ToEngine(_) => {}
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<(), String> {
        self.to_publish -= 1;
        let keys = 1 + self.random.below(4);
        let event = Stored {
            accepted: self.wall,
            key: self.random.chance(800).then(|| self.random.below(keys)),
            due: self.random.chance(100).then(|| self.wall + self.random.below(600_000)),
            wanted: self.random.next(),
        };
        let wanted = event.wanted;
        let position = self.log.append(event);
        self.note(|| format!("event {position} is accepted"));
        if self.to_publish > 0 {
            let pause = self.random.below(4_000);
            self.send(pause, Message::Publish);
        }
        for id in 0..self.settings.len() as u64 {
            if wanted >> id & 1 == 1 {
                self.tell(Input::Appended(SubscriptionId(id)))?;
            }
        }
        Ok(())
    }

    fn read(&mut self, pull: &Pull) {
        let delay = self.latency();
        if self.in_trouble() && self.random.chance(30) {
            return self.send(delay, Message::ToEngine(Input::PullFailed(pull.id)));
        }
        let pulled = self.log.read(pull, self.moment);
        for event in &pulled.events {
            self.given.insert((pull.subscription.0, event.position.0), self.moment);
        }
        if self.in_trouble() && self.random.chance(20) {
            self.note(|| format!("the answer to {:?} is lost", pull.id));
            return;
        }
        if self.in_trouble() && self.random.chance(50) {
            let later = self.latency();
            self.send(later, Message::ToEngine(Input::Pulled(pulled.clone())));
        }
        self.send(delay, Message::ToEngine(Input::Pulled(pulled)));
    }

    fn write(&mut self, batch: &Batch, current: bool) {
        let delay = self.latency();
        let broker = self.log.lease.is_some();
        // What a process had not written dies with it; what is on its way to a broker arrives.
        if !current && (!broker || self.random.chance(500)) {
            return;
        }
        let trouble = self.in_trouble();
        if trouble && current && self.random.chance(50) {
            self.note(|| format!("{:?} fails", batch.id));
            self.send(delay, Message::ToEngine(Input::WriteFailed(batch.id)));
            // Nobody knows whether it failed: it may arrive later.
            if self.random.chance(500) {
                let later = self.latency();
                self.send(later, Message::Write(batch.clone()));
            }
            return;
        }
        let mut lost = false;
        let random = &mut self.random;
        let moment = self.moment;
        let mut keep = || {
            let keep = !trouble || !random.chance(50);
            lost |= !keep;
            keep
        };
        if current {
            self.log.write(batch, moment, &mut keep);
        } else {
            self.log.write_late(batch, moment, &mut keep);
        }
        let (lost, silent) = (lost && broker, trouble && self.random.chance(20));
        self.note(|| format!("{:?} is written (lost {lost}, silent {silent})", batch.id));
        if current && !silent {
            let input = if lost { Input::WriteFailed(batch.id) } else { Input::Written(batch.id) };
            if trouble && self.random.chance(50) {
                self.send(delay + 7, Message::ToEngine(input.clone()));
            }
            self.send(delay, Message::ToEngine(input));
        }
    }

    /// The process dies and comes back.
    fn crash(&mut self) -> Result<(), String> {
        self.note(|| "the process crashes".to_owned());
        self.crashes += 1;
        self.session += 1;
        self.begin()
    }

    /// Something happens to a subscription.
    fn trouble(&mut self) -> Result<(), String> {
        let index = self.random.below(self.settings.len() as u64);
        let id = SubscriptionId(index);
        let back = 1 + self.random.below(20_000);
        match self.random.below(4) {
            0 | 1 => {
                self.absent[index as usize] = true;
                self.send(back, Message::SinkReturns(index));
                // Or it finds out by itself.
                if self.random.chance(500) { self.tell(Input::SinkAbsent(id)) } else { Ok(()) }
            }
            2 => {
                self.running.retain(|_, (own, _)| *own != index);
                self.tell(Input::Interrupted(id))
            }
            _ => {
                self.running.retain(|_, (own, _)| *own != index);
                self.tell(Input::Unsubscribe(id))?;
                let settings = self.settings[index as usize];
                let cursor = Position(self.log.books[index as usize].cursor);
                self.tell(Input::Subscribe { id, settings, cursor })
            }
        }
    }

    /// Events that have not ended.
    fn open(&self) -> Vec<(u64, u64)> {
        let all = (1..=self.log.events.len() as u64).flat_map(|position| {
            (0..self.settings.len() as u64).map(move |subscription| (subscription, position))
        });
        all.filter(|(subscription, position)| {
            self.log.event(*position).is_for(*subscription)
                && !self.log.books[*subscription as usize].ends.contains_key(position)
        })
        .collect()
    }

    fn has_ended(&self) -> bool {
        self.open().is_empty()
    }
}

fn settings(random: &mut Random) -> SubscriptionSettings {
    let ordered = random.chance(500);
    SubscriptionSettings {
        max_in_flight: 1 + random.below(6) as u32,
        ordering: if ordered { Ordering::Subject } else { Ordering::None },
        retry: RetryPolicy {
            max_deliveries: random.chance(400).then(|| 1 + random.below(5) as u32),
            max_age: Duration::from_secs(60 + random.below(1_200)),
            min_pause: Duration::from_millis(500 + random.below(3_000)),
            max_pause: Duration::from_secs(30 + random.below(270)),
        },
        answer_within: Duration::from_secs(300),
    }
}
