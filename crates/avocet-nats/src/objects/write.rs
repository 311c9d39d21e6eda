//! Storing an object in pieces, and deleting one.

use std::collections::VecDeque;

use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishAckFuture;
use avocet_backplane::objects::{CHUNK_BYTES, ObjectDigest, ObjectInfo};
use avocet_backplane::{Bucket, Error, Incoming, Pending, Result};
use bytes::{Bytes, BytesMut};
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::meta::{Meta, Options, subject};
use super::{NatsObjects, chunks_of, stream_of};
use crate::stream::{Fault, Put};

/// Pieces that are under way at once (4 MiB).
const UNDER_WAY: usize = 32;

/// Stores an object. Dropping the result breaks it off.
pub(super) fn put(
    store: NatsObjects,
    bucket: Bucket,
    name: String,
    data: Incoming<Result<Bytes>>,
) -> Pending<ObjectInfo> {
    let (sender, receiver) = oneshot::channel();
    let calls = store.calls.clone();
    calls.spawn(async move {
        let mut sender = sender;
        let mut upload = Upload::new(&store, bucket, name);
        let result = tokio::select! {
            result = upload.run(data) => result,
            () = sender.closed() => Err(upload.broken_off("nobody waits for it any more")),
        };
        if result.is_err() {
            upload.forget().await;
        }
        sender.send(result).ok();
    });
    Box::pin(async move { receiver.await.unwrap_or(Err(Error::Closed)) })
}

struct Upload<'a> {
    store: &'a NatsObjects,
    bucket: Bucket,
    name: String,
    what: String,
    id: String,
    under_way: VecDeque<PublishAckFuture>,
    digest: Sha256,
    /// Bytes of the bucket without it and without what it replaces.
    others: u64,
    size: u64,
    chunks: u64,
}

impl<'a> Upload<'a> {
    fn new(store: &'a NatsObjects, bucket: Bucket, name: String) -> Self {
        Self {
            store,
            what: format!("put of object {name:?} in {bucket}"),
            bucket,
            name,
            // An inbox is as unique as a number has to be here.
            id: store.calls.client.new_inbox().replace("_INBOX.", ""),
            under_way: VecDeque::new(),
            digest: Sha256::new(),
            others: 0,
            size: 0,
            chunks: 0,
        }
    }

    async fn run(&mut self, mut data: Incoming<Result<Bytes>>) -> Result<ObjectInfo> {
        self.store.calls.ensure(&self.what, self.store.config(&self.bucket)).await?;
        let before = self.store.meta(&self.bucket, &self.name).await?;
        self.others = self.stored().await?;
        if let Some(before) = &before {
            self.others = self.others.saturating_sub(before.size);
        }
        let mut buffer = BytesMut::new();
        while let Some(piece) = data.next().await {
            buffer.extend_from_slice(&piece?);
            while buffer.len() >= CHUNK_BYTES {
                let chunk = buffer.split_to(CHUNK_BYTES).freeze();
                self.send(chunk).await?;
            }
        }
        if !buffer.is_empty() {
            self.send(buffer.freeze()).await?;
        }
        while !self.under_way.is_empty() {
            self.acknowledged().await?;
        }
        let meta = self.meta();
        let info = meta.info()?;
        publish(self.store, &self.bucket, &meta, &self.what).await?;
        if let Some(before) = before {
            drop_pieces(self.store, &self.bucket, &before.nuid).await;
        }
        Ok(info)
    }

    async fn send(&mut self, chunk: Bytes) -> Result<()> {
        if self.under_way.len() == UNDER_WAY {
            self.acknowledged().await?;
        }
        let size = self.size + chunk.len() as u64;
        if self.others + size > self.store.bytes {
            return Err(self.full(size));
        }
        self.digest.update(&chunk);
        self.size = size;
        self.chunks += 1;
        let put = Put {
            subject: chunks_of(&self.bucket, &self.id),
            headers: HeaderMap::new(),
            payload: chunk,
        };
        match self.store.calls.send(&self.what, put).await {
            Ok(ack) => self.under_way.push_back(ack),
            Err(fault) => return Err(self.error(fault)),
        }
        Ok(())
    }

