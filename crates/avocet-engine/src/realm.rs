//! An isolate with one context, made from a snapshot or from source.

use std::sync::Arc;

use avocet_v8::{
    Context, ContextScope, Function, Global, HandleScope, Isolate, IsolateHandle, IsolateOptions,
    Local, NearHeapLimitFn, Object, Op, Snapshot, enter, handle_scope,
};

use crate::boot::evaluate::{evaluate, take_hooks};
use crate::boot::script::BootScript;
use crate::embedder::{Clock, Embedder};
use crate::modules::{self, Modules};
use crate::report::ScriptError;
use crate::resolve::Files;
use crate::run;
use crate::state::{Hooks, State};

/// Parts of a personality (scripts, functions).
#[derive(Clone)]
pub struct Bootstrap {
    /// All operations, the engine's first. With a snapshot: those that it was made with, in the
    /// same order.
    pub ops: &'static [Op],
    /// Source of the JavaScript side.
    pub source: BootSource,
    /// Files of the JavaScript side; those under `parts/` are evaluated on first use.
    pub scripts: Arc<[BootScript]>,
}

/// Source of the JavaScript side of a personality.
#[derive(Clone)]
pub enum BootSource {
    /// A snapshot that holds the JavaScript side, evaluated.
    Snapshot(Snapshot),
    /// The files, evaluated anew: slower, for the case that no snapshot fits.
    Scripts,
}

/// Options of a [`Realm`].
pub struct RealmOptions {
    /// The personality.
    pub bootstrap: Bootstrap,
    /// Sink of output, and end of the program.
    pub embedder: Box<dyn Embedder>,
    /// The program's files.
    pub files: Arc<dyn Files>,
    /// Clock that `now` and timers count by.
    pub clock: Box<dyn Clock>,
    /// Bytes of heap at the start; 0 leaves it to V8.
    pub initial_heap: usize,
    /// Limit of the heap in bytes; 0 leaves it to V8.
    pub heap_limit: usize,
    /// Called when the heap comes near its limit.
    pub near_heap_limit: Option<NearHeapLimitFn>,
}

impl RealmOptions {
    /// Options without limits of the realm's own.
    pub fn new(
        bootstrap: Bootstrap,
        embedder: Box<dyn Embedder>,
        files: Arc<dyn Files>,
        clock: Box<dyn Clock>,
    ) -> Self {
        Self {
            bootstrap,
            embedder,
            files,
            clock,
            initial_heap: 0,
            heap_limit: 0,
            near_heap_limit: None,
        }
    }
}

/// An isolate with its context, its operations and its JavaScript side.
pub struct Realm {
    isolate: Isolate,
    context: Global<Context>,
    /// Operations, and the files where no snapshot holds them evaluated: for further contexts.
    ops: usize,
    scripts: Option<Arc<[BootScript]>>,
}

impl Realm {
    /// Makes an isolate and starts its JavaScript side.
    pub fn new(options: RealmOptions) -> Result<Self, ScriptError> {
        let RealmOptions { bootstrap, embedder, files, clock, .. } = options;
        let (snapshot, scripts) = match bootstrap.source {
            BootSource::Snapshot(snapshot) => (Some(snapshot), None),
            BootSource::Scripts => (None, Some(bootstrap.scripts.clone())),
        };
        let mut isolate = Isolate::new(IsolateOptions {
            ops: bootstrap.ops,
            snapshot,
            initial_heap: options.initial_heap,
            heap_limit: options.heap_limit,
            near_heap_limit: options.near_heap_limit,
            promise_reject: Some(run::on_rejection),
            dynamic_import: Some(modules::on_dynamic_import),
            import_meta: Some(modules::on_import_meta),
            stack_frames: 16,
            ..IsolateOptions::default()
        });
        isolate.set_slot(Modules::default());
        isolate.set_slot(State::new(embedder, files, clock, bootstrap.scripts.clone()));
        let ops = bootstrap.ops.len();
        let context = context(&mut isolate, ops, scripts.as_deref())?;
        Ok(Self { isolate, context, ops, scripts })
    }

    /// Puts a fresh context in the place of the present one: other globals, no timers, no modules.
    /// What the old one had under way never comes to its end.
    ///
    /// # Errors
    /// Where the JavaScript side does not start.
    pub fn renew(&mut self) -> Result<(), ScriptError> {
        self.isolate.set_slot(Modules::default());
        self.state().forget();
        self.context = context(&mut self.isolate, self.ops, self.scripts.as_deref())?;
        Ok(())
    }

