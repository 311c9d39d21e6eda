//! Lines in a function's log about calls that did not end as the function meant.

use std::sync::Arc;

use avocet_backplane::{Level, LogLine, LogStore};
use avocet_functions::response::{Answer, AnswerBody, Failure, FailureKind, failure_line};
use avocet_workers::{CallError, CallTag};

use crate::log_lines::{invocation_text, now_ms, platform_error};
use crate::metrics::Breach;
use crate::routes::Callee;

/// Log of one call. A call whose caller went away has no line: it is given up before it has a result.
#[derive(Clone, Copy)]
pub(super) struct CallLog<'a> {
    pub logs: &'a Arc<dyn LogStore>,
    pub function: Callee<'a>,
    pub tag: CallTag,
}

impl CallLog<'_> {
    /// The platform ended the call.
    pub(super) fn failed(self, error: &CallError) {
        let now = now_ms();
        let refused = &self.function.metrics.refused;
        if let Some(breach) = breach(error.kind) {
            self.function.metrics.breach(breach);
        }
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
        // A worker names the field alone; who runs an image sets the variable.
        for (field, variable) in [TIME, MEMORY] {
            text = text.replace(&format!("({field})"), &format!("({field}, {variable})"));
        }
        let setting = setting(error.kind);
        if let Some((field, variable)) = setting.filter(|(field, _)| !text.contains(field)) {
            let comma = if variable.is_empty() { "" } else { ", " };
            text.push_str(&format!(" ({field}{comma}{variable})"));
        }
        if more > 0 {
            text = and_more(&text, more);
        }
        self.error(now, text);
    }

    /// A body was over the function's limit: the function never got the call.
    pub(super) fn over_body_limit(self, reason: &str) {
        let now = now_ms();
        self.function.metrics.breach(Breach::Body);
        match self.function.metrics.refused.body.admit(now / 1000) {
            None => {}
            Some(0) => self.error(now, reason.to_owned()),
            Some(more) => self.error(now, and_more(reason, more)),
        }
    }

    /// The function answered. What of its answer could not be sent is logged.
    pub(super) fn answered(self, answer: &Answer) {
        if let (Some(_), AnswerBody::Text(text)) = (answer.bad_status, &answer.body) {
            self.error(now_ms(), text.clone());
        } else if !answer.dropped.is_empty() {
            let dropped: Vec<String> = answer.dropped.iter().map(ToString::to_string).collect();
            self.error(now_ms(), dropped.join("; "));
        }
    }

    /// The function is called in a way that should change.
    pub(super) fn warned(self, text: &str) {
        let now = now_ms();
        let text = match self.function.metrics.refused.warned.admit(now / 1000) {
            None => return,
            Some(0) => text.to_owned(),
            Some(more) => and_more(text, more),
        };
        self.line(now, Level::Warn, text);
    }

    fn error(self, time_ms: u64, text: String) {
        self.line(time_ms, Level::Error, text);
    }

    fn line(self, time_ms: u64, level: Level, text: String) {
        let Self { logs, function, tag } = self;
        logs.append(vec![LogLine {
            level,
            namespace: function.name.namespace().into(),
            function: function.name.name().into(),
            revision: function.revision,
            call: invocation_text(&tag).map(Into::into),
            trace: (tag.trace != 0).then(|| format!("{:032x}", tag.trace).into()),
            time_ms,
            ..platform_error(text)
        }]);
    }
}

fn and_more(text: &str, more: u64) -> String {
    format!("{text} (and {more} more calls since the last such line)")
}

/// The limit that a failure means.
fn breach(kind: FailureKind) -> Option<Breach> {
    match kind {
        FailureKind::Timeout => Some(Breach::Timeout),
        FailureKind::Cpu => Some(Breach::Cpu),
        FailureKind::Heap => Some(Breach::Memory),
        FailureKind::Overload => Some(Breach::Concurrency),
        _ => None,
    }
}

/// Settings of limits: the field, and the variable that sets it too.
const TIME: (&str, &str) = ("spec.timeout", "FUNC_TIMEOUT");
const MEMORY: (&str, &str) = ("spec.resourceConfiguration.function", "FUNC_MEMORY_LIMIT");

/// Setting whose limit was exceeded.
fn setting(kind: FailureKind) -> Option<(&'static str, &'static str)> {
    match kind {
        FailureKind::Timeout => Some(TIME),
        FailureKind::Cpu => Some(("spec.cpuTime", "")),
        FailureKind::Heap => Some(MEMORY),
        _ => None,
    }
}