    /// Waits for the first piece that is under way.
    async fn acknowledged(&mut self) -> Result<()> {
        let Some(ack) = self.under_way.pop_front() else { return Ok(()) };
        match ack.await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.error(self.store.calls.fault(&self.what, error))),
        }
    }

    fn meta(&self) -> Meta {
        Meta {
            name: self.name.clone(),
            options: Some(Options { max_chunk_size: Some(CHUNK_BYTES) }),
            bucket: self.bucket.to_string(),
            nuid: self.id.clone(),
            size: self.size,
            mtime: Some(jiff::Timestamp::now().to_string()),
            chunks: self.chunks,
            digest: Some(ObjectDigest(self.digest.clone().finalize().into()).to_string()),
            deleted: false,
        }
    }

    fn error(&self, fault: Fault) -> Error {
        error(self.store, &self.what, fault)
    }

    /// Bytes that the bucket has now.
    async fn stored(&self) -> Result<u64> {
        let stream = self.store.calls.jetstream.get_stream(stream_of(&self.bucket)).await;
        let stream = stream.map_err(|error| self.store.calls.failed(&self.what, error))?;
        Ok(stream.cached_info().state.bytes)
    }

    fn full(&self, size: u64) -> Error {
        let limit = self.store.bytes;
        let (bucket, needed) = (self.bucket.clone(), self.others + size);
        Error::BucketFull { bucket, what: format!("object {:?}", self.name), needed, limit }
    }

    fn broken_off(&self, reason: &str) -> Error {
        Error::BrokenOff { what: format!("object {:?}", self.name), reason: reason.into() }
    }

    /// Takes away what was stored of it.
    async fn forget(&mut self) {
        // What is still on its way would come after it.
        for ack in self.under_way.drain(..) {
            ack.await.ok();
        }
        if self.chunks > 0 {
            drop_pieces(self.store, &self.bucket, &self.id).await;
        }
    }
}

/// Deletes an object; `false` where there was none.
pub(super) async fn delete(store: &NatsObjects, bucket: &Bucket, name: &str) -> Result<bool> {
    let Some(before) = store.meta(bucket, name).await? else { return Ok(false) };
    let meta = Meta {
        size: 0,
        chunks: 0,
        digest: None,
        deleted: true,
        mtime: Some(jiff::Timestamp::now().to_string()),
        ..before.clone()
    };
    publish(store, bucket, &meta, &format!("delete of object {name:?} in {bucket}")).await?;
    drop_pieces(store, bucket, &before.nuid).await;
    Ok(true)
}

/// Writes what is known of an object, in place of what was known before.
async fn publish(store: &NatsObjects, bucket: &Bucket, meta: &Meta, what: &str) -> Result<()> {
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Rollup", "sub");
    let json = serde_json::to_vec(meta).map_err(|error| store.calls.failed(what, error))?;
    let put = Put { subject: subject(bucket, &meta.name), headers, payload: json.into() };
    store.calls.put(what, put).await.map(drop).map_err(|fault| error(store, what, fault))
}

/// Takes away pieces that nobody needs, unless they are still read.
async fn drop_pieces(store: &NatsObjects, bucket: &Bucket, id: &str) {
    if store.readers.replaced(id) {
        let subject = chunks_of(bucket, id);
        // What stays there takes room and nothing else.
        store.calls.purge("purge of old pieces", &stream_of(bucket), &subject).await.ok();
    }
}

fn error(store: &NatsObjects, what: &str, fault: Fault) -> Error {
    match fault {
        Fault::Other(error) => error,
        Fault::Full => Error::StorageFull { place: store.calls.place(what) },
        other => store.calls.failed(what, format!("{other:?}")),
    }
}
