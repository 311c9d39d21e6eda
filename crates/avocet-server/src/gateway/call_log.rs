//! What a function's log says of a call that did not end as the function meant.

use std::sync::Arc;

use avocet_backplane::{Level, LogLine, LogStore, Stream};
use avocet_functions::response::{Answer, AnswerBody, Failure, FailureKind, failure_line};
use avocet_workers::{CallError, CallTag};

use crate::life::Function;
use crate::log_sink::{invocation_text, now_ms};

/// Where one call of a function is told of. A caller that went away is told of nowhere: the call is
/// given up before it has a result.
#[derive(Clone, Copy)]
pub(super) struct CallLog<'a> {
    pub logs: &'a Arc<dyn LogStore>,
    pub function: &'a Arc<Function>,
    pub tag: CallTag,
}

impl CallLog<'_> {
    /// The platform ended the call.
    pub(super) fn failed(self, error: &CallError) {
        let now = now_ms();
        let refused = &self.function.metrics.refused;
        let bound = match error.kind {
            // What the caller sent was wrong.
            FailureKind::BadBody => return,
            FailureKind::Overload => Some(&refused.overload),
            FailureKind::NotLoaded => Some(&refused.not_loaded),
            _ => None,
        };
        let more = match bound.map(|bound| bound.admit(now / 1000)) {
            None => 0,
            Some(Some(more)) => more,
            Some(None) => return,
        };
        let mut text = failure_line(&Failure { kind: error.kind, message: error.message.clone() });
        if let Some(setting) = setting(error.kind).filter(|setting| !text.contains(setting)) {
            text.push_str(&format!(" ({setting})"));
        }
        if more > 0 {
            text.push_str(&format!(" (and {more} more calls since the last such line)"));
        }
        self.error(now, text);
    }

    /// The function answered; tells what of it could not be sent.
    pub(super) fn answered(self, answer: &Answer) {
        if let (Some(_), AnswerBody::Text(text)) = (answer.bad_status, &answer.body) {
            self.error(now_ms(), text.clone());
        } else if !answer.dropped.is_empty() {
            let dropped: Vec<String> = answer.dropped.iter().map(ToString::to_string).collect();
            self.error(now_ms(), dropped.join("; "));
        }
    }

    fn error(self, time_ms: u64, text: String) {
        let Self { logs, function, tag } = self;
        logs.append(vec![LogLine {
            namespace: function.name.namespace().into(),
            function: function.name.name().into(),
            revision: function.revision,
            call: invocation_text(&tag).map(Into::into),
            trace: (tag.trace != 0).then(|| format!("{:032x}", tag.trace).into()),
            stream: Stream::Platform,
            level: Level::Error,
            time_ms,
            text,
        }]);
    }
}

/// The setting whose limit was met.
fn setting(kind: FailureKind) -> Option<&'static str> {
    match kind {
        FailureKind::Timeout => Some("spec.timeout"),
        FailureKind::Cpu => Some("spec.cpuTime"),
        FailureKind::Heap => Some("spec.resourceConfiguration"),
        _ => None,
    }
}
