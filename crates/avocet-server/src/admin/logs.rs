//! Log lines as NDJSON.

use std::time::Duration;

use avocet_backplane::{Followed, Follower, Level, LogQuery, Order, StoredLine, Stream};
use bytes::Bytes;
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::answer::{AdminBody, text};
use super::{Admin, Answered, Asked, Problem};
use crate::api::{LogRecord, rfc3339};
use crate::log_lines::now_ms;

/// Media type of one JSON object per line.
const NDJSON: &str = "application/x-ndjson";

/// Pieces that wait for a follower that reads slowly; then its own buffer in the store fills.
const WAITING: usize = 16;

/// How often a follower to whom nothing is said gets an empty line, which shows a broken
/// connection.
const HEARTBEAT: Duration = Duration::from_secs(15);

impl Admin {
    pub(super) async fn logs(&self, asked: &Asked<'_>) -> Answered {
        let query = query(asked)?;
        if !asked.flag("follow")? {
            // What was printed before the question belongs into the answer.
            self.life.logs.flush().await?;
            let page = self.life.logs.query(query).await?;
            let lines: String = page.lines.iter().map(line).collect();
            return Ok(text(NDJSON, lines));
        }
        let followed = self.life.logs.follow(query).await?;
        let (sender, receiver) = mpsc::channel(WAITING);
        let first: String = followed.page.lines.iter().map(line).collect();
        let draining = self.draining.clone();
        tokio::spawn(follow(first, followed.follower, sender, draining));
        let mut response = text(NDJSON, String::new());
        *response.body_mut() = AdminBody::streamed(receiver);
        Ok(response)
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
            Ok(Some(followed)) => piece(&followed),
            Ok(None) => return,
            Err(_) => "\n".to_owned(),
        };
    }
    let rest: String = std::iter::from_fn(|| follower.try_recv()).map(|f| piece(&f)).collect();
    // Nobody is left to tell that nobody listens any more.
    let _ = out.send(rest.into()).await;
}

fn piece(followed: &Followed) -> String {
    match followed {
        Followed::Line(stored) => line(stored),
        Followed::Skipped(lines) => format!("{}\n", json!({ "dropped": lines })),
    }
}

fn query(asked: &Asked<'_>) -> Result<LogQuery, Problem> {
    let tail: Option<usize> = asked.parsed("tail", "a number of lines")?;
    let level = asked.parameter("level").map(|level| match level {
        "debug" => Ok(Level::Debug),
        "info" => Ok(Level::Info),
        "warn" => Ok(Level::Warn),
        "error" => Ok(Level::Error),
        _ => {
            Err(Problem::bad_request(format!("level={level:?} is not debug, info, warn or error")))
        }
    });
    // `container` is what the cluster's tools call it: the same function.
    let function = asked.parameter("function").or_else(|| asked.parameter("container"));
    Ok(LogQuery {
        namespace: asked.parameter("namespace").map(str::to_owned),
        function: function.map(str::to_owned),
        since_ms: asked.parameter("since").map(since).transpose()?,
        level: level.transpose()?,
        after: None,
        order: Order::Last,
        limit: Some(tail.unwrap_or(LogQuery::MAX).min(LogQuery::MAX)),
    })
}

/// A duration before now, or a time.
fn since(text: &str) -> Result<u64, Problem> {
    let wrong = || {
        Problem::bad_request(format!(
            "since={text:?} is neither a duration (90s, 10m, 2h, 1d) nor an RFC 3339 time"
        ))
    };
    if let Some(duration) = duration(text) {
        return Ok(now_ms().saturating_sub(duration));
    }
    let time: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
    u64::try_from(time.as_millisecond()).map_err(|_| wrong())
}

/// Milliseconds.
fn duration(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let (number, unit) = match number.strip_suffix('m') {
        Some(number) if unit == "s" => (number, 1),
        _ => {
            let unit = match unit {
                "s" => 1000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return None,
            };
            (number, unit)
        }
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

fn line(stored: &StoredLine) -> String {
    let record = LogRecord {
        time: rfc3339(stored.time_ms),
        namespace: stored.namespace.to_string(),
        function: stored.function.to_string(),
        revision: stored.revision,
        level: match stored.level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
        .to_owned(),
        stream: match stored.stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
            Stream::Platform => "platform",
        }
        .to_owned(),
        invocation: stored.call.as_deref().map(str::to_owned),
        trace: stored.trace.as_deref().map(str::to_owned),
        text: stored.text.to_string(),
    };
    // A record of texts and numbers always has a JSON form.
    let mut line = serde_json::to_string(&record).unwrap_or_default();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, milliseconds) in [
            ("250ms", Some(250)),
            ("90s", Some(90_000)),
            ("10m", Some(600_000)),
            ("2h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("", None),
            ("s", None),
            ("10", None),
            ("-1s", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(duration(text), milliseconds, "{text}");
        }
    }
}
