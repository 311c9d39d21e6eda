//! Queue of lines before the writer.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use avocet_backplane::{LogCounts, LogLine, Result};

/// Namespace and name of a function.
pub(super) type Source = (Arc<str>, Arc<str>);

/// Lines that wait at most.
const MAX_LINES: usize = 65_536;
/// Bytes that wait at most.
const MAX_BYTES: usize = 16 << 20;
/// A function's share of both: one that floods the store leaves room for all others.
const SHARE: usize = 2;
/// Bytes that a line takes beside its text, about.
const LINE_BYTES: usize = 128;
/// Lines at which the writer does not wait for more.
const ENOUGH: usize = 2048;
/// Time for which the writer waits for more lines.
const LINGER: Duration = Duration::from_millis(20);

/// Request that is served after the lines that wait.
#[derive(Debug)]
pub(super) enum Request {
    /// Answer once they are stored.
    Flush(oneshot::Sender<Result<()>>),
    /// Delete a function's lines.
    Forget(Source, oneshot::Sender<Result<()>>),
}

/// Batch that the writer takes at once.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) lines: Vec<LogLine>,
    /// Lines waiting per function, and those that did not fit.
    pub(super) shares: HashMap<Source, Share>,
    pub(super) requests: Vec<Request>,
}

#[derive(Debug, Default)]
pub(super) struct Share {
    lines: usize,
    bytes: usize,
    /// Lines that were dropped since the last batch.
    pub(super) dropped: u64,
}

#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    ready: Condvar,
}

#[derive(Debug, Default)]
struct State {
    batch: Batch,
    bytes: usize,
    closed: bool,
    counts: LogCounts,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Counts and bounds stay right at every step under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn append(&self, mut lines: Vec<LogLine>) {
        lines.iter_mut().for_each(normalise);
        let mut state = self.lock();
        let before = state.batch.lines.len();
        lines.into_iter().for_each(|line| state.push(line));
        let after = state.batch.lines.len();
        let wake = (before == 0 && after > 0) || (before < ENOUGH && after >= ENOUGH);
        drop(state);
        if wake {
            self.ready.notify_one();
        }
    }

    pub(super) fn request(&self, request: Request) {
        let mut state = self.lock();
        // A closed store drops the request, and its sender answers `Closed`.
        if !state.closed {
            state.batch.requests.push(request);
            drop(state);
            self.ready.notify_one();
        }
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_one();
    }

    /// Waits for lines, and a little longer for more of them; `None` once closed and empty.
    pub(super) fn take(&self) -> Option<Batch> {
        let state = self.lock();
        let state = self
            .ready
            .wait_while(state, |state| !state.urgent() && state.batch.lines.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let (mut state, _) = self
            .ready
            .wait_timeout_while(state, LINGER, |state| !state.urgent())
            .unwrap_or_else(PoisonError::into_inner);
        let batch = std::mem::take(&mut state.batch);
        state.bytes = 0;
        let done = state.closed && batch.lines.is_empty() && batch.requests.is_empty();
        (!done).then_some(batch)
    }

    /// Notes what became of lines that were taken.
    pub(super) fn settle(&self, stored: u64, dropped: u64) {
        let mut state = self.lock();
        state.counts.stored += stored;
        state.counts.dropped += dropped;
    }

    pub(super) fn counts(&self) -> LogCounts {
        let state = self.lock();
        LogCounts { waiting: state.batch.lines.len() as u64, ..state.counts }
    }
}

impl State {
    /// True where the writer does not wait for more lines.
    fn urgent(&self) -> bool {
        self.closed || !self.batch.requests.is_empty() || self.batch.lines.len() >= ENOUGH
    }

    fn push(&mut self, line: LogLine) {
        let bytes = LINE_BYTES + line.text.len();
        let source = (Arc::clone(&line.namespace), Arc::clone(&line.function));
        let share = self.batch.shares.entry(source).or_default();
        let full = self.batch.lines.len() >= MAX_LINES
            || self.bytes + bytes > MAX_BYTES
            || share.lines >= MAX_LINES / SHARE
            || share.bytes + bytes > MAX_BYTES / SHARE;
        if full || self.closed {
            share.dropped += 1;
            self.counts.dropped += 1;
            return;
        }
        share.lines += 1;
        share.bytes += bytes;
        self.bytes += bytes;
        self.counts.accepted += 1;
        self.batch.lines.push(line);
    }
}

/// Cuts a line to what can be stored: what is over the limit goes, which its end says.
fn normalise(line: &mut LogLine) {
    line.time_ms = line.time_ms.min(i64::MAX as u64);
    line.revision = line.revision.min(i64::MAX as u64);
    let text = &mut line.text;
    if text.len() <= LogLine::MAX_TEXT {
        return;
    }
    let mut end = LogLine::MAX_TEXT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let rest = text.len() - end;
    text.truncate(end);
    text.push_str(&format!(" … ({rest} more bytes were cut off)"));
    text.shrink_to_fit();
}
