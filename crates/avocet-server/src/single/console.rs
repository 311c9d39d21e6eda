//! Log of one function by itself: lines go to this process's own standard output and
//! standard error, as they were printed.
//!
//! A thread of its own writes them. Whoever reads slowly (or not at all) stops that thread and
//! nothing else: what does not fit into the queue meanwhile is counted and dropped.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use avocet_backplane::{Error, Follow, LogCounts, LogLine, LogPage, LogQuery, LogStore, Pending};
use avocet_workers::{Event, Level, LogSink, Span};
use tokio::sync::Notify;

use crate::metrics::{Exposition, MetricKind};
use crate::traces::Exporter;

/// Lines that wait to be written.
const WAITING: usize = 8192;

/// Longest wait for the last lines at the end: a reader that has stopped must not hold the process.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Stream that a line goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Out,
    Err,
}

enum Job {
    Line(To, String),
    /// Everything before it is written.
    Flush(SyncSender<()>),
}

/// The log; see the module.
pub(crate) struct Console {
    queue: SyncSender<Job>,
    accepted: AtomicU64,
    dropped: AtomicU64,
    /// Exporter of spans, where there is a collector.
    traces: Option<Arc<Exporter>>,
    /// The process of the function ended without having been asked to.
    pub(super) died: Notify,
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}

impl Console {
    /// Exporter of spans, where there is a collector.
    pub(super) fn traces(&self) -> Option<Arc<Exporter>> {
        self.traces.clone()
    }

    /// Starts the thread that writes.
    ///
    /// # Errors
    /// Where the system has no thread for it.
    pub(super) fn start(traces: Option<Arc<Exporter>>) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(WAITING);
        std::thread::Builder::new().name("console".to_owned()).spawn(move || write(&jobs))?;
        Ok(Self {
            queue,
            accepted: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            traces,
            died: Notify::new(),
        })
    }

    /// A line of the access log.
    pub(super) fn access(&self, line: String) {
        self.print(To::Out, line);
    }

    /// A line of the platform's own.
    pub(super) fn say(&self, text: &str) {
        self.print(To::Err, format!("avocet: {}\n", text.trim_end_matches('\n')));
    }

    /// Adds its counters.
    pub(super) fn metrics(&self, text: &mut Exposition) {
        let (accepted, dropped) = (self.accepted.load(Relaxed), self.dropped.load(Relaxed));
        text.single("avocet_log_lines_total", MetricKind::Counter, "Lines taken.", accepted);
        let help = "Lines that were dropped: standard output is not read fast enough.";
        text.single("avocet_log_lines_dropped_total", MetricKind::Counter, help, dropped);
        let (sent, lost) = self.traces.as_ref().map_or((0, 0), |traces| traces.counts());
        let help = "Spans that the trace collector took.";
        text.single("avocet_spans_total", MetricKind::Counter, help, sent);
        let help = "Spans that were dropped: too many waited, or the collector did not take them.";
        text.single("avocet_spans_dropped_total", MetricKind::Counter, help, lost);
    }

    /// Waits until everything is written, though not for ever. Blocks.
    pub(super) fn finish(&self) {
        let (done, written) = sync_channel(1);
        if self.queue.try_send(Job::Flush(done)).is_ok() {
            // Nobody reads, or everything is written: both are the end.
            let _ = written.recv_timeout(LAST_WORDS);
        }
    }

    fn print(&self, to: To, line: String) {
        match self.queue.try_send(Job::Line(to, line)) {
            Ok(()) => self.accepted.fetch_add(1, Relaxed),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.dropped.fetch_add(1, Relaxed)
            }
        };
    }
}

fn write(jobs: &Receiver<Job>) {
    for job in jobs {
        // A line that cannot be written is lost: there is nowhere to say so.
        let _ = match job {
            Job::Line(To::Out, line) => std::io::stdout().lock().write_all(line.as_bytes()),
            Job::Line(To::Err, line) => std::io::stderr().lock().write_all(line.as_bytes()),
            Job::Flush(done) => std::io::stdout().lock().flush().inspect(|()| {
                let _ = done.send(());
            }),
        };
    }
}

impl LogSink for Console {
    fn log(&self, line: avocet_workers::LogLine) {
        let avocet_workers::LogLine { function, level, mut text, .. } = line;
        if function.is_none() {
            // Lines for who looks into the platform itself have no place beside a function's.
            if level != Level::Debug {
                self.say(&text);
            }
            return;
        }
        text.push('\n');
        let to = match level {
            Level::Warn | Level::Error => To::Err,
            Level::Debug | Level::Info => To::Out,
        };
        self.print(to, text);
    }

    fn span(&self, span: Span) {
        if let Some(traces) = &self.traces {
            traces.push(span);
        }
    }

    fn event(&self, event: Event) {
        match event {
            Event::StartFailed { reason, .. } => self.say(&reason),
            Event::WorkerExited { namespace: Some(_), .. } => self.died.notify_one(),
            _ => {}
        }
    }
}

/// Log of the gateway about calls. Nothing is kept.
impl LogStore for Console {
    fn append(&self, lines: Vec<LogLine>) {
        for line in lines {
            self.say(&line.text);
        }
    }

    fn flush(&self) -> Pending<()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn query(&self, _: LogQuery) -> Pending<LogPage> {
        Box::pin(std::future::ready(Err(Error::Closed)))
    }

    fn follow(&self, _: LogQuery) -> Pending<Follow> {
        Box::pin(std::future::ready(Err(Error::Closed)))
    }

    fn forget(&self, _: &str, _: &str) -> Pending<()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn counts(&self) -> LogCounts {
        let accepted = self.accepted.load(Relaxed);
        LogCounts { accepted, stored: 0, dropped: self.dropped.load(Relaxed), waiting: 0 }
    }
}
