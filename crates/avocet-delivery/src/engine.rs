//! The engine: all subscriptions, and what they share.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};

use crate::item::State;
use crate::log::{BatchId, Entry, Note, Position, Pull, PullId, Pulled, SubscriptionId};
use crate::protocol::{Action, DeliveryId, Input, Outcome};
use crate::reading::CLOCK_SLACK;
use crate::settings::{EngineOptions, SubscriptionSettings};
use crate::subscription::{Sink, Subscription};
use crate::time::{Moment, Now, Timestamp};
use crate::view::SubscriptionView;
use crate::writer::Writer;

/// A delivery engine. It does nothing by itself: [`Engine::handle`] takes what happened and
/// [`Engine::actions`] gives what is to be done.
#[derive(Debug)]
pub struct Engine {
    options: EngineOptions,
    subscriptions: HashMap<SubscriptionId, Subscription>,
    writer: Writer,
    deliveries: HashMap<DeliveryId, (SubscriptionId, Position)>,
    pulls: HashMap<PullId, SubscriptionId>,
    last_delivery: u64,
    last_pull: u64,
    /// Subscriptions that may start a delivery, each once; one delivery is one turn.
    runnable: VecDeque<SubscriptionId>,
    /// Subscriptions that may read, each once.
    readers: VecDeque<SubscriptionId>,
    /// Subscriptions whose cursor is written for its own sake.
    lagging: BTreeSet<SubscriptionId>,
    timers: BinaryHeap<Reverse<(Moment, SubscriptionId)>>,
    deadlines: BinaryHeap<Reverse<(Moment, DeliveryId)>>,
    leases: VecDeque<Lease>,
    actions: Vec<Action>,
}

/// Time of the next report to the log that an event is still held.
#[derive(Debug)]
struct Lease {
    at: Moment,
    subscription: SubscriptionId,
    position: Position,
    stay: u64,
}

impl Engine {
    /// An engine without subscriptions.
    pub fn new(options: EngineOptions) -> Self {
        Self {
            options,
            subscriptions: HashMap::new(),
            writer: Writer::default(),
            deliveries: HashMap::new(),
            pulls: HashMap::new(),
            last_delivery: 0,
            last_pull: 0,
            runnable: VecDeque::new(),
            readers: VecDeque::new(),
            lagging: BTreeSet::new(),
            timers: BinaryHeap::new(),
            deadlines: BinaryHeap::new(),
            leases: VecDeque::new(),
            actions: Vec::new(),
        }
    }

