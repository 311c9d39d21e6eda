//! State that a realm's operations share; it travels with the isolate.

use std::sync::Arc;
use std::time::Duration;

use avocet_v8::{Function, Global, HandleScope, Object, Promise, Value};

use crate::boot::script::BootScript;
use crate::embedder::{Clock, Embedder};
use crate::resolve::Files;
use crate::timers::Timers;

/// A promise that was rejected and has no handler yet.
pub(crate) struct Rejection {
    pub(crate) promise: Global<Promise>,
    pub(crate) reason: Global<Value>,
}

/// The engine's part of what JavaScript offers to Rust.
#[derive(Clone)]
pub(crate) struct Hooks {
    pub(crate) all: Global<Object>,
    pub(crate) fire_timer: Global<Function>,
    pub(crate) uncaught: Global<Function>,
    pub(crate) builtin: Global<Function>,
    pub(crate) missing: Global<Function>,
    pub(crate) require_file: Global<Function>,
}

pub(crate) struct State {
    pub(crate) embedder: Box<dyn Embedder>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) timers: Timers,
    pub(crate) rejections: Vec<Rejection>,
    pub(crate) hooks: Option<Hooks>,
    pub(crate) scripts: Arc<[BootScript]>,
}

impl State {
    pub(crate) fn new(
        embedder: Box<dyn Embedder>,
        files: Arc<dyn Files>,
        clock: Box<dyn Clock>,
        scripts: Arc<[BootScript]>,
    ) -> Self {
        Self {
            embedder,
            files,
            clock,
            timers: Timers::default(),
            rejections: Vec::new(),
            hooks: None,
            scripts,
        }
    }

    /// Forgets what belongs to one context.
    pub(crate) fn forget(&mut self) {
        self.timers = Timers::default();
        self.rejections.clear();
        self.hooks = None;
    }

    /// The state of the realm that is entered.
    pub(crate) fn of<'a>(scope: &'a mut HandleScope<'_>) -> &'a mut Self {
        scope.slot_mut().expect("a realm sets its state before any JavaScript runs")
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    pub(crate) fn hooks(scope: &mut HandleScope<'_>) -> Hooks {
        Self::of(scope).hooks.clone().expect("a realm has its hooks once it is started")
    }
}
