//! Timers of JavaScript; the callbacks stay there.

use std::time::Duration;

use avocet_engine::ops as operations;
use avocet_v8::HandleScope;

use crate::convert::integer;
use crate::hooks::{self, Hook};
use crate::reactor::Reactor;
use crate::reactor::timers::{Due, Timer};

include!("table.rs");

/// The longest time that a timer may have, in milliseconds: about 30 years.
const LONGEST: f64 = 1e12;

fn milliseconds(ms: f64) -> Duration {
    Duration::from_millis(ms.clamp(0.0, LONGEST) as u64)
}

fn timer_start(scope: &mut HandleScope<'_>, after: f64, repeat: f64, keeps_alive: bool) -> u32 {
    let timer = Timer::every(milliseconds(repeat), keeps_alive, on_due);
    Reactor::of(scope).start_timer(milliseconds(after), timer)
}

fn timer_stop(scope: &mut HandleScope<'_>, timer: u32) {
    Reactor::of(scope).stop_timer(timer);
}

fn on_due(scope: &mut HandleScope<'_>, due: Due) {
    let arguments = [integer(scope, due.id as i32), integer(scope, i32::from(!due.repeats))];
    hooks::call(scope, Hook::Timer, &arguments);
}
