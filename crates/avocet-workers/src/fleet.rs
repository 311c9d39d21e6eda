//! A function whose instances have a process each.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::roster::Roster;
use crate::seat::Seat;
use crate::shared::Shared;
use crate::sync::lock;
use crate::worker::{Vacancy, Worker};
use crate::{CallError, Definition, FailureKind, FunctionState, Limits, LoadError, Loaded, Phase};

/// Time after which a call that waits for room looks again, even without a notification.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The instances of one function: as many as its calls in flight need, between its two limits.
///
/// An instance is a [`Seat`] in a namespace of its own, so that a worker process serves it and
/// nobody else. Calls fill the oldest instance first, so that the youngest ones fall idle and end.
#[derive(Debug)]
pub(crate) struct Fleet {
    shared: Arc<Shared>,
    roster: Arc<Roster>,
    definition: Arc<Definition>,
    state: Mutex<State>,
    /// A call ended, or an instance was heard of: calls that wait may try.
    freed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    instances: Vec<Instance>,
    /// Calls that wait for room.
    waiting: u32,
    removed: bool,
}

#[derive(Debug)]
struct Instance {
    seat: Arc<Seat>,
    in_flight: u32,
}

/// Room for one call in an instance, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    fleet: Weak<Fleet>,
    seat: Arc<Seat>,
}

impl Permit {
    pub(crate) fn seat(&self) -> &Arc<Seat> {
        &self.seat
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(fleet) = self.fleet.upgrade() else { return };
        let mut state = lock(&fleet.state);
        let own = |instance: &&mut Instance| Arc::ptr_eq(&instance.seat, &self.seat);
        if let Some(instance) = state.instances.iter_mut().find(own) {
            instance.in_flight -= 1;
        }
        if state.waiting > 0 {
            fleet.freed.notify_one();
        }
    }
}

/// A call that waits, counted.
struct Waiting<'a>(&'a Fleet);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).waiting -= 1;
    }
}

impl Fleet {
    pub(crate) fn new(
        shared: Arc<Shared>,
        roster: Arc<Roster>,
        definition: Arc<Definition>,
    ) -> Arc<Self> {
        let (state, freed) = (Mutex::default(), Arc::default());
        Arc::new(Self { shared, roster, definition, state, freed })
    }

    pub(crate) fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// Room for a call, in an instance that is started for it where need be.
    ///
    /// # Errors
    /// [`FailureKind::Overload`] where too many calls wait already, [`FailureKind::Timeout`] where
    /// the call's time is over before an instance had room.
    pub(crate) async fn enter(self: &Arc<Self>, since: Instant) -> Result<Permit, CallError> {
        match self.pick(Look::first(since), false)? {
            Some(permit) => Ok(permit),
            None => Box::pin(self.wait(since)).await,
        }
    }

    async fn wait(self: &Arc<Self>, since: Instant) -> Result<Permit, CallError> {
        let limits = &self.definition.load().limits;
        let deadline = since + Duration::from_millis(limits.timeout_ms);
        let _waiting = {
            let mut state = lock(&self.state);
            if state.running() + u64::from(state.waiting) >= places(limits) {
                return Err(self.full(limits.queue));
            }
            state.waiting += 1;
            Waiting(self)
        };
        let look_again = LOOK_AGAIN.min(self.shared.options.stall_after);
        let mut look = Look::first(since);
        loop {
            let freed = self.freed.notified();
            look = look.next();
            if let Some(permit) = self.pick(look, true)? {
                return Ok(permit);
            }
            let now = look.at;
            if now >= deadline {
                let name = &self.definition.load().name;
                let message = format!(
                    "the call waited for an instance of {name} that takes it until its time limit \
                     of {} s was over (spec.timeout)",
                    limits.timeout_ms as f64 / 1000.0
                );
                return Err(CallError::new(FailureKind::Timeout, message));
            }
            // Both ends of it mean the same: look again.
            let _ = timeout_at(deadline.min(now + look_again), freed).await;
        }
    }

    fn full(&self, queue: u32) -> CallError {
        let load = self.definition.load();
        let message = format!(
            "{} has {} instances of {} calls each (spec.concurrency), its limits, \
             and {queue} calls wait (spec.queue)",
            load.name, load.limits.instances, load.limits.concurrency
        );
        CallError::new(FailureKind::Overload, message)
    }

    /// Room for a call, `None` where there is none. Who comes new does not pass those who wait.
    fn pick(self: &Arc<Self>, look: Look, waited: bool) -> Result<Option<Permit>, CallError> {
        let limits = &self.definition.load().limits;
        let mut state = lock(&self.state);
        if state.removed {
            return Err(CallError::new(FailureKind::NotLoaded, "the function was removed"));
        }
        if state.waiting > 0 && !waited {
            return Ok(None);
        }
        let mut left = Vec::new();
        let alive = look.alive(self.shared.options.quiet_after);
        let at = match state.find_room(limits.concurrency.max(1), look.at, alive, &mut left) {
            Room::At(at) => Some(at),
            Room::Soon => None,
            Room::Nowhere => {
                let add = state.instances.len() < limits.instances.max(1) as usize;
                add.then(|| state.add(self))
            }
        };
        let permit = at.map(|at| {
            let instance = &mut state.instances[at];
            instance.in_flight += 1;
            Permit { fleet: Arc::downgrade(self), seat: instance.seat.clone() }
        });
        let least = self.definition.min_instances() as usize;
        let short = !left.is_empty() && state.instances.len() < least;
        drop(state);
        // Not under the lock: the last holder of a seat takes its namespace's.
        drop(left);
        if short {
            let fleet = self.clone();
            // Where it fails, the next call that finds too few of them tries again.
            self.shared.runtime.spawn(async move { fleet.load().await });
        }
        Ok(permit)
    }

