//! An isolate with its function: what happens inside a turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use avocet_engine::realm::{Realm, RealmOptions};
use avocet_engine::report::ScriptError;
use avocet_engine::run::{self, Ended};
use avocet_engine::state::Clock;
use avocet_engine::v8::{
    Function, Global, HandleScope, Integer, Local, Promise, String as JsString, handle_scope,
};
use avocet_frames::head::{FailureKind, SourceError};

use crate::definition::{Definition, FileMap, Job};
use crate::function::{Event, call_limits, timeout_message};
use crate::guest::{Body, Exit, Guest, GuestHost};
use crate::loading;
use crate::turn::{BATCH, BATCH_TIME, CLOCK_EVERY, Turn};
use crate::watch::{Stop, Watch, WorkLimits};

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
struct Hooks {
    invoke: Global<Function>,
    host_reply: Global<Function>,
    drain: Global<Function>,
    cancel: Global<Function>,
    load: Global<Function>,
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

/// What an isolate over its limit gets once more, to unwind in: a built-in function that is in the
/// middle of a large allocation finishes it first, and V8 ends the process where it cannot.
const UNWIND: usize = 64 << 20;

/// Between two measurements of an instance's heap.
const MEASURE: Duration = Duration::from_secs(1);

impl Instance {
    /// An isolate without a function.
    pub(crate) fn new() -> Result<Box<Self>, ScriptError> {
        Self::with_watch(Arc::new(Watch::new()))
    }

