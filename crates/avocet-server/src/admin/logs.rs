//! Log lines as NDJSON.

use avocet_api::{LogGap, LogLine, LogRecord, Then};
use avocet_backplane::{Follow, Followed, Follower, LogQuery, Order, StoredLine, Stream};
use bytes::Bytes;
use tokio::sync::{mpsc, watch};

use super::answer::{AdminBody, text};
use super::lines::{HEARTBEAT, NDJSON, WAITING, written};
use super::time::{milliseconds, rfc3339};
use super::{Admin, Answered, Asked, Problem};
use crate::log_lines::{now_ms, shown_level, stored_level};

impl Admin {
    pub(super) async fn logs(&self, asked: &Asked<'_>) -> Answered {
        let query = query(asked)?;
        if !asked.flag("follow")? {
            // What was printed before the question belongs into the answer.
            self.life.logs.flush().await?;
            let page = self.life.logs.query(query).await?;
            let lines: String = page.lines.iter().map(|stored| written(&record(stored))).collect();
            return Ok(text(NDJSON, lines));
        }
        let followed = self.life.logs.follow(query).await?;
        let (sender, receiver) = mpsc::channel(WAITING);
        let first: String =
            followed.page.lines.iter().map(|stored| written(&record(stored))).collect();
        let draining = self.draining.clone();
        tokio::spawn(follow(first, followed.follower, sender, draining));
        let mut response = text(NDJSON, String::new());
        *response.body_mut() = AdminBody::streamed(receiver);
        Ok(response)
    }
}

/// The log as it is and as it grows, for this process.
#[derive(Debug)]
pub struct Logs {
    stored: std::vec::IntoIter<StoredLine>,
    follower: Follower,
}

impl Logs {
    pub(crate) fn new(followed: Follow) -> Self {
        Self { stored: followed.page.lines.into_iter(), follower: followed.follower }
    }

    /// The next line; `None` once the store is closed.
    pub async fn next(&mut self) -> Option<LogLine> {
        match self.stored.next() {
            Some(stored) => Some(record(&stored)),
            None => self.follower.recv().await.map(|followed| line(&followed)),
        }
    }
}

async fn follow(
    first: String,
    mut follower: Follower,
    out: mpsc::Sender<Bytes>,
    mut draining: watch::Receiver<bool>,
) {
    let mut send = first;
    loop {
        if !send.is_empty() && out.send(send.into()).await.is_err() {
            return;
        }
        let next = tokio::select! {
            () = out.closed() => return,
            _ = draining.wait_for(|draining| *draining) => break,
            next = tokio::time::timeout(HEARTBEAT, follower.recv()) => next,
        };
        send = match next {
            Ok(Some(followed)) => written(&line(&followed)),
            Ok(None) => return,
            Err(_) => "\n".to_owned(),
        };
    }
    let rest = std::iter::from_fn(|| follower.try_recv());
    let rest: String = rest.map(|followed| written(&line(&followed))).collect();
    // A follower that has gone needs no rest.
    let _ = out.send(rest.into()).await;
}

fn query(asked: &Asked<'_>) -> Result<LogQuery, Problem> {
    let level = asked
        .parameter("level")
        .map(|level| level.parse().map_err(|error| Problem::bad_request(format!("level={error}"))));
    // `container` is what the cluster's tools call it: the same function.
    let function = asked.parameter("function").or_else(|| asked.parameter("container"));
    selection(&avocet_api::LogQuery {
        namespace: asked.parameter("namespace").map(str::to_owned),
        function: function.map(str::to_owned),
        call: asked.parameter("call").map(str::to_owned),
        since: asked.parameter("since").map(str::to_owned),
        tail: asked.parsed("tail", "a number of lines")?,
        level: level.transpose()?,
        then: Then::End,
    })
}

/// Query of the store.
pub(crate) fn selection(which: &avocet_api::LogQuery) -> Result<LogQuery, Problem> {
    Ok(LogQuery {
        namespace: which.namespace.clone(),
        function: which.function.clone(),
        call: which.call.clone(),
        since_ms: which.since.as_deref().map(since).transpose()?,
        level: which.level.map(stored_level),
        after: None,
        order: Order::Last,
        limit: Some(which.tail.unwrap_or(LogQuery::MAX).min(LogQuery::MAX)),
    })
}

/// A duration before now, or a time.
pub(super) fn since(text: &str) -> Result<u64, Problem> {
    let wrong = || {
        Problem::bad_request(format!(
            "since={text:?} is neither a duration (90s, 10m, 2h, 1d) nor an RFC 3339 time"
        ))
    };
    if let Some(duration) = milliseconds(text) {
        return Ok(now_ms().saturating_sub(duration));
    }
    let time: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
    u64::try_from(time.as_millisecond()).map_err(|_| wrong())
}

fn line(followed: &Followed) -> LogLine {
    match followed {
        Followed::Line(stored) => record(stored),
        Followed::Skipped(lines) => LogLine::Gap(LogGap { dropped: *lines }),
    }
}

fn record(stored: &StoredLine) -> LogLine {
    LogLine::Record(LogRecord {
        time: rfc3339(stored.time_ms),
        namespace: stored.namespace.to_string(),
        function: stored.function.to_string(),
        revision: stored.revision,
        level: shown_level(stored.level),
        stream: match stored.stream {
            Stream::Stdout => avocet_api::Stream::Stdout,
            Stream::Stderr => avocet_api::Stream::Stderr,
            Stream::Platform => avocet_api::Stream::Platform,
        },
        invocation: stored.call.as_deref().map(str::to_owned),
        trace: stored.trace.as_deref().map(str::to_owned),
        text: stored.text.to_string(),
    })
}
