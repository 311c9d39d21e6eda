//! Following: new lines as they are stored.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::{LogQuery, StoredLine};

/// Lines that a follower holds at most.
const MAX_LINES: usize = 4096;
/// Bytes of text that a follower holds at most.
const MAX_BYTES: usize = 4 << 20;

/// Item that a [`Follower`] receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// A new line.
    Line(Arc<StoredLine>),
    /// The follower was too slow: so many lines are left out here. They are stored.
    Skipped(u64),
}

/// Receives new lines. It holds at most 4,096 lines and 4 MiB that were not taken yet; what comes
/// on top of them is skipped and counted, and never holds up who writes.
#[derive(Debug)]
pub struct Follower {
    channel: Arc<Channel>,
    /// Lines up to this one were given already.
    after: u64,
}

impl Follower {
    /// The next line; `None` once the store is closed.
    pub async fn recv(&mut self) -> Option<Followed> {
        let channel = Arc::clone(&self.channel);
        loop {
            // Registered before looking, so that what comes between is not missed.
            let notified = channel.notify.notified();
            if let Some(followed) = self.try_recv() {
                return Some(followed);
            }
            if channel.lock().closed {
                return None;
            }
            notified.await;
        }
    }

    /// The next line where there is one already.
    pub fn try_recv(&mut self) -> Option<Followed> {
        let mut state = self.channel.lock();
        loop {
            match state.take()? {
                Followed::Line(line) if line.cursor <= self.after => {}
                followed => return Some(followed),
            }
        }
    }

    /// Leaves out lines up to this one: those that a store gave as a page already.
    pub fn after(&mut self, cursor: u64) {
        self.after = cursor;
    }
}

/// The side of a [`Follower`] that a store holds and gives each line to once, in order.
#[derive(Debug)]
pub struct Feed {
    query: LogQuery,
    channel: Weak<Channel>,
}

impl Feed {
    /// A feed of the new lines that match `query`, and its follower.
    pub fn new(query: LogQuery) -> (Self, Follower) {
        let channel = Arc::new(Channel::default());
        let feed = Self { query, channel: Arc::downgrade(&channel) };
        (feed, Follower { channel, after: 0 })
    }

    /// Gives it the lines that match; `false` once nobody follows any more.
    pub fn send(&self, lines: &[Arc<StoredLine>]) -> bool {
        let Some(channel) = self.channel.upgrade() else { return false };
        let mut matching = lines.iter().filter(|line| self.matches(line)).peekable();
        if matching.peek().is_some() {
            let mut state = channel.lock();
            matching.for_each(|line| state.put(line));
            drop(state);
            channel.notify.notify_waiters();
        }
        true
    }

    fn matches(&self, line: &StoredLine) -> bool {
        let LogQuery { namespace, function, since_ms, level, call, .. } = &self.query;
        let is = |wanted: &Option<String>, name: &str| wanted.as_ref().is_none_or(|w| w == name);
        (line.namespace.is_empty() || is(namespace, &line.namespace))
            && is(function, &line.function)
            && since_ms.is_none_or(|since| line.time_ms >= since)
            && level.is_none_or(|level| line.level >= level)
            && call
                .as_ref()
                .is_none_or(|call| line.call.as_ref().is_some_and(|own| **own == **call))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Some(channel) = self.channel.upgrade() {
            channel.lock().closed = true;
            channel.notify.notify_waiters();
        }
    }
}

#[derive(Debug, Default)]
struct Channel {
    state: Mutex<State>,
    notify: Notify,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<Arc<StoredLine>>,
    bytes: usize,
    /// Lines left out behind the last one in `lines`.
    skipped: u64,
    closed: bool,
}

impl Channel {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Once a line is skipped, all are until the queue is empty: one gap in place of many, and its
    /// place in the order is known.
    fn put(&mut self, line: &Arc<StoredLine>) {
        let full = self.lines.len() >= MAX_LINES || self.bytes + line.text.len() > MAX_BYTES;
        if self.skipped > 0 || full {
            self.skipped += 1;
        } else {
            self.bytes += line.text.len();
            self.lines.push_back(Arc::clone(line));
        }
    }

    fn take(&mut self) -> Option<Followed> {
        if let Some(line) = self.lines.pop_front() {
            self.bytes -= line.text.len();
            return Some(Followed::Line(line));
        }
        match std::mem::take(&mut self.skipped) {
            0 => None,
            skipped => Some(Followed::Skipped(skipped)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, Stream, wait};

    fn line(cursor: u64, text: &str) -> Arc<StoredLine> {
        Arc::new(StoredLine {
            cursor,
            namespace: "default".into(),
            function: "f".into(),
            revision: 1,
            call: None,
            trace: None,
            stream: Stream::Stdout,
            level: Level::Info,
            time_ms: 0,
            text: text.into(),
        })
    }

    #[test]
    fn a_slow_follower_is_told_how_many_lines_it_missed() {
        let (feed, mut follower) = Feed::new(LogQuery::default());
        let lines: Vec<_> = (1..=MAX_LINES as u64 + 3).map(|n| line(n, "x")).collect();
        assert!(feed.send(&lines));
        for expected in &lines[..MAX_LINES] {
            assert_eq!(wait(follower.recv()), Some(Followed::Line(Arc::clone(expected))));
        }
        assert_eq!(wait(follower.recv()), Some(Followed::Skipped(3)));
        assert!(feed.send(&lines[..1]));
        assert_eq!(follower.try_recv(), Some(Followed::Line(Arc::clone(&lines[0]))));
        drop(feed);
        assert_eq!(wait(follower.recv()), None);
    }

    #[test]
    fn long_lines_are_bounded_by_their_bytes() {
        let (feed, mut follower) = Feed::new(LogQuery::default());
        let long = "x".repeat(MAX_BYTES / 2);
        feed.send(&[line(1, &long), line(2, &long), line(3, &long)]);
        let got: Vec<_> = std::iter::from_fn(|| follower.try_recv()).collect();
        assert!(matches!(got[..], [Followed::Line(_), Followed::Line(_), Followed::Skipped(1)]));
    }

    #[test]
    fn a_feed_gives_only_what_matches() {
        let (feed, mut follower) = Feed::new(LogQuery::function("default", "other"));
        feed.send(&[line(1, "x")]);
        assert_eq!(follower.try_recv(), None);
        drop(follower);
        assert!(!feed.send(&[line(1, "x")]));
    }
}
