//! The driver: hands the engine what happens, and does what it says.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use avocet_backplane::{Document, EventLog, LogStore, NewEvent, delivery as log};
use avocet_delivery::{
    Action, Batch, BatchId, DeliveryId, Engine, EngineOptions, Entry, Input, Moment, Now, Outcome,
    Position, Pull, PullId, SubscriptionId, Timestamp,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::bus::{Bus, News};
use super::index::Index;
use super::sink::Ended;
use super::status::{Counts, Failing, SubscriptionStatus};
use super::wanted::{Choice, Wanted};
use super::{Attempt, convert};
use crate::log_lines::{now_ms, platform_error};

/// Time between two looks at what nobody told of: events of other publishers on the same log, and
/// cursors that lag.
const LOOK: Duration = Duration::from_secs(1);

/// Looks between two times that all cursors are brought up while events come.
const TIDY_LOOKS: u32 = 5;

/// Pause after the log could not be read before a delivery.
const LOG_PAUSE: Duration = Duration::from_secs(1);

/// Orders for the driver.
#[derive(Debug)]
pub(super) enum Command {
    /// Serve a subscription, or go on serving it like this.
    Serve { id: u64, cursor: u64, wanted: Box<Wanted> },
    /// Serve a subscription no more.
    Leave { name: Arc<str> },
    /// Sinks may have come or gone.
    Sinks,
    /// Rows of a subscription became ready (a replay).
    Wake { id: u64 },
    /// Tell the state of every subscription.
    Status(oneshot::Sender<Vec<SubscriptionStatus>>),
    /// Start nothing more, and end when what runs has ended and is written down.
    Stop,
}

/// A subscription that is served.
struct Own {
    wanted: Wanted,
    counts: Counts,
    is_present: bool,
}

/// A delivery that runs.
struct Running {
    subscription: SubscriptionId,
    position: Position,
    task: AbortHandle,
}

/// Result of a task.
enum Done {
    Pulled(Input),
    NotPulled(PullId, avocet_backplane::Error),
    Written(BatchId, avocet_backplane::Result<()>),
    Ended(DeliveryId, Ended),
}

/// Counts over all subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub delivered: AtomicU64,
    pub failed: AtomicU64,
    pub dead: AtomicU64,
}

pub(super) struct Driver {
    engine: Engine,
    log: Arc<dyn EventLog>,
    logs: Arc<dyn LogStore>,
    bus: Arc<Bus>,
    session: u64,
    begun: Instant,
    orders: mpsc::Receiver<Command>,
    news: mpsc::Receiver<News>,
    last: watch::Receiver<u64>,
    tasks: JoinSet<Done>,
    running: HashMap<DeliveryId, Running>,
    own: HashMap<SubscriptionId, Own>,
    /// The same by what they want; none where they changed since it was made.
    index: Option<Index>,
    /// Events emitted by handlers that were done, until that is written.
    emitted: HashMap<(SubscriptionId, Position), Vec<NewEvent>>,
    /// Delivered events whose entries are in the batch under way, with what they emitted.
    writing: Vec<(SubscriptionId, Position)>,
    /// Every event of that batch, where somebody follows.
    told_of: Vec<Position>,
    /// Position up to which subscriptions were told of events, and at the last look; at the last tidying.
    told: u64,
    looked: u64,
    tidied: u64,
    looks: u32,
    /// Whether the last write, the last read failed.
    failing: bool,
    unread: bool,
    stopping: bool,
    totals: Arc<Totals>,
}

impl Driver {
    pub(super) fn new(
        bus: Arc<Bus>,
        log: Arc<dyn EventLog>,
        logs: Arc<dyn LogStore>,
        orders: mpsc::Receiver<Command>,
        news: mpsc::Receiver<News>,
        totals: Arc<Totals>,
    ) -> Self {
        let last = log.watch();
        let told = *last.borrow();
        let session = log.session();
        Self {
            engine: Engine::new(EngineOptions::default()),
            log,
            logs,
            bus,
            session,
            begun: Instant::now(),
            orders,
            news,
            last,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            own: HashMap::new(),
            index: None,
            emitted: HashMap::new(),
            writing: Vec::new(),
            told_of: Vec::new(),
            told,
            looked: told,
            tidied: 0,
            looks: 0,
            failing: false,
            unread: false,
            stopping: false,
            totals,
        }
    }