    /// An isolate whose monitor's side exists already.
    pub(crate) fn with_watch(watch: Arc<Watch>) -> Result<Box<Self>, ScriptError> {
        let heap_limit = Arc::new(AtomicUsize::new(FIRST_HEAP));
        let exit = Arc::new(Mutex::new(None));
        let host = GuestHost { watch: watch.clone(), definition: None, exit: exit.clone() };
        let mut realm = Realm::new(RealmOptions {
            initial_heap: 0,
            heap_limit: FIRST_HEAP,
            near_heap_limit: Some(near_heap_limit(watch.clone(), heap_limit.clone())),
            ..RealmOptions::new(
                crate::snapshot::bootstrap(),
                Box::new(host),
                Arc::new(FileMap::new()),
                Clock::System(Instant::now()),
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
            heap_limit,
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
        self.realm.set_clock(Clock::System(turn.base));
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

/// Lets the heap grow to the function's limit, then stops what runs.
fn near_heap_limit(
    watch: Arc<Watch>,
    limit: Arc<AtomicUsize>,
) -> avocet_engine::v8::NearHeapLimitFn {
    Box::new(move |_, current, _| {
        let limit = limit.load(Ordering::Relaxed);
        if current < limit {
            return limit.min(current.saturating_mul(2));
        }
        watch.stop(Stop::Heap);
        current + UNWIND.max(limit)
    })
}

/// One turn under way.
struct Run<'t> {
    watch: &'t Watch,
    exit: &'t Mutex<Option<Exit>>,
    turn: &'t mut Turn,
    hooks: &'t Hooks,
    limits: WorkLimits,
    loading: &'t mut Option<Global<Promise>>,
    waiting: &'t mut Vec<(u32, u64)>,
}

impl Run<'_> {
    fn all(mut self, scope: &mut HandleScope<'_>, started: Instant) -> TurnEnd {
        let mut end = TurnEnd::default();
        end.stopped = self.events(scope, &mut end.load);
        if end.stopped.is_none() {
            end.stopped = self.timers(scope);
        }
        if end.stopped.is_none() && end.load.is_none() && self.loading.is_some() {
            end.load = self.check_loading(scope);
        }
        let ready = self.turn.takes_calls || matches!(end.load, Some(LoadState::Ready));
        if end.stopped.is_none() && ready {
            end.stopped = self.jobs(scope, started);
        }
        end.next_timer = Realm::next_timer(scope);
        end
    }

    fn events(
        &mut self,
        scope: &mut HandleScope<'_>,
        load: &mut Option<LoadState>,
    ) -> Option<Stop> {
        while let Some(event) = self.turn.events.pop_front() {
            let stopped = match event {
                Event::Load => {
                    let (state, stopped) = self.load(scope);
                    *load = Some(state);
                    stopped
                }
                Event::HostReply { call, head, body } => {
                    let hook = &self.hooks.host_reply;
                    self.piece(scope, call, |scope| {
                        loading::host_reply(scope, hook, &head, &body);
                    })
                }
                Event::Drain(call) => {
                    let hook = &self.hooks.drain;
                    self.piece(scope, call, |scope| call_with_number(scope, hook, call))
                }
                Event::Cancel(call) => {
                    let hook = &self.hooks.cancel;
                    Realm::stop_timers_of(scope, call);
                    self.piece(scope, call, |scope| call_with_number(scope, hook, call))
                }
            };
            if stopped.is_some() {
                return stopped;
            }
        }
        None
    }

    /// One piece of work on behalf of `call`, with its limits and its end.
    fn piece(
        &mut self,
        scope: &mut HandleScope<'_>,
        call: u32,
        work: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>),
    ) -> Option<Stop> {
        avocet_engine::activity::begin(scope, call);
        self.watch.begin(self.limits);
        run::piece(scope, work);
        self.after(scope, call)
    }

    /// Closes a piece; where it was stopped, the calls that this concerns are answered.
    fn after(&mut self, scope: &mut HandleScope<'_>, call: u32) -> Option<Stop> {
        let stop = self.watch.end()?;
        scope.cancel_terminate_execution();
        self.answer_stopped(stop, call);
        Some(stop)
    }

    #[cold]
    fn answer_stopped(&self, stop: Stop, call: u32) {
        let definition = &self.turn.definition;
        let fail = |call: u32, kind, message: &str| match call {
            0 => self.turn.calls.fail_all(kind, message),
            _ => self.turn.calls.fail(call, kind, message),
        };
        match stop {
            Stop::Timeout => fail(call, FailureKind::Timeout, &timeout_message(definition)),
            Stop::Cpu => {
                let limit = definition.head.limits.cpu_ms;
                let message =
                    format!("the call used more than {limit} ms of processor time: limits.cpu_ms");
                fail(call, FailureKind::Cpu, &message);
            }
            Stop::Exit => {
                let exit = self.exit.lock().ok().and_then(|mut exit| exit.take());
                let Exit { call, code } = exit.unwrap_or(Exit { call, code: 0 });
                let message = format!("the function left with process.exit({code})");
                fail(call, FailureKind::Exited, &message);
            }
            // The loop answers these: the instance as a whole is over.
            Stop::Heap | Stop::Shutdown => {}
        }
    }

    fn timers(&mut self, scope: &mut HandleScope<'_>) -> Option<Stop> {
        let now = self.turn.base.elapsed();
        while let Some((id, call)) = Realm::pop_timer(scope, now) {
            self.watch.begin(self.limits);
            let _: Ended = run::fire_timer(scope, id, call);
            let stopped = self.after(scope, call);
            if stopped.is_some() {
                return stopped;
            }
        }
        None
    }

    fn jobs(&mut self, scope: &mut HandleScope<'_>, started: Instant) -> Option<Stop> {
        let hook = self.hooks.invoke.open(scope);
        let concurrency = self.turn.definition.head.limits.concurrency as usize;
        for count in 1..=BATCH {
            if self.turn.calls.len() >= concurrency {
                return None;
            }
            let job = self.turn.definition.pop()?;
            let stopped = self.job(scope, hook, job);
            if stopped.is_some() {
                return stopped;
            }
            if count % CLOCK_EVERY == 0 && started.elapsed() >= BATCH_TIME {
                return None;
            }
        }
        None
    }

    fn job(
        &mut self,
        scope: &mut HandleScope<'_>,
        hook: Local<'_, Function>,
        job: Job,
    ) -> Option<Stop> {
        handle_scope!(let scope = scope);
        let call = job.call;
        avocet_engine::activity::begin(scope, call);
        self.turn.calls.begin(call);
        self.watch.begin(self.limits);
        invoke(scope, hook, job);
        let _: Ended = run::after(scope);
        let stopped = self.after(scope, call);
        if let Some(serial) = self.turn.calls.came_back(call) {
            self.waiting.push((call, serial));
        }
        stopped
    }

    fn load(&mut self, scope: &mut HandleScope<'_>) -> (LoadState, Option<Stop>) {
        let definition: &Definition = &self.turn.definition;
        let wall = definition.load_limit();
        self.watch.begin(WorkLimits { wall, cpu: None });
        avocet_engine::activity::begin(scope, 0);
        let state = loading::load(scope, &self.hooks.load, definition, self.loading);
        let Some(stop) = self.watch.end() else { return (state, None) };
        scope.cancel_terminate_execution();
        let error = loading::stopped(definition, stop);
        (LoadState::Failed(error), Some(stop))
    }

    fn check_loading(&mut self, scope: &mut HandleScope<'_>) -> Option<LoadState> {
        let promise = self.loading.clone()?;
        let state = loading::settled(scope, &promise, &self.turn.definition)?;
        *self.loading = None;
        Some(state)
    }
}

/// Calls the handler.
fn invoke(scope: &mut HandleScope<'_>, hook: Local<'_, Function>, job: Job) {
    let Some(head) = text(scope, &job.head) else { return };
    let call = Integer::new_from_unsigned(scope, job.call).into();
    let length = Number::new(scope, job.body.len() as f64).into();
    if !job.body.is_empty()
        && let Some(body) = scope.slot_mut::<Body>()
    {
        body.0 = job.body;
    }
    let receiver = avocet_engine::v8::undefined(scope).into();
    // It throws only where it is terminated, which the piece's end sees.
    let _: Option<_> = hook.call(scope, receiver, &[call, head.into(), length]);
}

use avocet_engine::v8::Number;

/// A string from JSON text, which is ASCII almost always.
fn text<'s>(scope: &mut HandleScope<'s>, bytes: &[u8]) -> Option<Local<'s, JsString>> {
    if bytes.is_ascii() {
        return JsString::new_from_one_byte(scope, bytes);
    }
    JsString::new_from_utf8(scope, bytes)
}

fn call_with_number(scope: &mut HandleScope<'_>, hook: &Global<Function>, number: u32) {
    let hook = hook.open(scope);
    let number = Integer::new_from_unsigned(scope, number).into();
    let receiver = avocet_engine::v8::undefined(scope).into();
    let _: Option<_> = hook.call(scope, receiver, &[number]);
}
