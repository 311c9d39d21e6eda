//! The pieces of work in a turn: events, timers, calls.

use std::sync::Mutex;
use std::time::Instant;

use avocet_engine::realm::Realm;
use avocet_engine::run::{self, Ended};
use avocet_engine::v8::{
    Function, Global, HandleScope, Integer, Local, Number, Promise, String as JsString,
    handle_scope,
};
use avocet_frames::head::FailureKind;

use crate::definition::{Definition, Job};
use crate::function::{cpu_message, timeout_message};
use crate::guest::{Body, Exit};
use crate::instance::{Hooks, LoadState, TurnEnd};
use crate::loading;
use crate::slot::Event;
use crate::turn::{BATCH, BATCH_TIME, CLOCK_EVERY, Turn};
use crate::watch::{Stop, Watch, WorkLimits};

/// One turn under way.
pub(crate) struct Run<'t> {
    pub(crate) watch: &'t Watch,
    pub(crate) exit: &'t Mutex<Option<Exit>>,
    pub(crate) turn: &'t mut Turn,
    pub(crate) hooks: &'t Hooks,
    pub(crate) limits: WorkLimits,
    pub(crate) loading: &'t mut Option<Global<Promise>>,
    pub(crate) waiting: &'t mut Vec<(u32, u64)>,
}

impl Run<'_> {
    /// Events, timers, then waiting calls.
    pub(crate) fn all(mut self, scope: &mut HandleScope<'_>, started: Instant) -> TurnEnd {
        let mut end = TurnEnd::default();
        end.stopped = self.events(scope, &mut end.load);
        if end.stopped.is_none() {
            end.stopped = self.timers(scope);
        }
        if end.stopped.is_none() && end.load.is_none() && self.loading.is_some() {
            end.load = self.check_loading(scope);
        }
        // Code that has just become ready takes its first call in the next turn: if that call is
        // stuck, the loop knows already that the code is ready.
        if end.stopped.is_none() && self.turn.takes_calls {
            end.stopped = self.jobs(scope, started);
        }
        if end.stopped.is_none() {
            self.watch.begin(0, self.limits);
            let _: Ended = run::housekeeping(scope);
            end.stopped = self.after(scope, 0);
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
        self.watch.begin(call, self.limits);
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
                fail(call, FailureKind::Cpu, &cpu_message(definition));
            }
            Stop::Exit => {
                let exit = self.exit.lock().ok().and_then(|mut exit| exit.take());
                let Exit { call, code } = exit.unwrap_or(Exit { call, code: 0 });
                let message = format!("the function left with process.exit({code})");
                fail(call, FailureKind::Exited, &message);
            }
            // The loop answers for the heap: the instance as a whole is over.
            Stop::Heap | Stop::Cancelled | Stop::Shutdown => {}
        }
    }

    fn timers(&mut self, scope: &mut HandleScope<'_>) -> Option<Stop> {
        let now = self.turn.base.elapsed();
        while let Some((id, call)) = Realm::pop_timer(scope, now) {
            self.watch.begin(call, self.limits);
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
        self.watch.begin(call, self.limits);
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
        self.watch.begin(0, WorkLimits { wall, cpu: None });
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
