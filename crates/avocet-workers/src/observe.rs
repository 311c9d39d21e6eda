use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use avocet_frames::head::Level;
use bytes::Bytes;

use crate::{CallTag, Definition, Exit};

/// A line for a log.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// The namespace; absent for what concerns no namespace (a worker of the warm pool).
    pub namespace: Option<Arc<str>>,
    /// The function that wrote it or that it is about; absent for the platform's own lines and for
    /// a worker's standard output and standard error.
    pub function: Option<Arc<Definition>>,
    /// The call that it belongs to, as its caller named it, while that call is known.
    pub tag: Option<CallTag>,
    /// Level.
    pub level: Level,
    /// Milliseconds since the Unix epoch.
    pub time_ms: f64,
    /// The text, without a line break at its end.
    pub text: String,
}

impl LogLine {
    /// A line of the platform's own, as of now, that concerns no namespace.
    pub fn platform(level: Level, text: impl Into<String>) -> Self {
        Self {
            namespace: None,
            function: None,
            tag: None,
            level,
            time_ms: now_ms(),
            text: text.into(),
        }
    }

    /// The same for a function.
    #[must_use]
    pub fn about(self, function: &Arc<Definition>) -> Self {
        let namespace = Some(function.load().namespace.as_str().into());
        Self { namespace, function: Some(function.clone()), ..self }
    }
}

/// A finished trace span.
#[derive(Debug, Clone)]
pub struct Span {
    /// The function that made it.
    pub function: Arc<Definition>,
    /// The call that it belongs to, as its caller named it, while that call is known.
    pub tag: Option<CallTag>,
    /// The span as the guest wrote it, JSON.
    pub json: Bytes,
}

/// News of workers and functions, for metrics, the console and tests.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A worker process started and said hello.
    WorkerReady {
        /// Absent in the warm pool.
        namespace: Option<Arc<str>>,
        /// Process id of the worker.
        pid: u32,
        /// Engine that runs the functions in it.
        engine: String,
    },
    /// A warm worker was given to a namespace.
    WorkerTaken {
        /// The namespace.
        namespace: Arc<str>,
        /// Process id of the worker.
        pid: u32,
    },
    /// A worker could not be started.
    StartFailed {
        /// Absent in the warm pool.
        namespace: Option<Arc<str>>,
        /// Reason, in one line.
        reason: String,
        /// No new attempt before this time has passed.
        retry_after: Duration,
    },
    /// A worker process is gone.
    WorkerExited {
        /// Absent in the warm pool.
        namespace: Option<Arc<str>>,
        /// Process id of the worker.
        pid: u32,
        /// Exit code or signal, where the system reported one.
        exit: Option<Exit>,
        /// Reason of the end, in one line: its own doing, or the rule by which it was killed.
        reason: String,
        /// Whether it was asked to end.
        expected: bool,
        /// Calls that were answered with [`crate::FailureKind::Crashed`].
        lost_calls: u32,
        /// No new worker of the namespace before this time has passed.
        retry_after: Duration,
    },
    /// A function is ready.
    Awake {
        /// The function.
        function: Arc<Definition>,
        /// Time that the worker took to load it.
        took: Duration,
    },
    /// A function could not be loaded.
    NotLoaded {
        /// The function.
        function: Arc<Definition>,
        /// Reason, in one line.
        reason: String,
    },
    /// A function was unloaded.
    Asleep {
        /// The function.
        function: Arc<Definition>,
    },
    /// An instance is killed because it has more memory than its limit.
    OverMemory {
        /// The function.
        function: Arc<Definition>,
        /// Memory that it had, bytes.
        used: u64,
        /// [`crate::Limits::heap_bytes`].
        limit: u64,
    },
    /// An answer arrived for a call that was given up before; it was dropped.
    LateAnswer {
        /// The namespace.
        namespace: Arc<str>,
    },
}

/// Sink of log lines, spans and events.
///
/// Every method is called from the tasks that carry calls: it must not block and must bound what
/// it keeps. It may call back into this crate.
pub trait LogSink: Debug + Send + Sync + 'static {
    /// Takes a log line.
    fn log(&self, line: LogLine);

    /// Takes a span; dropped where this is not implemented.
    fn span(&self, span: Span) {
        drop(span);
    }

    /// Takes an event; dropped where this is not implemented.
    fn event(&self, event: Event) {
        drop(event);
    }
}

/// A sink that keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Discard;

impl LogSink for Discard {
    fn log(&self, line: LogLine) {
        drop(line);
    }
}

/// Now, in milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0.0, |elapsed| elapsed.as_secs_f64() * 1000.0)
}