    /// Loads as many instances as stay awake, at least one; gives the first.
    pub(crate) async fn load(self: &Arc<Self>) -> Result<Loaded, LoadError> {
        let least = self.definition.min_instances().max(1) as usize;
        let (seats, left) = {
            let mut state = lock(&self.state);
            let left = state.take_leaving();
            while state.instances.len() < least {
                state.add(self);
            }
            let seats = state.instances[..least].iter().map(|i| i.seat.clone());
            (seats.collect::<Vec<_>>(), left)
        };
        drop(left);
        let mut first = None;
        for seat in seats {
            let loaded = seat.load().await?;
            first.get_or_insert(loaded);
        }
        first.ok_or_else(|| {
            let message = "the function has no instance";
            LoadError::Failed(CallError::new(FailureKind::Internal, message))
        })
    }

    pub(crate) fn sleep(&self) {
        for seat in self.seats() {
            seat.worker.sleep(seat.key);
        }
    }

    pub(crate) fn remove(&self) {
        lock(&self.state).removed = true;
        for seat in self.seats() {
            seat.worker.remove(seat.key);
        }
    }

    pub(crate) fn state(&self) -> FunctionState {
        let waiting = lock(&self.state).waiting;
        let mut all =
            FunctionState { phase: Phase::Asleep, in_flight: waiting, pid: None, instances: 0 };
        for seat in self.seats() {
            let one = seat.state();
            all.in_flight += one.in_flight;
            all.pid = all.pid.or(one.pid);
            all.instances += one.instances;
            all.phase = match (all.phase, one.phase) {
                (Phase::Awake, _) | (_, Phase::Awake) => Phase::Awake,
                (Phase::Loading, _) | (_, Phase::Loading) => Phase::Loading,
                (Phase::Asleep, Phase::Asleep) => Phase::Asleep,
            };
        }
        all
    }

    fn seats(&self) -> Vec<Arc<Seat>> {
        lock(&self.state).instances.iter().map(|instance| instance.seat.clone()).collect()
    }
}

/// Calls that may run or wait.
fn places(limits: &Limits) -> u64 {
    let running = u64::from(limits.instances.max(1)) * u64::from(limits.concurrency.max(1));
    running.saturating_add(limits.queue.into())
}

/// A look for room.
#[derive(Clone, Copy)]
struct Look {
    at: Instant,
    /// The one before it.
    before: Instant,
}

impl Look {
    fn first(at: Instant) -> Self {
        Self { at, before: at }
    }

    fn next(self) -> Self {
        Self { at: Instant::now(), before: self.at }
    }

    /// An instance that was heard of since then needs not be asked: whoever looks again takes what
    /// came since the last look, however late it looks.
    fn alive(self, quiet_after: Duration) -> Instant {
        self.at.checked_sub(quiet_after).unwrap_or(self.at).min(self.before)
    }
}

/// Room for a call.
enum Room {
    At(usize),
    /// None yet: one of those that were asked may answer.
    Soon,
    Nowhere,
}

impl State {
    /// Looks through the instances, oldest first. Those that are on their way out are moved to
    /// `left`.
    fn find_room(
        &mut self,
        concurrency: u32,
        now: Instant,
        alive: Instant,
        left: &mut Vec<Instance>,
    ) -> Room {
        let (mut failing, mut at) = (None, 0);
        while let Some(instance) = self.instances.get(at) {
            if instance.in_flight < concurrency {
                match instance.seat.worker.vacancy(now, alive) {
                    Vacancy::Ready => return Room::At(at),
                    Vacancy::Asked => return Room::Soon,
                    Vacancy::Stalled | Vacancy::Suspect => {}
                    Vacancy::BackOff => failing = failing.or(Some(at)),
                    Vacancy::Leaving => {
                        left.push(self.instances.remove(at));
                        // Places behind it moved, none before it.
                        continue;
                    }
                }
            }
            at += 1;
        }
        // A function whose processes die is not started faster by starting more of them.
        failing.map_or(Room::Nowhere, Room::At)
    }

    fn running(&self) -> u64 {
        self.instances.iter().map(|instance| u64::from(instance.in_flight)).sum()
    }

    fn take_leaving(&mut self) -> Vec<Instance> {
        self.instances.extract_if(.., |instance| instance.seat.worker.leaves()).collect()
    }

    fn add(&mut self, fleet: &Fleet) -> usize {
        let Fleet { shared, roster, definition, .. } = fleet;
        let name = definition.load().namespace.as_str().into();
        let worker = Arc::new(Worker::new(name, shared.clone(), Some(fleet.freed.clone())));
        roster.add_instance(&worker);
        let pinned = self.instances.len() < definition.min_instances() as usize;
        let seat = Arc::new(Seat::new(worker, definition.clone(), pinned));
        self.instances.push(Instance { seat, in_flight: 0 });
        self.instances.len() - 1
    }
}
