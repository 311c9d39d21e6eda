//! The pieces of work in a turn: events, timers, calls.

use std::time::{Duration, Instant};

use avocet_engine::realm::Realm;
use avocet_engine::run::{self, Ended};
use avocet_engine::v8::{Function, HandleScope, Local, handle_scope};
use avocet_frames::head::FailureKind;

use crate::current_piece::{Stop, WorkLimits};
use crate::guest::Exit;
use crate::hooks::{call_with_number, host_reply, invoke};
use crate::instance::{Inside, Instance};
use crate::limits::{call_limits, cpu_message, timeout_message};
use crate::loading::{self, LoadState};
use crate::queue::Job;
use crate::turn_end::TurnEnd;
use crate::work::{Event, Work};

/// Calls that a function may run before others have their turn.
const BATCH: usize = 64;

/// Time after which a turn ends even where its batch is not used up.
const BATCH_TIME: Duration = Duration::from_millis(2);

/// Calls between two looks at the clock.
const CLOCK_EVERY: usize = 8;

/// Runs what is due in an instance: events, timers, then waiting calls up to the batch.
pub(crate) fn run(instance: &mut Instance, work: &mut Work) -> TurnEnd {
    instance.adopt(work);
    let started = Instant::now();
    let loads = work.events.iter().any(|event| matches!(event, Event::Load));
    if loads && let Err(error) = instance.before_load(&work.program) {
        return TurnEnd { stopped: Some(Stop::Heap), ..TurnEnd::not_made(&error) };
    }
    let mut end = instance.enter(|scope, inside| {
        let limits = call_limits(&work.program);
        Pieces { inside, work, limits }.all(scope, started)
    });
    if end.stopped == Some(Stop::Heap) {
        return end;
    }
    instance.measure(started, end.load.is_some());
    if instance.is_over() {
        end.stopped = Some(Stop::Heap);
    }
    end
}

/// One turn under way.
struct Pieces<'t> {
    inside: Inside<'t>,
    work: &'t mut Work,
    limits: WorkLimits,
}

impl Pieces<'_> {
    /// Events, timers, then waiting calls.
    fn all(mut self, scope: &mut HandleScope<'_>, started: Instant) -> TurnEnd {
        let mut end = TurnEnd::default();
        end.stopped = self.events(scope, &mut end.load);
        if end.stopped.is_none() {
            end.stopped = self.timers(scope);
        }
        if end.stopped.is_none() && end.load.is_none() && self.inside.loading.is_some() {
            end.load = self.check_loading(scope);
        }
        // Code that has just become ready takes its first call in the next turn: if that call is
        // stuck, the loop knows already that the code is ready.
        if end.stopped.is_none() && self.work.takes_calls {
            let waiting = self.work.queue.len();
            end.stopped = self.jobs(scope, started);
            end.called = waiting > 0;
        }
        if end.stopped.is_none() {
            self.inside.current.begin(0, self.limits);
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
        while let Some(event) = self.work.events.pop_front() {
            let stopped = match event {
                Event::Load => {
                    let (state, stopped) = self.load(scope);
                    *load = Some(state);
                    stopped
                }
                Event::HostReply { call, head, body } => {
                    let hook = &self.inside.hooks.host_reply;
                    self.piece(scope, call, |scope| {
                        host_reply(scope, hook, &head, &body);
                    })
                }
                Event::Drain(call) => {
                    let hook = &self.inside.hooks.drain;
                    self.piece(scope, call, |scope| call_with_number(scope, hook, call))
                }
                Event::Cancel(call) => {
                    let hook = &self.inside.hooks.cancel;
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
        self.inside.current.begin(call, self.limits);
        run::piece(scope, work);
        self.after(scope, call)
    }

    /// Closes a piece; where it was stopped, the calls that this concerns are answered.
    fn after(&mut self, scope: &mut HandleScope<'_>, call: u32) -> Option<Stop> {
        let stop = self.inside.current.end()?;
        scope.cancel_terminate_execution();
        self.answer_stopped(stop, call);
        Some(stop)
    }

    #[cold]
    fn answer_stopped(&self, stop: Stop, call: u32) {
        let program = &self.work.program;
        let fail = |call: u32, kind, message: &str| match call {
            0 => self.work.calls.fail_all(kind, message),
            _ => self.work.calls.fail(call, kind, message),
        };
        match stop {
            Stop::Timeout => fail(call, FailureKind::Timeout, &timeout_message(program)),
            Stop::Cpu => {
                fail(call, FailureKind::Cpu, &cpu_message(program));
            }
            Stop::Exit => {
                let exit = self.inside.exit.lock().ok().and_then(|mut exit| exit.take());
                let Exit { call, code } = exit.unwrap_or(Exit { call, code: 0 });
                let message = format!("the function left with process.exit({code})");
                fail(call, FailureKind::Exited, &message);
            }
            // The loop answers for the heap: the instance as a whole is over.
            Stop::Heap | Stop::Cancelled | Stop::Shutdown => {}
        }
    }

    fn timers(&mut self, scope: &mut HandleScope<'_>) -> Option<Stop> {
        let now = self.work.base.elapsed();
        while let Some((id, call)) = Realm::pop_timer(scope, now) {
            self.inside.current.begin(call, self.limits);
            let _: Ended = run::fire_timer(scope, id, call);
            let stopped = self.after(scope, call);
            if stopped.is_some() {
                return stopped;
            }
        }
        None
    }

    fn jobs(&mut self, scope: &mut HandleScope<'_>, started: Instant) -> Option<Stop> {
        let hook = self.inside.hooks.invoke.open(scope);
        let concurrency = self.work.program.concurrency() as usize;
        // A call with globals of its own is the only one in its context.
        let batch = if self.work.program.is_fresh() { 1 } else { BATCH };
        for count in 1..=batch {
            if self.work.calls.len() >= concurrency {
                return None;
            }
            let job = self.work.queue.pop()?;
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
        self.work.calls.begin(call);
        self.inside.current.begin(call, self.limits);
        invoke(scope, hook, job);
        let _: Ended = run::after(scope);
        let stopped = self.after(scope, call);
        if let Some(serial) = self.work.calls.came_back(call) {
            self.inside.waiting.push((call, serial));
        }
        stopped
    }

    fn load(&mut self, scope: &mut HandleScope<'_>) -> (LoadState, Option<Stop>) {
        let program = &*self.work.program;
        let wall = program.load_limit();
        self.inside.current.begin(0, WorkLimits { wall, cpu: None });
        avocet_engine::activity::begin(scope, 0);
        let state = loading::load(scope, &self.inside.hooks.load, program, self.inside.loading);
        let Some(stop) = self.inside.current.end() else { return (state, None) };
        scope.cancel_terminate_execution();
        let error = loading::stopped(program, stop);
        (LoadState::Failed(error), Some(stop))
    }

    fn check_loading(&mut self, scope: &mut HandleScope<'_>) -> Option<LoadState> {
        let promise = self.inside.loading.clone()?;
        let state = loading::settled(scope, &promise, &self.work.program)?;
        *self.inside.loading = None;
        Some(state)
    }
}
