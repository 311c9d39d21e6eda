//! The loop: wait for something, call JavaScript, again. An operation may enter it again.

use avocet_v8::{HandleScope, Local, TryCatch, Value, handle_scope, undefined};
use rustix::event::{Timespec, epoll};

use crate::convert::integer;
use crate::report;
use crate::runtime::{Hook, Ready, Runtime, Source, token_of};
use crate::timers::Owner;
use crate::{child, listener, signals, stream};

/// Events taken from the system at once.
const EVENTS: usize = 256;

/// Why a loop came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoopEnd {
    /// Nothing is left that could happen.
    Idle,
    /// JavaScript asked for it.
    Unlooped,
}

/// Calls a hook. What it throws is an uncaught exception.
pub(crate) fn call(scope: &mut HandleScope<'_>, hook: Hook, arguments: &[Local<'_, Value>]) {
    let _ = ask(scope, hook, arguments);
}

/// Calls a hook and tells whether it said `true`.
pub(crate) fn ask(scope: &mut HandleScope<'_>, hook: Hook, arguments: &[Local<'_, Value>]) -> bool {
    let function = Runtime::of(scope).hooks[hook as usize].clone();
    let function = function.open(scope);
    let mut yes = false;
    {
        let block = &mut TryCatch::new(scope);
        let receiver = undefined(block).into();
        match function.call(block, receiver, arguments) {
            Some(answer) => yes = answer.is_true(),
            None => report::uncaught(block),
        }
    }
    // Whatever was thrown in this turn is dealt with.
    Runtime::of(scope).thrown = None;
    scope.perform_microtask_checkpoint();
    if !Runtime::of(scope).rejections.is_empty() {
        report::rejections(scope);
    }
    if Runtime::of(scope).flush {
        Runtime::of(scope).flush = false;
        call(scope, Hook::Flush, &[]);
    }
    yes
}

/// Runs until JavaScript asks it to come back, or nothing is left that could happen.
pub(crate) fn run(scope: &mut HandleScope<'_>) -> LoopEnd {
    resume_what_called(scope);
    loop {
        // Before there was a loop, the main file may have asked for its end.
        if std::mem::take(&mut Runtime::of(scope).unloop) {
            return LoopEnd::Unlooped;
        }
        while let Some(next) = Runtime::of(scope).ready.pop_front() {
            {
                handle_scope!(let scope = scope);
                serve(scope, next);
            }
            if std::mem::take(&mut Runtime::of(scope).unloop) {
                return LoopEnd::Unlooped;
            }
        }
        if fire_timers(scope) {
            return LoopEnd::Unlooped;
        }
        let runtime = Runtime::of(scope);
        if !runtime.ready.is_empty() {
            continue;
        }
        if runtime.alive == 0 && !runtime.timers.keeps_alive() {
            return LoopEnd::Idle;
        }
        wait(runtime);
        if fire_timers(scope) {
            return LoopEnd::Unlooped;
        }
    }
}

/// A loop inside a listener goes on with what the loop outside has begun: input that is partly
/// read, output that is held back.
fn resume_what_called(scope: &mut HandleScope<'_>) {
    let runtime = Runtime::of(scope);
    for token in runtime.parsing.clone() {
        runtime.ready.push_front(Ready::Task(Box::new(move |scope| {
            stream::parse_waiting(scope, token);
        })));
    }
    if std::mem::take(&mut Runtime::of(scope).flush) {
        call(scope, Hook::Flush, &[]);
    }
}

fn serve(scope: &mut HandleScope<'_>, next: Ready) {
    let (token, flags) = match next {
        Ready::Task(task) => return task(scope),
        Ready::Io(token, flags) => (token, flags),
    };
    match Runtime::of(scope).source(token) {
        Some(Source::Stream(_)) => stream::on_ready(scope, token, flags),
        Some(Source::Listener(_)) => listener::on_ready(scope, token),
        Some(Source::Child(_)) => child::on_ready(scope, token),
        Some(Source::Signal(_)) => signals::on_ready(scope, token),
        Some(Source::Pool) => {
            let runtime = Runtime::of(scope);
            let done = runtime.pool.take();
            runtime.ready.extend(done.into_iter().map(Ready::Task));
        }
        None => {}
    }
}

/// Fires what is due; whether the loop shall come back.
fn fire_timers(scope: &mut HandleScope<'_>) -> bool {
    let runtime = Runtime::of(scope);
    if runtime.timers.next_due().is_none() {
        return false;
    }
    runtime.update_now();
    let (now, round) = (runtime.now, runtime.timers.round());
    while let Some(due) = Runtime::of(scope).timers.pop_due(now, round) {
        handle_scope!(let scope = scope);
        match due.owner {
            Owner::Stream(token) => stream::on_idle(scope, token),
            Owner::Listener(token) => listener::resume(Runtime::of(scope), token),
            Owner::Script => {
                let arguments =
                    [integer(scope, due.id as i32), integer(scope, i32::from(!due.repeats))];
                call(scope, Hook::Timer, &arguments);
            }
        }
        if std::mem::take(&mut Runtime::of(scope).unloop) {
            return true;
        }
    }
    false
}

/// Blocks until something is ready or a timer is due.
fn wait(runtime: &mut Runtime) {
    // This may be a loop inside a listener of that connection.
    if let Some(token) = runtime.corked.take() {
        stream::uncork(runtime, token);
    }
    let due = runtime.timers.next_due();
    let timeout = match (runtime.restless.is_empty(), due) {
        (false, _) => Some(Timespec::default()),
        (true, Some(due)) => {
            let left = runtime.clock.wait(due);
            Some(Timespec {
                tv_sec: left.as_secs().min(1_000_000) as i64,
                tv_nsec: i64::from(left.subsec_nanos()),
            })
        }
        (true, None) => None,
    };
    let mut events = Vec::with_capacity(EVENTS);
    let spare = rustix::buffer::spare_capacity(&mut events);
    // Interrupted by a signal: the next turn waits again.
    let waited = epoll::wait(&runtime.epoll, spare, timeout.as_ref());
    if let (Ok(0), true, Some(due)) = (waited, runtime.restless.is_empty(), due) {
        runtime.clock.skip_to(due);
    }
    runtime.update_now();
    runtime.ready.extend(events.iter().map(|event| Ready::Io(token_of(event), event.flags)));
    let restless = runtime.restless.iter().map(|token| Ready::Io(*token, epoll::EventFlags::IN));
    runtime.ready.extend(restless);
}
