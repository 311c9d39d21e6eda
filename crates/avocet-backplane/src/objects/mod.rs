//! Objects: large values, in pieces.

mod info;

pub use info::{CHUNK_BYTES, MAX_NAME_BYTES, ObjectDigest, ObjectInfo, check_name};

use bytes::Bytes;

use crate::{Bucket, Incoming, Pending, Result};

/// Size of a bucket of objects where nothing else was configured: bytes of all objects together.
pub const DEFAULT_BUCKET_BYTES: u64 = 1 << 30;

/// Objects in buckets: named values of any size up to their bucket's, which are written and read in
/// pieces and never whole in memory.
///
/// What was acknowledged is durable. An object is there whole or not at all: others see the old one
/// (or none) until the new one is complete, and who reads one while it is replaced or deleted reads
/// it to its end.
///
/// # Bad input
/// A name that breaks the rules ([`check_name`]) is [`crate::Error::Invalid`]. An object for which
/// its bucket has no room is [`crate::Error::BucketFull`]; it changes nothing, and is refused as soon
/// as that is known.
pub trait ObjectStore: Send + Sync + 'static {
    /// Stores the pieces of `data`, of any sizes, as one object; replaces one of that name. An error
    /// among them (an upload that breaks off) is the result, and nothing was stored; so does dropping
    /// the result. Takes from `data` what it can store and no more.
    fn put(
        &self,
        bucket: &Bucket,
        name: &str,
        data: Incoming<Result<Bytes>>,
    ) -> Pending<ObjectInfo>;

    /// One object to be read; `None` where there is none.
    fn get(&self, bucket: &Bucket, name: &str) -> Pending<Option<Object>>;

    /// Metadata of an object; `None` where there is none.
    fn info(&self, bucket: &Bucket, name: &str) -> Pending<Option<ObjectInfo>>;

    /// Every object, ordered by the bytes of its name.
    fn list(&self, bucket: &Bucket) -> Pending<Vec<ObjectInfo>>;

    /// Deletes an object; `false` where there was none.
    fn delete(&self, bucket: &Bucket, name: &str) -> Pending<bool>;

    /// Deletes the bucket with everything in it; no error where there is none.
    fn purge(&self, bucket: &Bucket) -> Pending<()>;
}

/// An object that is read.
#[derive(Debug)]
pub struct Object {
    /// Metadata of the object.
    pub info: ObjectInfo,
    /// Bytes, in pieces of at most [`CHUNK_BYTES`]. Where they are not those that were stored,
    /// the last item is [`crate::Error::Damaged`]: only after the end without an error is what came
    /// before it known to be right.
    pub data: Incoming<Result<Bytes>>,
}

impl Object {
    /// Reads it to its end, at most `limit` bytes.
    ///
    /// # Errors
    /// Those of [`Object::data`], and [`crate::Error::TooLarge`].
    pub async fn read(mut self, limit: usize) -> Result<Vec<u8>> {
        let size = usize::try_from(self.info.bytes).unwrap_or(usize::MAX);
        if size > limit {
            return Err(crate::Error::TooLarge {
                what: format!("object {:?}", self.info.name),
                size: format!("{size} bytes"),
                limit: format!("{limit} bytes"),
            });
        }
        let mut whole = Vec::with_capacity(size);
        while let Some(piece) = self.data.next().await {
            whole.extend_from_slice(&piece?);
        }
        Ok(whole)
    }
}
