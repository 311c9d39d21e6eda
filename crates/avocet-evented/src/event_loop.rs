//! The loop: wait for something, call JavaScript, again. An operation may enter it again.

use avocet_v8::{HandleScope, handle_scope};

use crate::hooks;
use crate::reactor::{Reactor, Ready, held};

/// Reason for which a loop came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoopEnd {
    /// Nothing is left that could happen.
    Idle,
    /// JavaScript asked for it.
    Unlooped,
}

/// Runs until JavaScript asks it to come back, or nothing is left that could happen.
pub(crate) fn run(scope: &mut HandleScope<'_>) -> LoopEnd {
    // A loop inside a listener goes on with what the loop outside has begun: input that is partly
    // read, output that is held back.
    Reactor::of(scope).take_over();
    hooks::flush(scope);
    loop {
        // Before there was a loop, the main file may have asked for its end.
        if Reactor::of(scope).take_unloop() || serve_ready(scope) {
            return LoopEnd::Unlooped;
        }
        // Events took their time.
        Reactor::of(scope).begin_turn();
        if fire_timers(scope) {
            return LoopEnd::Unlooped;
        }
        let reactor = Reactor::of(scope);
        if reactor.is_ready() {
            continue;
        }
        if !reactor.is_alive() {
            return LoopEnd::Idle;
        }
        // This may be a loop inside a listener of a connection whose output is held back.
        held::release_all(scope);
        Reactor::of(scope).wait();
        if fire_timers(scope) {
            return LoopEnd::Unlooped;
        }
    }
}

/// Serves what is ready; whether the loop shall come back.
fn serve_ready(scope: &mut HandleScope<'_>) -> bool {
    while let Some(next) = Reactor::of(scope).next_ready() {
        {
            handle_scope!(let scope = scope);
            serve(scope, next);
        }
        if Reactor::of(scope).take_unloop() {
            return true;
        }
    }
    false
}

fn serve(scope: &mut HandleScope<'_>, next: Ready) {
    match next {
        Ready::Task(task) => task(scope),
        Ready::Io(token, flags) => {
            if let Some(on_ready) = Reactor::of(scope).on_ready(token) {
                on_ready(scope, token, flags);
            }
        }
    }
}

/// Fires what is due; whether the loop shall come back.
fn fire_timers(scope: &mut HandleScope<'_>) -> bool {
    let Some(round) = Reactor::of(scope).round() else { return false };
    while let Some((due, on_due)) = Reactor::of(scope).pop_due(round) {
        handle_scope!(let scope = scope);
        on_due(scope, due);
        if Reactor::of(scope).take_unloop() {
            return true;
        }
    }
    false
}
