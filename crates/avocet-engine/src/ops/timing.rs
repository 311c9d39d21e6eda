//! Timers and the clock.

use std::time::Duration;

use avocet_v8::HandleScope;

use super::results::OpError;
use crate::state::State;
use crate::timers::{TimerSpec, delay};

/// The shortest delay and period, as in Node.js.
const LEAST: Duration = Duration::from_millis(1);

pub(super) fn timer_start(
    scope: &mut HandleScope<'_>,
    id: u32,
    ms: f64,
    repeat: bool,
) -> Result<(), OpError> {
    let tag = crate::activity::current(scope);
    let state = State::of(scope);
    let delay = delay(ms, LEAST);
    let spec = TimerSpec { id, due: state.now() + delay, every: repeat.then_some(delay), tag };
    state.timers.start(spec).map_err(|error| OpError::range(error.to_string()))
}

pub(super) fn timer_stop(scope: &mut HandleScope<'_>, id: u32) {
    State::of(scope).timers.stop(id);
}

/// Milliseconds since the realm was made, with fraction.
pub(super) fn now(scope: &mut HandleScope<'_>) -> f64 {
    State::of(scope).now().as_secs_f64() * 1000.0
}