    /// Takes what happened. Answers to what is unknown (any more) change nothing, so that they may
    /// come late, twice, or in any order.
    pub fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::Time => {}
            Input::Subscribe { id, settings, cursor } => self.subscribe(id, settings, cursor),
            Input::Configure { id, settings } => self.with(id, |own| own.settings = settings),
            Input::Unsubscribe(id) => self.unsubscribe(id),
            Input::Appended(id) => self.with(id, |own| own.reading.appended()),
            Input::Tidy { last } => self.tidy(last),
            Input::SinkReady(id) => self.with(id, |own| own.sink = Sink::Ready),
            Input::SinkAbsent(id) => self.with(id, |own| own.sink = Sink::Absent),
            Input::Interrupted(id) => self.interrupted(now, id),
            Input::Pulled(pulled) => self.pulled(now, &pulled),
            Input::PullFailed(id) => self.pull_failed(now, id),
            Input::Written(id) => self.written(now, id),
            Input::WriteFailed(id) => {
                self.writer.failed(id, now.moment.after(self.options.log_pause));
            }
            Input::Answered { id, outcome, note } => self.answered(now, id, outcome, note),
        }
        self.pass(now);
        self.start_deliveries(now);
        self.start_reads(now);
        self.start_write(now);
    }

    /// Takes what is to be done, in this order.
    pub fn actions(&mut self) -> std::vec::Drain<'_, Action> {
        self.actions.drain(..)
    }

    /// Latest time for [`Input::Time`].
    pub fn next_wake(&self) -> Option<Moment> {
        let timer = self.timers.peek().map(|Reverse((at, _))| *at);
        let deadline = self.deadlines.peek().map(|Reverse((at, _))| *at);
        let lease = self.leases.front().map(|lease| lease.at);
        timer.into_iter().chain(deadline).chain(lease).chain(self.writer.next_wake()).min()
    }

    /// State of a subscription; `None` for one that is not there.
    pub fn view(&self, id: SubscriptionId) -> Option<SubscriptionView> {
        self.subscriptions.get(&id).map(SubscriptionView::of)
    }

    fn with(&mut self, id: SubscriptionId, change: impl FnOnce(&mut Subscription)) {
        if let Some(subscription) = self.subscriptions.get_mut(&id) {
            change(subscription);
            self.touch(id);
        }
    }

    fn subscribe(&mut self, id: SubscriptionId, settings: SubscriptionSettings, cursor: Position) {
        self.unsubscribe(id);
        let not_before = self.writer.last_serial();
        let subscription = Subscription::new(id, settings, cursor, not_before, self.options.log);
        self.subscriptions.insert(id, subscription);
        self.touch(id);
    }

    fn unsubscribe(&mut self, id: SubscriptionId) {
        let Some(subscription) = self.subscriptions.remove(&id) else { return };
        for (position, item) in subscription.window.items() {
            if let State::Leased(delivery) = item.state {
                self.deliveries.remove(&delivery);
                self.actions.push(Action::Abandon(delivery));
            }
            let unsettled = matches!(item.state, State::Leased(_) | State::Ready { .. });
            if unsettled && self.options.log.lease().is_some() {
                self.writer.push(id, position, Entry::Return, None);
            }
        }
        self.pulls.retain(|_, own| *own != id);
        self.lagging.remove(&id);
    }

    fn tidy(&mut self, last: Position) {
        let ids: Vec<_> = self.subscriptions.keys().copied().collect();
        for id in ids {
            self.with(id, |own| own.tidy(last));
        }
    }

    fn interrupted(&mut self, now: Now, id: SubscriptionId) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let leased: Vec<_> = subscription
            .window
            .items()
            .filter_map(|(position, item)| match item.state {
                State::Leased(delivery) => Some((position, delivery)),
                _ => None,
            })
            .collect();
        // The last one first: each goes before the others.
        for (position, delivery) in leased.into_iter().rev() {
            self.deliveries.remove(&delivery);
            let outcome = Outcome::Interrupted;
            subscription.answered(position, outcome, None, now, &mut self.writer);
        }
        self.touch(id);
    }

    fn answered(&mut self, now: Now, id: DeliveryId, outcome: Outcome, note: Option<Note>) {
        let Some((subscription, position)) = self.deliveries.remove(&id) else { return };
        if self.deadlines.len() > 64 + 4 * self.deliveries.len() {
            let deliveries = &self.deliveries;
            self.deadlines.retain(|Reverse((_, id))| deliveries.contains_key(id));
        }
        if let Some(own) = self.subscriptions.get_mut(&subscription) {
            own.answered(position, outcome, note, now, &mut self.writer);
            self.touch(subscription);
        }
    }

    fn pulled(&mut self, now: Now, pulled: &Pulled) {
        let Some(id) = self.pulls.remove(&pulled.id) else { return };
        let Some(own) = self.subscriptions.get_mut(&id) else { return };
        if !own.reading.end(pulled.id) {
            return;
        }
        let new = own.take(pulled, now, &mut self.writer);
        if let Some(lease) = self.options.log.lease() {
            let at = now.moment.after(lease / 3);
            for position in new {
                if let Some(item) = own.window.get(position) {
                    let stay = item.stay;
                    self.leases.push_back(Lease { at, subscription: id, position, stay });
                }
            }
        }
        self.touch(id);
    }

    fn pull_failed(&mut self, now: Now, pull: PullId) {
        let Some(id) = self.pulls.remove(&pull) else { return };
        let until = now.moment.after(self.options.log_pause);
        self.with(id, |own| {
            if own.reading.end(pull) {
                own.reading.pause(until);
                own.forget_settled();
            }
        });
    }

    fn written(&mut self, now: Now, id: BatchId) {
        let Some((entries, cursors)) = self.writer.written(id) else { return };
        let mut touched = BTreeSet::new();
        for (id, cursor) in cursors {
            if let Some(own) = self.subscriptions.get_mut(&id) {
                own.moved(cursor);
                touched.insert(id);
            }
        }
        for pending in entries {
            let record = &pending.record;
            if let Some(own) = self.subscriptions.get_mut(&record.subscription) {
                own.written(record.position, pending.serial, record.entry, now);
                touched.insert(record.subscription);
            }
        }
        for id in touched {
            self.touch(id);
        }
    }

    /// Does what time asks for.
    fn pass(&mut self, now: Now) {
        while let Some(Reverse((at, id))) = self.timers.peek().copied() {
            if at > now.moment {
                break;
            }
            self.timers.pop();
            self.pass_subscription(now, id);
        }
        while let Some(Reverse((at, id))) = self.deadlines.peek().copied() {
            if at > now.moment {
                break;
            }
            self.deadlines.pop();
            if self.deliveries.contains_key(&id) {
                self.actions.push(Action::Abandon(id));
                self.answered(now, id, Outcome::Failed { retry_after: None }, None);
            }
        }
        if let Some(batch) = self.writer.overdue(now.moment) {
            self.writer.failed(batch, now.moment.after(self.options.log_pause));
        }
        self.writer.pass(now.moment);
        self.extend_leases(now.moment);
    }

    fn pass_subscription(&mut self, now: Now, id: SubscriptionId) {
        let Some(own) = self.subscriptions.get_mut(&id) else { return };
        own.timer = None;
        own.pass(now.moment);
        if own.reading.give_up(now.moment) {
            own.forget_settled();
            self.pulls.retain(|_, other| *other != id);
        }
        self.touch(id);
    }

    fn extend_leases(&mut self, now: Moment) {
        let Some(term) = self.options.log.lease() else { return };
        while self.leases.front().is_some_and(|lease| lease.at <= now) {
            let Some(mut lease) = self.leases.pop_front() else { return };
            let own = self.subscriptions.get(&lease.subscription);
            let item = own.and_then(|own| own.window.get(lease.position));
            if item.is_some_and(|item| item.stay == lease.stay && item.is_active()) {
                let Lease { subscription, position, .. } = lease;
                self.actions.push(Action::Extend { subscription, position });
                lease.at = now.after(term / 3);
                self.leases.push_back(lease);
            }
        }
    }

    /// Looks at what a subscription that changed can do now.
    fn touch(&mut self, id: SubscriptionId) {
        let count = self.subscriptions.len();
        let Some(own) = self.subscriptions.get_mut(&id) else { return };
        own.make_room(self.options.window(&own.settings, count), &mut self.writer);
        own.pass_by(self.options.max_ahead, &mut self.writer);
        if own.lags() {
            self.lagging.insert(id);
        }
        if !own.listed && own.can_start() {
            own.listed = true;
            self.runnable.push_back(id);
        }
        if !own.reads && !own.reading.is_under_way() {
            own.reads = true;
            self.readers.push_back(id);
        }
        if let Some(at) = own.next_wake() {
            self.set_timer(at, id);
        }
    }

    fn set_timer(&mut self, at: Moment, id: SubscriptionId) {
        let Some(own) = self.subscriptions.get_mut(&id) else { return };
        if own.timer.is_none_or(|timer| at < timer) {
            own.timer = Some(at);
            self.timers.push(Reverse((at, id)));
        }
    }

    fn start_deliveries(&mut self, now: Now) {
        while self.deliveries.len() < self.options.max_in_flight {
            let Some(id) = self.runnable.pop_front() else { return };
            let Some(own) = self.subscriptions.get_mut(&id) else { continue };
            own.listed = false;
            if !own.can_start() {
                continue;
            }
            let delivery = DeliveryId(self.last_delivery + 1);
            if let Some((position, attempt)) = own.start(delivery) {
                self.last_delivery += 1;
                self.deliveries.insert(delivery, (id, position));
                let deadline = now.moment.after(own.settings.answer_within);
                self.deadlines.push(Reverse((deadline, delivery)));
                self.actions.push(Action::Deliver {
                    id: delivery,
                    subscription: id,
                    position,
                    attempt,
                });
            }
            self.touch(id);
        }
    }

    fn start_reads(&mut self, now: Now) {
        let count = self.subscriptions.len();
        for _ in 0..self.readers.len() {
            if self.pulls.len() >= self.options.max_pulls {
                return;
            }
            let Some(id) = self.readers.pop_front() else { return };
            let Some(own) = self.subscriptions.get_mut(&id) else { continue };
            own.reads = false;
            let room = self.options.window(&own.settings, count);
            let Some(asked) = own.wants(room, now.moment) else { continue };
            if !self.writer.has_written(own.reading.not_before) {
                own.reads = true;
                self.readers.push_back(id);
                continue;
            }
            self.last_pull += 1;
            let pull = PullId(self.last_pull);
            self.pulls.insert(pull, id);
            let deadline = now.moment.after(self.options.pull_within);
            own.begin_read(pull, asked, deadline);
            self.actions.push(Action::Pull(Pull {
                id: pull,
                subscription: id,
                after: own.scanned,
                fresh: asked.0,
                returned: own.to_ask_for(asked.1),
                now: now.wall,
                written_after: Timestamp(now.wall.after(CLOCK_SLACK).0),
            }));
            self.set_timer(deadline, id);
        }
    }

    fn start_write(&mut self, now: Now) {
        let waits = self.writer.is_empty() && self.lagging.is_empty();
        if waits || !self.writer.is_free(now.moment) {
            return;
        }
        let max = self.options.max_batch;
        let mut ids = std::mem::take(&mut self.lagging);
        let mut last = 0;
        for pending in self.writer.next(max) {
            ids.insert(pending.record.subscription);
            last = pending.serial;
        }
        let cursors = ids
            .into_iter()
            .filter_map(|id| Some((id, self.subscriptions.get(&id)?.next_cursor(last)?)))
            .collect();
        let batch = self.writer.begin(max, cursors, now.moment.after(self.options.write_within));
        self.actions.push(Action::Write(batch));
    }
}
