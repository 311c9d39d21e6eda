//! State of a function's isolate, for its operations.

use std::sync::Arc;

use avocet_engine::v8::HandleScope;
use bytes::Bytes;

use crate::blocked::SharedParking;
use crate::calls::Calls;
use crate::current_piece::CurrentPiece;
use crate::numbers::SlotId;
use crate::outbox::Outbox;
use crate::program::Program;

/// The function to which an isolate belongs.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) program: Arc<Program>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) slot: SlotId,
    pub(crate) current: Arc<CurrentPiece>,
    pub(crate) parking: SharedParking,
}

impl Guest {
    /// The state of the isolate that is entered.
    pub(crate) fn of<'a>(scope: &'a HandleScope<'_>) -> &'a Self {
        scope.slot().expect("an isolate has its function before any of the function's code runs")
    }
}

/// The body of the call whose handler is about to run.
#[derive(Default)]
pub(crate) struct Body(pub(crate) Bytes);

/// The call that left with `process.exit`, and its code.
pub(crate) struct Exit {
    pub(crate) call: u32,
    pub(crate) code: i32,
}
