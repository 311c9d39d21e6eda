//! Lines of the ledger: what became of one delivery.

use avocet_workers::CallTag;
use serde::{Deserialize, Serialize};

use crate::log_lines::{invocation_text, now_ms};

/// One delivery of an event, as the ledger keeps it. (Where it leads is the event's state: see
/// [`avocet_backplane::EventLog::states`].)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Start of the attempt, milliseconds since the Unix epoch.
    pub at: u64,
    /// Milliseconds that it took.
    pub ms: u64,
    /// Status of the answer; none where there was none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// Error, with its place in the source where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// Trace id, 32 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trace: Option<String>,
    /// Invocation, as the function's log names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invocation: Option<String>,
}

impl Attempt {
    /// A delivery that begins now.
    pub(crate) fn begin() -> Self {
        let (status, error, trace, invocation) = Default::default();
        Self { at: now_ms(), ms: 0, status, error, trace, invocation }
    }

    /// Ends now, as the invocation of this tag.
    pub(crate) fn end(&mut self, tag: CallTag) {
        self.ms = now_ms().saturating_sub(self.at);
        self.trace = (tag.trace != 0).then(|| format!("{:032x}", tag.trace));
        self.invocation = invocation_text(&tag);
    }

    /// Line of the ledger.
    pub(crate) fn line(&self) -> String {
        // Texts and numbers always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a line; none where it is of another kind.
    pub(crate) fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}
