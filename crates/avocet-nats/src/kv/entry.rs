//! Messages as entries.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::HeaderMap;
use async_nats::jetstream::message::StreamMessage;
use avocet_backplane::kv::{Entry, KeyInfo};

use crate::stream::{Listed, milliseconds};

/// State of a key.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Sequence of its last message; 0: there is none.
    pub(super) sequence: u64,
    /// Value, unless the key is deleted or its time is over.
    pub(super) entry: Option<Entry>,
}

impl Found {
    pub(super) fn of(message: StreamMessage) -> Self {
        let created_ms = milliseconds(message.time);
        let entry = Entry {
            value: message.payload,
            revision: message.sequence,
            created_ms,
            expires_ms: expires_ms(&message.headers, created_ms),
        };
        let lives =
            !is_deletion(&message.headers) && entry.expires_ms.is_none_or(|at| at > now_ms());
        Self { sequence: message.sequence, entry: lives.then_some(entry) }
    }

    pub(super) fn entry(self) -> Option<Entry> {
        self.entry
    }

    /// Time after which it expires.
    pub(super) fn time_left(&self) -> Option<Duration> {
        let expires_ms = self.entry.as_ref()?.expires_ms?;
        Some(Duration::from_millis(expires_ms.saturating_sub(now_ms()).max(1)))
    }
}

/// Key as a message without its value tells of it; `None` where the key is gone.
pub(super) fn info_of(listed: &Listed, key: &str) -> Option<KeyInfo> {
    let created_ms = listed.time_ms;
    let expires_ms = expires_ms(&listed.headers, created_ms);
    if is_deletion(&listed.headers) || expires_ms.is_some_and(|at| at <= now_ms()) {
        return None;
    }
    let bytes = text(&listed.headers, "Nats-Msg-Size").and_then(|size| size.parse().ok());
    Some(KeyInfo {
        key: key.to_owned(),
        bytes: bytes.unwrap_or(listed.payload.len() as u64),
        revision: listed.sequence,
        created_ms,
        expires_ms,
    })
}

/// Whether a message says that its key is gone: by a client, or because its time was over.
pub(super) fn is_deletion(headers: &HeaderMap) -> bool {
    matches!(text(headers, "KV-Operation"), Some("DEL" | "PURGE"))
        || text(headers, "Nats-Marker-Reason").is_some()
}

/// Time at which a message expires; the header has seconds, or a duration as Go writes it.
pub(super) fn expires_ms(headers: &HeaderMap, created_ms: u64) -> Option<u64> {
    let ttl = text(headers, "Nats-TTL")?;
    let seconds = match ttl.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => go_seconds(ttl)?,
    };
    Some(created_ms + seconds * 1000)
}

/// Seconds of a duration such as `1h30m` or `90s`; what is below a second is left out.
fn go_seconds(text: &str) -> Option<u64> {
    let (mut total, mut number) = (0, String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match (c, chars.peek()) {
            ('h', _) => 3600,
            _ if number.is_empty() => return None,
            ('m', Some('s')) | ('u' | 'n' | 'µ', _) => return Some(total),
            ('m', _) => 60,
            ('s', _) => 1,
            _ => return None,
        };
        total += number.parse::<u64>().ok()?.checked_mul(unit)?;
        number.clear();
    }
    number.is_empty().then_some(total)
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    headers.get(name).map(async_nats::HeaderValue::as_str)
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::go_seconds;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, expected) in [
            ("90s", Some(90)),
            ("1h30m", Some(5400)),
            ("1h0m5s", Some(3605)),
            ("500ms", Some(0)),
            ("never", None),
            ("5", None),
        ] {
            assert_eq!(go_seconds(text), expected, "{text}");
        }
    }
}
