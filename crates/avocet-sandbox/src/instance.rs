//! An isolate with its function.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use avocet_engine::limits::heap_limit;
use avocet_engine::realm::{Realm, RealmOptions};
use avocet_engine::report::ScriptError;
use avocet_engine::v8::{Global, HandleScope, Promise};

use crate::current_piece::{CurrentPiece, Stop};
use crate::guest::{Body, Exit, Guest, GuestEmbedder};
use crate::hooks::Hooks;
use crate::program::{FileMap, Program};
use crate::work::Work;

/// An isolate; with its function, once it has one.
pub(crate) struct Instance {
    realm: Realm,
    hooks: Hooks,
    current: Arc<CurrentPiece>,
    heap_limit: Arc<AtomicUsize>,
    exit: Arc<Mutex<Option<Exit>>>,
    adopted: bool,
    /// Code was loaded into the present context.
    used: bool,
    loading: Option<Global<Promise>>,
    /// Calls that began to wait for their answer in this work.
    waiting: Vec<(u32, u64)>,
    heap_bytes: u64,
    measured: Instant,
}

/// Parts of an instance that is entered.
pub(crate) struct Inside<'i> {
    pub(crate) hooks: &'i Hooks,
    pub(crate) current: &'i CurrentPiece,
    pub(crate) exit: &'i Mutex<Option<Exit>>,
    /// Promise of code that is still being evaluated.
    pub(crate) loading: &'i mut Option<Global<Promise>>,
    /// Calls that begin to wait for their answer.
    pub(crate) waiting: &'i mut Vec<(u32, u64)>,
}

/// The heap that an isolate starts with; the limit of its function replaces it.
const FIRST_HEAP: usize = 16 << 20;

/// Time between two measurements of an instance's heap.
const MEASURE: Duration = Duration::from_secs(1);

impl Instance {
    /// An isolate without a function.
    pub(crate) fn new() -> Result<Box<Self>, ScriptError> {
        Self::with_current(Arc::new(CurrentPiece::new()))
    }

    /// An isolate whose monitor's side exists already.
    pub(crate) fn with_current(current: Arc<CurrentPiece>) -> Result<Box<Self>, ScriptError> {
        let limit = Arc::new(AtomicUsize::new(FIRST_HEAP));
        let exit = Arc::new(Mutex::new(None));
        let embedder =
            GuestEmbedder { current: current.clone(), program: None, exit: exit.clone() };
        let mut realm = Realm::new(RealmOptions {
            initial_heap: 0,
            heap_limit: FIRST_HEAP,
            near_heap_limit: Some({
                let current = current.clone();
                heap_limit(limit.clone(), move || current.stop(Stop::Heap))
            }),
            ..RealmOptions::new(
                crate::snapshot::bootstrap(),
                Box::new(embedder),
                Arc::new(FileMap::new()),
                Box::new(Instant::now()),
            )
        })?;
        let handle = realm.handle();
        current.attach(move || {
            handle.terminate_execution();
        });
        let hooks = realm.enter(Hooks::take)?;
        Ok(Box::new(Self {
            realm,
            hooks,
            current,
            heap_limit: limit,
            exit,
            adopted: false,
            used: false,
            loading: None,
            waiting: Vec::new(),
            heap_bytes: 0,
            measured: Instant::now(),
        }))
    }

    pub(crate) fn current(&self) -> &Arc<CurrentPiece> {
        &self.current
    }

    /// Bytes of its heap with array buffers, as of the last measurement.
    pub(crate) fn heap_bytes(&self) -> u64 {
        self.heap_bytes
    }

    /// The calls that began to wait in the last work.
    pub(crate) fn drain_waiting(&mut self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.waiting.drain(..)
    }

    /// Gives the isolate its function, where it has none yet.
    pub(crate) fn adopt(&mut self, work: &Work) {
        if std::mem::replace(&mut self.adopted, true) {
            return;
        }
        self.forbid(&work.program);
        let program = &work.program;
        let limit = usize::try_from(program.head.limits.heap_bytes).unwrap_or(usize::MAX);
        self.heap_limit.store(limit, Ordering::Relaxed);
        self.realm.set_array_buffer_limit(limit);
        self.realm.set_clock(Box::new(work.base));
        self.realm.set_files(program.files.clone());
        self.realm.set_embedder(Box::new(GuestEmbedder {
            current: self.current.clone(),
            program: Some(program.clone()),
            exit: self.exit.clone(),
        }));
        self.realm.set_slot(Body::default());
        self.realm.set_slot(Guest {
            program: program.clone(),
            calls: work.calls.clone(),
            outbox: work.outbox.clone(),
            slot: work.slot,
            current: self.current.clone(),
            parking: work.parking.clone(),
        });
    }

    /// Turns code from text off in the present context, where the function has it so.
    fn forbid(&mut self, program: &Program) {
        let services = &program.head.services;
        if !services.subjects.is_empty() && !services.eval {
            self.realm.forbid_code_generation("code from text is off (spec.allowEval)");
        }
    }

    /// Prepares for loading the code: into a fresh context, where it was loaded before.
    ///
    /// # Errors
    /// Where there is no other context.
    pub(crate) fn before_load(&mut self, program: &Program) -> Result<(), ScriptError> {
        if !std::mem::replace(&mut self.used, true) {
            return Ok(());
        }
        self.loading = None;
        self.waiting.clear();
        self.realm.renew()?;
        self.hooks = self.realm.enter(Hooks::take)?;
        self.forbid(program);
        Ok(())
    }

    /// Enters the isolate and does `work` with what belongs to it.
    pub(crate) fn enter<R>(
        &mut self,
        work: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>, Inside<'_>) -> R,
    ) -> R {
        let Self { realm, hooks, current, exit, loading, waiting, .. } = self;
        realm.enter(|scope| work(scope, Inside { hooks, current, exit, loading, waiting }))
    }

    /// Measures the heap where the last time is [`MEASURE`] ago, or where it is `due` for another reason.
    pub(crate) fn measure(&mut self, at: Instant, due: bool) {
        if due || at.duration_since(self.measured) >= MEASURE {
            self.heap_bytes = self.realm.memory_bytes() as u64;
            self.measured = at;
        }
    }

    /// Whether its array buffers alone are over the limit of the heap.
    pub(crate) fn is_over(&self) -> bool {
        self.realm.array_buffer_bytes() > self.heap_limit.load(Ordering::Relaxed)
    }
}
