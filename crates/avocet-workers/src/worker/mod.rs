//! One worker: its link, its functions, and the calls between them, under one lock.
//!
//! The lock is held for the microsecond that a step takes and never across an await. Foreign code
//! (wakers, sinks, services) runs after it is released, see [`effects`]; the one exception is the
//! writing of a call's head, which is undone where it panics.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use avocet_frames::{CallId, Kind};
use slab::Slab;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::shared::Shared;
use crate::sync::lock;
use crate::{
    CallError, Definition, Event, FailureKind, FunctionState, LoadError, Phase, Placement,
    WorkerStats,
};

mod blame;
mod body;
mod caller;
mod calls;
mod deadlines;
mod effects;
mod end;
mod functions;
mod link;
mod memory;
mod outbox;
mod receive;
mod revive;
mod services;
mod start;
mod tasks;
mod upload;
mod vacancy;

pub(crate) use calls::Answer;
pub(crate) use start::{NewCall, Start};
pub(crate) use upload::Written;
pub(crate) use vacancy::Vacancy;

use calls::{Calls, Wire};
use effects::Effects;
use functions::{Entry, Place};
use link::Link;

/// Numbers of unloaded functions whose late log lines are still understood.
const REMEMBERED: usize = 1024;

/// Link to one worker process, which is started again as often as it is needed: a namespace's, or one
/// instance's of a function.
#[derive(Debug)]
pub(crate) struct Worker {
    /// Namespace of its functions.
    pub(crate) namespace: Arc<str>,
    pub(crate) shared: Arc<Shared>,
    core: Mutex<Core>,
    /// Something that calls wait for may have changed.
    changed: Notify,
    /// Notified when an instance may take calls again; `None` where functions share the worker.
    room: Option<Arc<Notify>>,
}

#[derive(Debug)]
struct Core {
    link: Link,
    /// Whether its worker holds one instance of one function and ends with it.
    single: bool,
    /// Counts the workers; tasks of an earlier one find out by it that they are over.
    epoch: u64,
    calls: Calls,
    functions: Slab<Entry>,
    /// Functions that the worker has, by their number there.
    numbers: HashMap<u32, usize>,
    retired: VecDeque<(u32, Arc<Definition>)>,
    /// Callers that wait for [`Worker::changed`].
    waiting: usize,
    /// Workers that died in a row.
    failures: u32,
    /// Workers that died unasked.
    deaths: u64,
    /// A function is held back until then at the latest.
    held_until: Option<Instant>,
    /// A task loads functions again that stay awake.
    reviving: bool,
}

impl Worker {
    pub(crate) fn new(namespace: Arc<str>, shared: Arc<Shared>, room: Option<Arc<Notify>>) -> Self {
        let core = Core {
            link: Link::Down,
            single: shared.options.placement == Placement::Instance,
            epoch: 0,
            calls: Calls::default(),
            functions: Slab::new(),
            numbers: HashMap::new(),
            retired: VecDeque::new(),
            waiting: 0,
            failures: 0,
            deaths: 0,
            held_until: None,
            reviving: false,
        };
        Self { namespace, shared, core: Mutex::new(core), changed: Notify::new(), room }
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        lock(&self.core)
    }

    /// Runs a step under the lock and its effects after it.
    fn step<T>(self: &Arc<Self>, step: impl FnOnce(&mut Core, &mut Effects) -> T) -> T {
        let mut effects = Effects::default();
        let result = step(&mut self.lock(), &mut effects);
        effects.run(self);
        result
    }

    /// Adds a function; gives its key. A `pinned` one does not go to sleep by itself.
    pub(crate) fn register(&self, definition: Arc<Definition>, pinned: bool) -> usize {
        self.lock().functions.insert(Entry { pinned, ..Entry::new(definition) })
    }

    /// Unloads a function now.
    pub(crate) fn sleep(self: &Arc<Self>, key: usize) {
        let error = || CallError::new(FailureKind::NotLoaded, "the function was put to sleep");
        self.step(|core, effects| {
            core.functions[key].wanted = false;
            core.unload(key, effects, error);
        });
    }

    /// Unloads a function now and refuses calls from now on.
    pub(crate) fn remove(self: &Arc<Self>, key: usize) {
        let error = || CallError::new(FailureKind::NotLoaded, "the function was removed");
        self.step(|core, effects| {
            core.functions[key].removed = true;
            core.unload(key, effects, error);
        });
    }

