//! Takes lines from the workers to the log store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use avocet_backplane::{Level, LogLine, LogStore, Stream};
use avocet_workers::{Event, LogSink, Span};

use crate::calls::Scopes;
use crate::log_lines::{invocation_text, platform_error, stored_level};
use crate::traces::Exporter;

/// Stores what functions and workers print, and counts what happens to workers.
pub(crate) struct Sink {
    logs: Arc<dyn LogStore>,
    /// Accounts of invocations, which are told of errors.
    scopes: Arc<Scopes>,
    /// Exporter of spans, where there is a collector.
    pub traces: Option<Arc<Exporter>>,
    /// Instances that were killed for their memory.
    pub over_memory: AtomicU64,
    /// Worker processes that ended unasked.
    pub deaths: AtomicU64,
    /// Functions that became awake.
    pub wakes: AtomicU64,
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sink").finish_non_exhaustive()
    }
}

impl Sink {
    pub(crate) fn new(
        logs: Arc<dyn LogStore>,
        traces: Option<Arc<Exporter>>,
        scopes: Arc<Scopes>,
    ) -> Self {
        Self {
            logs,
            scopes,
            traces,
            over_memory: AtomicU64::new(0),
            deaths: AtomicU64::new(0),
            wakes: AtomicU64::new(0),
        }
    }
}

impl LogSink for Sink {
    fn log(&self, line: avocet_workers::LogLine) {
        if line.level == avocet_workers::Level::Error
            && let Some(scope) = self.scopes.of(line.tag)
        {
            scope.failed(&line.text);
        }
        self.logs.append(vec![stored(line)]);
    }

    fn span(&self, span: Span) {
        if let Some(traces) = &self.traces {
            traces.push(span);
        }
    }

    fn event(&self, event: Event) {
        match event {
            Event::OverMemory { .. } => {
                self.over_memory.fetch_add(1, Relaxed);
            }
            Event::Awake { .. } => {
                self.wakes.fetch_add(1, Relaxed);
            }
            Event::WorkerExited { namespace, pid, reason, expected: false, lost_calls, .. } => {
                self.deaths.fetch_add(1, Relaxed);
                let text = format!(
                    "worker {pid} ended: {reason}; {lost_calls} calls were answered with 502"
                );
                let namespace = namespace.unwrap_or_else(|| "".into());
                self.logs.append(vec![LogLine { namespace, ..platform_error(text) }]);
            }
            _ => {}
        }
    }
}

fn stored(line: avocet_workers::LogLine) -> LogLine {
    let level = stored_level(line.level);
    let load = line.function.as_ref().map(|function| function.load());
    let stream = match (load, level) {
        (None, _) => Stream::Platform,
        (Some(_), Level::Warn | Level::Error) => Stream::Stderr,
        (Some(_), _) => Stream::Stdout,
    };
    let tag = line.tag.unwrap_or_default();
    LogLine {
        namespace: line.namespace.unwrap_or_else(|| "".into()),
        function: load.map_or("", |load| &load.name).into(),
        revision: load.map_or(0, |load| load.revision),
        call: invocation_text(&tag).map(Into::into),
        trace: (tag.trace != 0).then(|| format!("{:032x}", tag.trace).into()),
        stream,
        level,
        time_ms: line.time_ms as u64,
        text: line.text,
    }
}