    /// Runs until it is stopped, or nobody can give it orders any more.
    pub(super) async fn run(mut self) {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !(self.stopping && self.tasks.is_empty()) {
            let wake = self.engine.next_wake().map(|at| self.instant(at));
            let timer = async {
                match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(order) => self.order(order),
                    None => return,
                },
                Some(news) = self.news.recv() => self.hear(news),
                Some(done) = self.tasks.join_next() => self.done(done),
                () = timer => self.tell(Input::Time),
                _ = look.tick() => self.look(),
            }
            // What has ended meanwhile goes into the same batch.
            while let Some(done) = self.tasks.try_join_next() {
                self.done(done);
            }
        }
    }

    fn now(&self) -> Now {
        let moment = Moment(self.begun.elapsed().as_millis() as u64);
        Now { wall: Timestamp(now_ms()), moment }
    }

    fn instant(&self, Moment(at): Moment) -> Instant {
        // Far away is as good as never, and is no overflow.
        self.begun + Duration::from_millis(at.min(u64::from(u32::MAX)))
    }

    fn tell(&mut self, input: Input) {
        self.engine.handle(self.now(), input);
        let actions: Vec<Action> = self.engine.actions().collect();
        for action in actions {
            match action {
                Action::Pull(pull) => self.pull(pull),
                Action::Write(batch) => self.write(&batch),
                Action::Deliver { id, subscription, position, .. } => {
                    self.deliver(id, subscription, position);
                }
                Action::Abandon(id) => {
                    if let Some(running) = self.running.remove(&id) {
                        running.task.abort();
                    }
                }
                // A log with cursors lends nothing.
                Action::Extend { .. } => {}
            }
        }
    }

    fn order(&mut self, order: Command) {
        match order {
            Command::Serve { id, cursor, wanted } => {
                self.serve(SubscriptionId(id), Position(cursor), *wanted);
            }
            Command::Leave { name } => {
                let found = self.own.iter().find(|(_, own)| own.wanted.name == name);
                if let Some(id) = found.map(|(id, _)| *id) {
                    self.own.remove(&id);
                    self.index = None;
                    self.tell(Input::Unsubscribe(id));
                }
            }
            Command::Sinks => self.look_for_sinks(),
            Command::Wake { id } => self.tell(Input::Appended(SubscriptionId(id))),
            Command::Status(reply) => {
                // Whoever asked may have gone.
                let _ = reply.send(self.status());
            }
            Command::Stop => self.stopping = true,
        }
    }

    fn serve(&mut self, id: SubscriptionId, cursor: Position, wanted: Wanted) {
        let (settings, is_present) = (wanted.settings, wanted.sink.is_present());
        self.index = None;
        match self.own.get_mut(&id) {
            Some(own) => {
                own.wanted = wanted;
                self.tell(Input::Configure { id, settings });
                // It may want more than before.
                self.tell(Input::Appended(id));
            }
            None => {
                let own = Own { wanted, counts: Counts::default(), is_present: true };
                self.own.insert(id, own);
                self.tell(Input::Subscribe { id, settings, cursor });
            }
        }
        self.set_present(id, is_present);
    }

    fn look_for_sinks(&mut self) {
        let present = self
            .own
            .iter()
            .map(|(id, own)| (*id, own.wanted.sink.is_present()))
            .collect::<Vec<_>>();
        present.into_iter().for_each(|(id, is_present)| self.set_present(id, is_present));
    }

    fn set_present(&mut self, id: SubscriptionId, is_present: bool) {
        let Some(own) = self.own.get_mut(&id) else { return };
        if std::mem::replace(&mut own.is_present, is_present) != is_present || is_present {
            self.tell(match is_present {
                true => Input::SinkReady(id),
                false => Input::SinkAbsent(id),
            });
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Appended { events, last } => {
                self.told = self.told.max(last);
                self.announce(&events);
            }
            News::Full => self.tidy(),
        }
    }

    /// Tells the subscriptions that want one of these events.
    fn announce(&mut self, events: &[Document]) {
        let choices = || self.own.iter().map(|(id, own)| (*id, &own.wanted.choice));
        let index = self.index.get_or_insert_with(|| Index::of(choices()));
        let ids: BTreeSet<_> =
            events.iter().flat_map(|attributes| index.find(attributes)).collect();
        ids.into_iter().for_each(|id| self.tell(Input::Appended(id)));
    }

    /// Looks for events that nobody told of, and now and then brings all cursors up.
    fn look(&mut self) {
        let last = *self.last.borrow();
        if self.looked > self.told {
            self.told = self.looked;
            let ids: Vec<_> = self.own.keys().copied().collect();
            ids.into_iter().for_each(|id| self.tell(Input::Appended(id)));
        }
        self.looked = last;
        self.looks += 1;
        if self.looks.is_multiple_of(TIDY_LOOKS) && last != self.tidied {
            self.tidy();
        }
    }

    fn tidy(&mut self) {
        self.tidied = *self.last.borrow();
        self.tell(Input::Tidy { last: Position(self.tidied) });
    }

    fn pull(&mut self, pull: Pull) {
        let Some(own) = self.own.get(&pull.subscription) else { return };
        let Choice { filter, condition, .. } = own.wanted.choice.clone();
        let asked = self.log.pull(convert::pull(&pull, filter, condition));
        self.tasks.spawn(async move {
            match asked.await {
                Ok(pulled) => Done::Pulled(Input::Pulled(convert::pulled(pull.id, &pulled))),
                Err(error) => Done::NotPulled(pull.id, error),
            }
        });
    }

    fn write(&mut self, batch: &Batch) {
        let done = batch.records.iter().filter(|record| record.entry == Entry::Done);
        self.writing = done.map(|record| (record.subscription, record.position)).collect();
        if self.bus.changes.receiver_count() > 0 {
            self.told_of = batch.records.iter().map(|record| record.position).collect();
        }
        let dead = batch.records.iter().filter(|r| matches!(r.entry, Entry::Dead { .. })).count();
        self.totals.dead.fetch_add(dead as u64, Relaxed);
        let emitted = |record: &avocet_delivery::Record| match record.entry {
            Entry::Done => self
                .emitted
                .get(&(record.subscription, record.position))
                .cloned()
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        let batch: log::Batch = convert::batch(self.session, batch, emitted);
        let id = BatchId(batch.id);
        let written = self.log.write(batch);
        self.tasks.spawn(async move { Done::Written(id, written.await) });
    }

    fn written(&mut self, id: BatchId, result: avocet_backplane::Result<()>) {
        match result {
            Ok(()) => {
                self.failing = false;
                let written = std::mem::take(&mut self.writing);
                for position in self.told_of.drain(..) {
                    self.bus.changed(position.0);
                }
                let emitted: Vec<NewEvent> =
                    written.iter().filter_map(|key| self.emitted.remove(key)).flatten().collect();
                self.tell(Input::Written(id));
                if !emitted.is_empty() {
                    self.told = self.told.max(*self.last.borrow());
                    let of = |event: NewEvent| event.attributes;
                    self.announce(&emitted.into_iter().map(of).collect::<Vec<_>>());
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failing, true) {
                    let text =
                        format!("results of deliveries cannot be stored, trying again: {error}");
                    self.logs.append(vec![platform_error(text)]);
                }
                self.tell(Input::WriteFailed(id));
            }
        }
    }

    fn deliver(&mut self, id: DeliveryId, subscription: SubscriptionId, position: Position) {
        if self.stopping {
            // It is as good as never begun.
            return;
        }
        let Some(own) = self.own.get(&subscription) else { return };
        let sink = own.wanted.sink.clone();
        let recent = self.bus.recent.get(position.0);
        let read = recent.is_none().then(|| self.log.event(position.0));
        let task = self.tasks.spawn(async move {
            let event = match (recent, read) {
                (Some(event), _) => event,
                (None, Some(read)) => match read.await {
                    Ok(Some(event)) => Arc::new(event),
                    // It was deleted.
                    Ok(None) => return Done::Ended(id, Ended::new(Outcome::Rejected, None)),
                    Err(_) => {
                        let outcome = Outcome::Refused { retry_after: Some(LOG_PAUSE) };
                        return Done::Ended(id, Ended::new(outcome, None));
                    }
                },
                (None, None) => return Done::Ended(id, Ended::new(Outcome::Interrupted, None)),
            };
            Done::Ended(id, sink.deliver(event).await)
        });
        self.running.insert(id, Running { subscription, position, task });
    }

    fn done(&mut self, done: Result<Done, tokio::task::JoinError>) {
        match done {
            Ok(Done::Pulled(input)) => {
                self.unread = false;
                self.tell(input);
            }
            Ok(Done::NotPulled(id, error)) => {
                if !std::mem::replace(&mut self.unread, true) {
                    let text = format!("events cannot be read, trying again: {error}");
                    self.logs.append(vec![platform_error(text)]);
                }
                self.tell(Input::PullFailed(id));
            }
            Ok(Done::Written(id, result)) => self.written(id, result),
            Ok(Done::Ended(id, ended)) => self.ended(id, ended),
            Err(error) if error.is_panic() => self.panicked(error.id()),
            // It was broken off.
            Err(_) => {}
        }
    }

    /// A delivery that panicked has failed. (Of reads and writes the engine's time limits make up.)
    fn panicked(&mut self, task: tokio::task::Id) {
        let found = self.running.iter().find(|(_, running)| running.task.id() == task);
        if let Some(id) = found.map(|(id, _)| *id) {
            let mut attempt = Attempt::begin();
            attempt.error = Some("a defect of the platform ended the delivery".to_owned());
            let outcome = Outcome::Failed { retry_after: None };
            self.ended(id, Ended::new(outcome, Some(attempt)));
        }
    }

    fn ended(&mut self, id: DeliveryId, ended: Ended) {
        // What was abandoned is of no interest any more.
        let Some(Running { subscription, position, .. }) = self.running.remove(&id) else { return };
        let Ended { outcome, attempt, emitted } = ended;
        if let Some(own) = self.own.get_mut(&subscription) {
            match outcome {
                Outcome::Delivered => {
                    own.counts.deliver(now_ms() / 1000);
                    self.totals.delivered.fetch_add(1, Relaxed);
                }
                Outcome::Absent | Outcome::Interrupted => {}
                Outcome::Failed { .. } | Outcome::Rejected | Outcome::Refused { .. } => {
                    let at = attempt.as_ref().map_or_else(now_ms, |attempt| attempt.at);
                    let error = attempt.as_ref().and_then(|attempt| attempt.error.clone());
                    own.counts.fail(Failing { position: position.0, at, error });
                    self.totals.failed.fetch_add(1, Relaxed);
                }
            }
        }
        if !emitted.is_empty() {
            self.emitted.insert((subscription, position), emitted);
        }
        let note = attempt.map(|attempt| attempt.line().into());
        self.tell(Input::Answered { id, outcome, note });
    }

    fn status(&self) -> Vec<SubscriptionStatus> {
        let last = *self.last.borrow();
        let second = now_ms() / 1000;
        let mut under_way = HashMap::<SubscriptionId, Vec<u64>>::new();
        for running in self.running.values() {
            under_way.entry(running.subscription).or_default().push(running.position.0);
        }
        let of = |(id, own): (&SubscriptionId, &Own)| {
            let view = self.engine.view(*id)?;
            Some(SubscriptionStatus {
                name: own.wanted.name.clone(),
                id: id.0,
                sink: own.wanted.sink.name(),
                phase: view.phase,
                choice: own.wanted.choice.clone(),
                in_flight: view.in_flight,
                under_way: under_way.remove(id).unwrap_or_default(),
                lag: last.saturating_sub(view.scanned.0),
                delivered: own.counts.delivered,
                failed: own.counts.failed,
                rate: own.counts.rate(second),
                failing: own.counts.failing.clone(),
            })
        };
        let mut all: Vec<_> = self.own.iter().filter_map(of).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }
}

/// Names of subscriptions that are in the log and served by nobody.
pub(super) fn left_over<'a>(
    there: &'a [avocet_backplane::Subscription],
    wanted: &HashSet<Arc<str>>,
) -> impl Iterator<Item = &'a str> {
    let is_ours = |name: &str| name.contains('/');
    there
        .iter()
        .map(|subscription| &*subscription.name)
        .filter(move |name| is_ours(name) && !wanted.contains(*name))
}