    /// Enters the isolate and its context.
    pub fn enter<R>(&mut self, work: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>) -> R) -> R {
        enter!(let scope = &mut self.isolate);
        let context = self.context.open(scope);
        let scope = &mut ContextScope::new(scope, context);
        work(scope)
    }

    /// Turns `eval` and `new Function` off, for good; they throw an `EvalError` with `message`.
    pub fn forbid_code_generation(&mut self, message: &str) {
        enter!(let scope = &mut self.isolate);
        let context = self.context.open(scope);
        context.allow_code_generation_from_strings(false);
        if let Some(message) = avocet_v8::String::new(scope, message) {
            context.set_error_message_for_code_generation_from_strings(message);
        }
    }

    /// For other threads.
    pub fn handle(&self) -> IsolateHandle {
        self.isolate.handle()
    }

    /// Gives the isolate a value of its own type, for a personality's operations.
    pub fn set_slot<T: Send + 'static>(&mut self, value: T) {
        self.isolate.set_slot(value);
    }

    /// Replaces where output goes.
    pub fn set_embedder(&mut self, embedder: Box<dyn Embedder>) {
        self.state().embedder = embedder;
    }

    /// Replaces the program's files.
    pub fn set_files(&mut self, files: Arc<dyn Files>) {
        self.state().files = files;
    }

    /// Replaces what `now` and timers count by.
    pub fn set_clock(&mut self, clock: Box<dyn Clock>) {
        self.state().clock = clock;
    }

    fn state(&mut self) -> &mut State {
        self.isolate.slot_mut().expect("set when the realm was made")
    }

    /// Limits the array buffers that V8 allocates for the isolate.
    pub fn set_array_buffer_limit(&mut self, bytes: usize) {
        self.isolate.set_array_buffer_limit(bytes);
    }

    /// Bytes in array buffers.
    pub fn array_buffer_bytes(&self) -> usize {
        self.isolate.array_buffer_bytes()
    }

    /// Bytes of heap in use, with array buffers.
    pub fn memory_bytes(&mut self) -> usize {
        let buffers = self.array_buffer_bytes();
        self.enter(|scope| scope.heap_statistics().used_heap_size) + buffers
    }

    /// A function that the JavaScript side offers to Rust.
    pub fn hook(scope: &mut HandleScope<'_>, name: &str) -> Result<Global<Function>, ScriptError> {
        let hooks = State::hooks(scope).all;
        handle_scope!(let scope = scope);
        let hooks = hooks.open(scope);
        function(scope, hooks, name)
    }

    /// Due time of the next timer, on the realm's clock.
    pub fn next_timer(scope: &mut HandleScope<'_>) -> Option<std::time::Duration> {
        State::of(scope).timers.next_due()
    }

    /// Takes the next timer that is due at `now`: its id and the activity that started it.
    pub fn pop_timer(scope: &mut HandleScope<'_>, now: std::time::Duration) -> Option<(u32, u32)> {
        State::of(scope).timers.pop_due(now).map(|timer| (timer.id, timer.tag))
    }

    /// Stops the timers that an activity started.
    pub fn stop_timers_of(scope: &mut HandleScope<'_>, activity: u32) {
        State::of(scope).timers.stop_tagged(activity);
    }
}

impl std::fmt::Debug for Realm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Realm").finish_non_exhaustive()
    }
}

fn function(
    scope: &mut HandleScope<'_>,
    hooks: Local<'_, Object>,
    name: &str,
) -> Result<Global<Function>, ScriptError> {
    let value = hooks.get_named(scope, name);
    let function = value.and_then(|value| value.try_cast::<Function>());
    let missing = || ScriptError::new(format!("the JavaScript side has no hook '{name}'"));
    Ok(Global::new(scope, function.ok_or_else(missing)?))
}

/// A context, with its JavaScript side started.
fn context(
    isolate: &mut Isolate,
    ops: usize,
    scripts: Option<&[BootScript]>,
) -> Result<Global<Context>, ScriptError> {
    enter!(let scope = isolate);
    let context = Context::new(scope);
    let kept = Global::new(scope, context);
    let scope = &mut ContextScope::new(scope, context);
    if let Some(scripts) = scripts {
        evaluate(scope, ops, scripts)?;
    }
    start(scope)?;
    Ok(kept)
}

/// Takes the hooks over and calls `start`.
fn start(scope: &mut HandleScope<'_>) -> Result<(), ScriptError> {
    let all = take_hooks(scope)?;
    let hooks = Hooks {
        fire_timer: function(scope, all, "fireTimer")?,
        uncaught: function(scope, all, "uncaught")?,
        builtin: function(scope, all, "builtin")?,
        missing: function(scope, all, "missing")?,
        require_file: function(scope, all, "requireFile")?,
        all: Global::new(scope, all),
    };
    State::of(scope).hooks = Some(hooks);
    let start = function(scope, all, "start")?.open(scope);
    run::call(scope, start, &[]).map_err(|failed| run::describe(scope, &failed)).map(drop)
}
