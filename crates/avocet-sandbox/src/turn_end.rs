//! Result of a turn.

use std::time::Duration;

use avocet_engine::report::ScriptError;

use crate::current_piece::Stop;
use crate::loading::{self, LoadState};

/// Result of a turn, for the loop.
#[derive(Default)]
pub(crate) struct TurnEnd {
    /// Reason for which the platform stopped it; the instance takes no new calls then.
    pub(crate) stopped: Option<Stop>,
    /// Due time of the instance's next timer, on the loop's clock.
    pub(crate) next_timer: Option<Duration>,
    /// Whether a call ran.
    pub(crate) called: bool,
    /// State of loading, where that is news.
    pub(crate) load: Option<LoadState>,
}

impl TurnEnd {
    /// End of a turn whose isolate could not be made.
    pub(crate) fn not_made(error: &ScriptError) -> Self {
        Self { load: Some(LoadState::Failed(loading::source_error(error, ""))), ..Self::default() }
    }
}
