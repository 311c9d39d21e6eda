//! Activity: the piece of work whose code is running.
//!
//! A number that the embedder chooses (for functions: the call) is set where work begins, and V8
//! carries it along through `await` and promise reactions; timers remember it.

use avocet_v8::{HandleScope, Number};

/// V8 keeps a heap object here. An integer would not be one; a number with a fraction always is.
const FRACTION: f64 = 0.5;

/// Begins activity `number`: what runs from now on belongs to it. 0 is none.
pub fn begin(scope: &mut HandleScope<'_>, number: u32) {
    let value = Number::new(scope, f64::from(number) + FRACTION).into();
    let context = scope.current_context();
    context.set_continuation_data(value);
}

/// The activity to which the running code belongs.
pub fn current(scope: &mut HandleScope<'_>) -> u32 {
    let context = scope.current_context();
    let value = context.continuation_data(scope);
    value.as_f64().map_or(0, |number| number as u32)
}
