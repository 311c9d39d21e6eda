//! Keys and values.

mod entry;
mod key;
mod write;

pub use entry::{Entry, KeyInfo, KeyList, KeyPage, Watched};
pub use key::{MAX_KEY_BYTES, check_key, check_prefix};
pub use write::{MAX_WRITES, Write, WriteKind, Written, sum};

use crate::{Bucket, Incoming, Pending, Result};

/// Size of a bucket where nothing else was configured: bytes of all keys and values together
/// (JetStream: `max_bytes` of the bucket, which counts what the server stores beside them too).
pub const DEFAULT_BUCKET_BYTES: u64 = 512 << 10;

/// Keys and values in buckets.
///
/// A write that was acknowledged is durable: it is there after a crash of the process or of the
/// machine. Writes that wait at the same time share one sync. Reading after an acknowledged write
/// sees it.
///
/// # Revisions
/// Every write of a bucket has a number, its revision: 1 and up, in the order of the writes, never
/// used twice while the bucket exists (JetStream: the stream's sequence). An entry has that of the
/// write that made it, so that "has it changed since I read it?" is a comparison.
///
/// # Bad input
/// A key that breaks the rules ([`check_key`]) is [`crate::Error::Invalid`]. A write over the
/// bucket's size is [`crate::Error::BucketFull`], one whose condition is not met
/// [`crate::Error::Revision`]; neither changes anything.
pub trait KeyValue: Send + Sync + 'static {
    /// The value of a key with what is known of it; `None` where there is none or its time is over.
    fn get(&self, bucket: &Bucket, key: &str) -> Pending<Option<Entry>>;

    /// Every key, ordered by bytes.
    fn keys(&self, bucket: &Bucket) -> Pending<Vec<String>>;

    /// Keys that begin with a prefix, ordered by bytes, a page at a time. Keys that come or go
    /// between two pages are in neither or one of them, and no other key is left out or twice.
    fn list(&self, bucket: &Bucket, list: KeyList) -> Pending<KeyPage>;

    /// Changes of keys that begin with `prefix` (empty: of all), in their order, from the moment at
    /// which the result is there; also those of other processes, and of keys whose time is over. A
    /// watcher that is too slow gets [`Watched::Missed`] in place of what it missed: it holds up no
    /// writer. Ends when the store is closed.
    fn watch(&self, bucket: &Bucket, prefix: &str) -> Pending<Incoming<Watched>>;

    /// Makes all `writes` in their order, each seeing those before it; gives one [`Written`] for
    /// each.
    ///
    /// Embedded: one transaction, so all or none. On NATS each is a message of its own: the first
    /// that fails ends the batch, and those before it are made.
    fn write(&self, bucket: &Bucket, writes: Vec<Write>) -> Pending<Vec<Written>>;

    /// Deletes the bucket with everything in it; no error where there is none. Revisions of the
    /// next one begin anew.
    fn purge(&self, bucket: &Bucket) -> Pending<()>;

    /// [`KeyValue::write`] with one write.
    fn write_one(&self, bucket: &Bucket, write: Write) -> Pending<Written> {
        let written = self.write(bucket, vec![write]);
        Box::pin(async move {
            let result: Result<Vec<Written>> = written.await;
            result.map(|mut all| all.pop().expect("one write gives one result"))
        })
    }
}
