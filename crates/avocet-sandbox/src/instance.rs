//! An isolate with its function: what happens inside a turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use avocet_engine::limits::heap_limit;
use avocet_engine::realm::{Realm, RealmOptions};
use avocet_engine::report::ScriptError;
use avocet_engine::v8::{Function, Global, Promise};
use avocet_frames::head::SourceError;

use crate::definition::FileMap;
use crate::function::call_limits;
use crate::guest::{Body, Exit, Guest, GuestHost};
use crate::loading;
use crate::pieces::Run;
use crate::turn::Turn;
use crate::watch::{Stop, Watch};

/// What a turn left behind for the loop.
#[derive(Default)]
pub(crate) struct TurnEnd {
    /// Why the platform stopped it; it takes no new calls then.
    pub(crate) stopped: Option<Stop>,
    /// When its next timer is due, on the loop's clock.
    pub(crate) next_timer: Option<Duration>,
    /// How far loading came, where that is news.
    pub(crate) load: Option<LoadState>,
}

impl TurnEnd {
    /// The isolate could not be made.
    pub(crate) fn not_made(error: &ScriptError) -> Self {
        Self { load: Some(LoadState::Failed(loading::source_error(error, ""))), ..Self::default() }
    }
}

/// How far the loading of an instance is.
#[derive(Debug)]
pub(crate) enum LoadState {
    Waiting,
    Ready,
    Failed(SourceError),
}

/// The functions that the loop calls, opened once per instance.
pub(crate) struct Hooks {
    pub(crate) invoke: Global<Function>,
    pub(crate) host_reply: Global<Function>,
    pub(crate) drain: Global<Function>,
    pub(crate) cancel: Global<Function>,
    pub(crate) load: Global<Function>,
}

/// An isolate; with its function, once it has one.
pub(crate) struct Instance {
    realm: Realm,
    hooks: Hooks,
    watch: Arc<Watch>,
    heap_limit: Arc<AtomicUsize>,
    exit: Arc<Mutex<Option<Exit>>>,
    adopted: bool,
    loading: Option<Global<Promise>>,
    /// Calls that began to wait for their answer in this turn.
    waiting: Vec<(u32, u64)>,
    heap_bytes: u64,
    measured: Instant,
}

/// The heap that an isolate starts with; the limit of its function replaces it.
const FIRST_HEAP: usize = 16 << 20;

/// Between two measurements of an instance's heap.
const MEASURE: Duration = Duration::from_secs(1);

impl Instance {
    /// An isolate without a function.
    pub(crate) fn new() -> Result<Box<Self>, ScriptError> {
        Self::with_watch(Arc::new(Watch::new()))
    }

    /// An isolate whose monitor's side exists already.
    pub(crate) fn with_watch(watch: Arc<Watch>) -> Result<Box<Self>, ScriptError> {
        let limit = Arc::new(AtomicUsize::new(FIRST_HEAP));
        let exit = Arc::new(Mutex::new(None));
        let host = GuestHost { watch: watch.clone(), definition: None, exit: exit.clone() };
        let mut realm = Realm::new(RealmOptions {
            initial_heap: 0,
            heap_limit: FIRST_HEAP,
            near_heap_limit: Some({
                let watch = watch.clone();
                heap_limit(limit.clone(), move || watch.stop(Stop::Heap))
            }),
            ..RealmOptions::new(
                crate::snapshot::bootstrap(),
                Box::new(host),
                Arc::new(FileMap::new()),
                Box::new(Instant::now()),
            )
        })?;
        let handle = realm.handle();
        watch.attach(move || {
            handle.terminate_execution();
        });
        let hooks = realm.enter(|scope| {
            Ok::<_, ScriptError>(Hooks {
                invoke: Realm::hook(scope, "invoke")?,
                host_reply: Realm::hook(scope, "hostReply")?,
                drain: Realm::hook(scope, "drain")?,
                cancel: Realm::hook(scope, "cancel")?,
                load: Realm::hook(scope, "load")?,
            })
        })?;
        Ok(Box::new(Self {
            realm,
            hooks,
            watch,
            heap_limit: limit,
            exit,
            adopted: false,
            loading: None,
            waiting: Vec::new(),
            heap_bytes: 0,
            measured: Instant::now(),
        }))
    }

    pub(crate) fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    /// Bytes of its heap with array buffers, as of the last measurement.
    pub(crate) fn heap_bytes(&self) -> u64 {
        self.heap_bytes
    }

    /// The calls that began to wait in the last turn.
    pub(crate) fn drain_waiting(&mut self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.waiting.drain(..)
    }

    /// Gives the isolate its function.
    fn adopt(&mut self, turn: &Turn) {
        let definition = &turn.definition;
        let limit = usize::try_from(definition.head.limits.heap_bytes).unwrap_or(usize::MAX);
        self.heap_limit.store(limit, Ordering::Relaxed);
        self.realm.set_array_buffer_limit(limit);
        self.realm.set_clock(Box::new(turn.base));
        self.realm.set_files(definition.files.clone());
        self.realm.set_host(Box::new(GuestHost {
            watch: self.watch.clone(),
            definition: Some(definition.clone()),
            exit: self.exit.clone(),
        }));
        self.realm.set_slot(Body::default());
        self.realm.set_slot(Guest {
            definition: definition.clone(),
            calls: turn.calls.clone(),
            outbox: turn.outbox.clone(),
            slot: turn.slot,
        });
        self.adopted = true;
    }

    /// Runs what is due: events, timers, then waiting calls up to the batch.
    pub(crate) fn turn(&mut self, turn: &mut Turn) -> TurnEnd {
        if !self.adopted {
            self.adopt(turn);
        }
        let Self { realm, hooks, watch, exit, loading, waiting, .. } = self;
        let started = Instant::now();
        let mut end = realm.enter(|scope| {
            let limits = call_limits(&turn.definition);
            let run = Run { watch, exit, turn, hooks, limits, loading, waiting };
            run.all(scope, started)
        });
        if end.stopped == Some(Stop::Heap) {
            return end;
        }
        if started.duration_since(self.measured) >= MEASURE || end.load.is_some() {
            self.heap_bytes = self.realm.memory_bytes() as u64;
            self.measured = started;
        }
        if self.realm.array_buffer_bytes() > self.heap_limit.load(Ordering::Relaxed) {
            end.stopped = Some(Stop::Heap);
        }
        end
    }
}