    /// The last handle is gone.
    pub(crate) fn forget(self: &Arc<Self>, key: usize) {
        self.remove(key);
        let mut core = self.lock();
        core.functions[key].dropped = true;
        core.drop_unused(key);
    }

    pub(crate) fn state(&self, key: usize) -> FunctionState {
        let mut core = self.lock();
        let pid = core.link.up().map(|up| up.process.pid());
        let entry = &core.functions[key];
        let phase = entry.phase();
        let instances = u32::from(phase != Phase::Asleep);
        FunctionState { phase, in_flight: entry.in_flight, pid, instances }
    }

    pub(crate) fn stats(&self) -> WorkerStats {
        let core = self.lock();
        let mut stats = WorkerStats {
            namespace: self.namespace.clone(),
            pid: None,
            engine: String::new(),
            functions: core.functions.len(),
            awake: core.numbers.len(),
            in_flight: core.calls.open,
            heap_bytes: 0,
            deaths: core.deaths,
        };
        if let Link::Up(up) = &core.link {
            stats.pid = Some(up.process.pid());
            stats.engine.clone_from(&up.engine);
            stats.heap_bytes = up.heap_bytes;
        }
        stats
    }

    /// Asks the worker to end, where there is one. New calls have been refused before.
    pub(crate) fn end(&self) {
        self.lock().ask_to_end();
    }
}

impl Core {
    /// Takes a function out of the worker. Its calls in flight are finished there; the next call
    /// loads it under a new number.
    fn unload(&mut self, key: usize, effects: &mut Effects, error: impl Fn() -> CallError) {
        let entry = &mut self.functions[key];
        let Some(number) = entry.number() else { return };
        let awake = matches!(entry.place, Place::Awake { .. });
        effects.answer_loads(entry.put_to_sleep(), &Err(LoadError::Failed(error())));
        let function = entry.definition.clone();
        self.retire(number, &function);
        self.send_unload(number);
        if awake {
            effects.events.push(Event::Asleep { function });
        }
    }

    /// Has the worker forget a function that is loaded under `number`; a worker that has no other
    /// ends with it.
    fn send_unload(&mut self, number: u32) {
        if self.single {
            self.ask_to_end();
        } else if let Some(up) = self.link.up() {
            up.out.bare(Kind::Unload, CallId::new(number, 0));
            up.write_soon();
            up.wake_timer();
        }
    }

    fn retire(&mut self, number: u32, definition: &Arc<Definition>) {
        self.numbers.remove(&number);
        if self.retired.len() >= REMEMBERED {
            self.retired.pop_front();
        }
        self.retired.push_back((number, definition.clone()));
    }

    /// The function behind a number, also a while after it was unloaded.
    fn definition(&self, number: u32) -> Option<Arc<Definition>> {
        if let Some(key) = self.numbers.get(&number) {
            return self.functions.get(*key).map(|entry| entry.definition.clone());
        }
        let found = self.retired.iter().rev().find(|(other, _)| *other == number);
        found.map(|(_, definition)| definition.clone())
    }

    /// Gives up a call that is in flight: the worker is notified, and may have answered before it
    /// reads that.
    fn give_up(&mut self, number: u32) {
        let Some(slot) = self.calls.find(number) else { return };
        let (call, deadline) = (CallId::new(slot.number, number), slot.deadline);
        let wire = match self.link.up() {
            Some(up) => {
                up.patience = up.patience.max(deadline);
                up.out.bare(Kind::Cancel, call);
                up.write_soon();
                up.wake_timer();
                Wire::Cancelled { barrier: up.ping.sent + 1 }
            }
            None => Wire::Closed,
        };
        self.close(number, wire);
    }

    /// The worker will not (or must not) send any more for a call that is in flight.
    fn close(&mut self, number: u32, wire: Wire) {
        let Some(slot) = self.calls.find(number) else { return };
        let key = slot.function;
        self.calls.set_wire(number, wire);
        if let Some(entry) = self.functions.get_mut(key) {
            entry.in_flight = entry.in_flight.saturating_sub(1);
        }
        self.drop_unused(key);
    }

    fn drop_unused(&mut self, key: usize) {
        if self.functions.get(key).is_some_and(|entry| entry.dropped && entry.in_flight == 0) {
            self.functions.remove(key);
        }
    }

    fn ask_to_end(&mut self) {
        if let Some(up) = self.link.up()
            && up.leaving.is_none()
        {
            up.leaving = Some(Instant::now());
            up.out.bare(Kind::Shutdown, CallId::WORKER);
            up.write_soon();
            up.wake_timer();
        }
    }
}
