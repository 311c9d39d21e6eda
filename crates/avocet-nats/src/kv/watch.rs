//! Changes of keys as they come.

use avocet_backplane::kv::{Entry, Watched};
use avocet_backplane::{Bucket, Incoming, Result};
use futures_util::stream;
use tokio::sync::mpsc;

use super::entry::{expires_ms, is_deletion};
use super::{key_of, stream_of};
use crate::calls::Calls;
use crate::stream::Listed;
use crate::tail::Tail;

/// Changes that wait for a watcher.
const QUEUE: usize = 1024;

/// Watches keys from now on.
pub(super) async fn watch(
    calls: Calls,
    bucket: Bucket,
    prefix: String,
) -> Result<Incoming<Watched>> {
    let what = format!("watch of {bucket}");
    let stream = calls.jetstream.get_stream(stream_of(&bucket)).await;
    let stream = stream.map_err(|error| calls.failed(&what, error))?;
    let after = stream.cached_info().state.last_sequence;
    let (sender, receiver) = mpsc::channel(QUEUE);
    let watcher = Watcher { calls: calls.clone(), bucket, prefix, after, missed: 0, sender };
    let task = AbortOnDrop(calls.spawn(watcher.run()));
    Ok(Incoming::new(stream::unfold((receiver, task), |(mut receiver, task)| async move {
        receiver.recv().await.map(|item| (item, (receiver, task)))
    })))
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Watcher {
    calls: Calls,
    bucket: Bucket,
    prefix: String,
    /// Sequence up to which changes were seen.
    after: u64,
    missed: u64,
    sender: mpsc::Sender<Watched>,
}

impl Watcher {
    /// Watches until nobody wants it any more; goes on where it was when the server comes back.
    async fn run(mut self) {
        let filter = format!("$KV.{}.>", self.bucket);
        let mut tail = Tail::new(&self.calls, stream_of(&self.bucket), filter, self.after);
        loop {
            tokio::select! {
                listed = tail.next() => self.give(listed),
                () = self.sender.closed() => return,
            }
        }
    }

    fn give(&mut self, listed: Listed) {
        let key = key_of(&self.bucket, &listed.subject);
        if !key.starts_with(&self.prefix) {
            return;
        }
        let (key, revision) = (key.to_owned(), listed.sequence);
        let item = match is_deletion(&listed.headers) {
            true => Watched::Deleted { key, revision },
            false => {
                let expires_ms = expires_ms(&listed.headers, listed.time_ms);
                let (value, created_ms) = (listed.payload, listed.time_ms);
                Watched::Set { key, entry: Entry { value, revision, created_ms, expires_ms } }
            }
        };
        if self.missed > 0 && self.sender.try_send(Watched::Missed(self.missed)).is_ok() {
            self.missed = 0;
        }
        if self.missed > 0 || self.sender.try_send(item).is_err() {
            self.missed += 1;
        }
    }
}
