//! Answers of one JSON value per line, as they come.

use std::time::Duration;

use avocet_backplane::Incoming;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use serde::Serialize;
use tokio::sync::{mpsc, watch};

use super::answer::{AdminBody, text};

/// Media type of one JSON value per line.
pub(super) const NDJSON: &str = "application/x-ndjson";

/// Pieces that wait for a reader that is slow; then the queue in the store fills.
pub(super) const WAITING: usize = 16;

/// Time between two empty lines to a reader to whom nothing is said: they show a broken connection.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);

/// Answers with each item as a line, until the reader goes or the server ends.
pub(super) fn lines<T: Send + 'static, L: Serialize + 'static>(
    items: Incoming<T>,
    line: fn(T) -> L,
    draining: watch::Receiver<bool>,
) -> Response<AdminBody> {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(send(items, move |item| written(&line(item)), sender, draining));
    let mut response = text(NDJSON, String::new());
    *response.body_mut() = AdminBody::streamed(receiver);
    response
}

async fn send<T>(
    mut items: Incoming<T>,
    written: impl Fn(T) -> String,
    out: mpsc::Sender<Bytes>,
    mut draining: watch::Receiver<bool>,
) {
    loop {
        let next = tokio::select! {
            () = out.closed() => return,
            _ = draining.wait_for(|draining| *draining) => return,
            next = tokio::time::timeout(HEARTBEAT, items.next()) => next,
        };
        let line = match next {
            Ok(Some(item)) => written(item),
            Ok(None) => return,
            Err(_) => "\n".to_owned(),
        };
        if out.send(line.into()).await.is_err() {
            return;
        }
    }
}

/// A line of NDJSON.
pub(super) fn written(line: &impl Serialize) -> String {
    // What is written here always has a JSON form.
    let mut line = serde_json::to_string(line).unwrap_or_default();
    line.push('\n');
    line
}

/// Bytes as text where they are UTF-8, else in base64.
pub(super) fn either(bytes: &[u8]) -> (Option<String>, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(STANDARD.encode(bytes))),
    }
}
