//! Loops inside loops: what `promise.wait()` and `process.loop()` stand on.

use avocet_engine::ops as operations;
use avocet_engine::ops::OpError;
use avocet_v8::HandleScope;

use crate::event_loop::{self, LoopEnd};
use crate::reactor::Reactor;

include!("table.rs");

/// The stack that loops inside each other may take: half of what JavaScript may use, so that what
/// an event calls at the deepest of them, the report of an exception too, has the other half.
const LOOPS: usize = 32 << 20;

/// Place of the stack where the script began.
pub(crate) struct StackStart(usize);

impl StackStart {
    pub(crate) fn here() -> Self {
        Self(stack_place())
    }

    /// Bytes of the stack that are taken.
    fn taken(&self) -> usize {
        self.0.abs_diff(stack_place())
    }
}

/// About where the stack ends at the moment.
#[inline(never)]
fn stack_place() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here).addr()
}

fn run_loop(scope: &mut HandleScope<'_>) -> Result<bool, OpError> {
    if scope.slot::<StackStart>().is_some_and(|start| start.taken() > LOOPS) {
        scope.throw_range_error("wait: too many loops run inside each other");
        return Err(OpError::thrown());
    }
    Ok(event_loop::run(scope) == LoopEnd::Unlooped)
}

fn unloop(scope: &mut HandleScope<'_>, wanted: bool) {
    Reactor::of(scope).unloop(wanted);
}
