//! Reading an object in its pieces.

use std::collections::VecDeque;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use avocet_backplane::objects::{CHUNK_BYTES, Object, ObjectDigest};
use avocet_backplane::{Bucket, Error, Incoming, Result};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::meta::Meta;
use super::{NatsObjects, chunks_of, stream_of};
use crate::stream::Listed;

/// Pieces that are asked for at once (4 MiB).
const FETCH: usize = 32;

/// Pieces that wait for whoever reads.
const AHEAD: usize = 4;

/// Time after which the server forgets a reader.
const FORGET: Duration = Duration::from_secs(60);

/// An object whose pieces are read as they are wanted.
pub(super) fn object(store: &NatsObjects, bucket: Bucket, meta: Meta) -> Result<Object> {
    let info = meta.info()?;
    store.readers.enter(&meta.nuid);
    let reader = Reader {
        expected: info.digest,
        bucket,
        left: info.chunks,
        bytes: 0,
        after: 0,
        digest: Some(Sha256::new()),
        waiting: VecDeque::new(),
        held: Held { store: store.clone(), meta, bucket: None },
    }
    .holding();
    let (sender, receiver) = mpsc::channel(AHEAD);
    store.calls.spawn(reader.run(sender));
    let data = stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    Ok(Object { info, data: Incoming::new(data) })
}

struct Reader {
    bucket: Bucket,
    expected: ObjectDigest,
    /// Pieces that are still to come.
    left: u64,
    /// Bytes that came.
    bytes: u64,
    /// Sequence of the last piece.
    after: u64,
    digest: Option<Sha256>,
    waiting: VecDeque<Bytes>,
    held: Held,
}

/// Keeps the pieces while they are read.
struct Held {
    store: NatsObjects,
    meta: Meta,
    bucket: Option<Bucket>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(bucket) = self.bucket.take() else { return };
        if self.store.readers.leave(&self.meta.nuid) {
            let (calls, subject) = (self.store.calls.clone(), chunks_of(&bucket, &self.meta.nuid));
            self.store.calls.spawn(async move {
                // What stays there takes room and nothing else.
                calls.purge("purge of old pieces", &stream_of(&bucket), &subject).await.ok();
            });
        }
    }
}

impl Reader {
    fn holding(mut self) -> Self {
        self.held.bucket = Some(self.bucket.clone());
        self
    }

    /// Reads to the end, or until nobody wants it.
    async fn run(mut self, sender: mpsc::Sender<Result<Bytes>>) {
        loop {
            let piece = tokio::select! {
                piece = self.next() => piece.transpose(),
                () = sender.closed() => return,
            };
            let Some(piece) = piece else { return };
            let is_end = piece.is_err();
            if sender.send(piece).await.is_err() || is_end {
                return;
            }
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.waiting.is_empty() && self.left > 0 {
            self.fetch().await?;
        }
        match self.waiting.pop_front() {
            Some(piece) => Ok(Some(piece)),
            None => self.check().map(|()| None),
        }
    }

    async fn fetch(&mut self) -> Result<()> {
        let calls = self.held.store.calls.clone();
        let what = format!("get of object {:?} in {}", self.held.meta.name, self.bucket);
        let limit = calls.timeout;
        match timeout(limit, self.pieces(&what)).await {
            Ok(pieces) => self.take(pieces?),
            Err(_) => Err(calls.unreachable(what, format!("no answer within {limit:?}"))),
        }
    }

    async fn pieces(&self, what: &str) -> Result<Vec<Listed>> {
        let calls = &self.held.store.calls;
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.after + 1 },
            filter_subject: chunks_of(&self.bucket, &self.held.meta.nuid),
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGET,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let stream = stream_of(&self.bucket);
        let consumer = calls.jetstream.create_consumer_on_stream(config, &*stream).await;
        let consumer = consumer.map_err(|error| calls.failed(what, error))?;
        let wanted = FETCH.min(usize::try_from(self.left).unwrap_or(FETCH));
        let batch = consumer.fetch().max_messages(wanted).messages().await;
        let mut batch = batch.map_err(|error| calls.failed(what, error))?;
        let mut pieces = Vec::with_capacity(wanted);
        while let Some(message) = batch.next().await {
            let message = message.map_err(|error| calls.failed(what, error))?;
            pieces.push(Listed::of(message).map_err(|error| calls.failed(what, error))?);
        }
        calls
            .jetstream
            .delete_consumer_from_stream(&consumer.cached_info().name, &*stream)
            .await
            .ok();
        Ok(pieces)
    }

    fn take(&mut self, pieces: Vec<Listed>) -> Result<()> {
        if pieces.is_empty() {
            return Err(self.damaged(format!("{} of its pieces are missing", self.left)));
        }
        for piece in pieces {
            self.after = piece.sequence;
            self.left = self.left.saturating_sub(1);
            self.bytes += piece.payload.len() as u64;
            if let Some(digest) = &mut self.digest {
                digest.update(&piece.payload);
            }
            let mut rest = piece.payload;
            // Other clients may have larger pieces.
            while !rest.is_empty() {
                self.waiting.push_back(rest.split_to(rest.len().min(CHUNK_BYTES)));
            }
        }
        Ok(())
    }

    /// Checks at the end that the bytes are those that were stored.
    fn check(&mut self) -> Result<()> {
        let Some(digest) = self.digest.take() else { return Ok(()) };
        if self.bytes != self.held.meta.size {
            let size = self.held.meta.size;
            return Err(self.damaged(format!("it has {} bytes, not {size}", self.bytes)));
        }
        match ObjectDigest(digest.finalize().into()) == self.expected {
            true => Ok(()),
            false => Err(self.damaged("its bytes do not have the digest that was stored".into())),
        }
    }

    fn damaged(&self, reason: String) -> Error {
        let what = format!("object {:?} in {}", self.held.meta.name, self.bucket);
        Error::Damaged { what, reason }
    }
}
