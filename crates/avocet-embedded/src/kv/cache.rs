//! Entries that were read or written lately, in memory.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use avocet_backplane::Bucket;
use avocet_backplane::kv::Entry;

const SHARDS: usize = 8;
/// Bytes of one generation of a shard: 64 MiB for all.
const GENERATION_BYTES: usize = (64 << 20) / SHARDS / 2;
/// About what an entry takes beside key and value, bytes.
const OVERHEAD: usize = 160;

/// Entries in memory. Whoever writes updates it after the commit and before the acknowledgement; who
/// reads from the disk fills it, unless something was written to the same shard meanwhile.
#[derive(Debug, Default)]
pub(super) struct Cache {
    shards: [Mutex<Shard>; SHARDS],
    hash: RandomState,
}

/// Two generations: what is found in the old one moves to the young one, and when that is full it
/// becomes the old one.
#[derive(Debug, Default)]
struct Shard {
    /// Number of updates.
    version: u64,
    young: Generation,
    old: Generation,
    closed: bool,
}

#[derive(Debug, Default)]
struct Generation {
    buckets: HashMap<Bucket, HashMap<Box<str>, Entry>>,
    bytes: usize,
}

/// Result of a look.
pub(super) enum Lookup {
    /// Found.
    Found(Entry),
    /// Not here. The version is for [`Cache::fill`].
    Missing { version: u64 },
}

/// A key's new entry; `None`: it was deleted.
pub(super) type Update<'a> = (&'a str, Option<&'a Entry>);

impl Cache {
    pub(super) fn get(&self, bucket: &Bucket, key: &str) -> Lookup {
        let mut shard = self.shard(bucket);
        if let Some(entry) = shard.young.get(bucket, key) {
            return Lookup::Found(entry.clone());
        }
        match shard.old.remove(bucket, key) {
            Some(entry) => {
                shard.insert(bucket, key, entry.clone());
                Lookup::Found(entry)
            }
            None => Lookup::Missing { version: shard.version },
        }
    }

    /// Takes what was read from the disk.
    pub(super) fn fill(&self, bucket: &Bucket, key: &str, entry: &Entry, version: u64) {
        let mut shard = self.shard(bucket);
        // A reader with an older view may come last.
        let newer = shard.young.get(bucket, key).is_some_and(|own| own.revision > entry.revision);
        if shard.version == version && !newer {
            shard.insert(bucket, key, entry.clone());
        }
    }

    /// Takes what was written.
    pub(super) fn update<'a>(&self, bucket: &Bucket, updates: impl Iterator<Item = Update<'a>>) {
        let mut shard = self.shard(bucket);
        shard.version += 1;
        for (key, entry) in updates {
            shard.old.remove(bucket, key);
            match entry {
                Some(entry) => shard.insert(bucket, key, entry.clone()),
                None => drop(shard.young.remove(bucket, key)),
            }
        }
    }

    /// Forgets a bucket.
    pub(super) fn purge(&self, bucket: &Bucket) {
        let mut shard = self.shard(bucket);
        shard.version += 1;
        shard.young.purge(bucket);
        shard.old.purge(bucket);
    }

    /// Forgets everything, and takes no more: the store answers that it is closed.
    pub(super) fn close(&self) {
        for shard in &self.shards {
            *lock(shard) = Shard { closed: true, ..Shard::default() };
        }
    }

    fn shard(&self, bucket: &Bucket) -> MutexGuard<'_, Shard> {
        lock(&self.shards[self.hash.hash_one(bucket) as usize % SHARDS])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing under the lock can panic half way.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shard {
    fn insert(&mut self, bucket: &Bucket, key: &str, entry: Entry) {
        if self.closed {
            return;
        }
        self.young.insert(bucket, key, entry);
        if self.young.bytes > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
        }
    }
}

impl Generation {
    fn get(&self, bucket: &Bucket, key: &str) -> Option<&Entry> {
        self.buckets.get(bucket)?.get(key)
    }

    fn insert(&mut self, bucket: &Bucket, key: &str, entry: Entry) {
        self.remove(bucket, key);
        self.bytes += weight(key, &entry);
        self.buckets.entry(bucket.clone()).or_default().insert(key.into(), entry);
    }

    fn remove(&mut self, bucket: &Bucket, key: &str) -> Option<Entry> {
        let entries = self.buckets.get_mut(bucket)?;
        let entry = entries.remove(key)?;
        if entries.is_empty() {
            self.buckets.remove(bucket);
        }
        self.bytes -= weight(key, &entry);
        Some(entry)
    }

    fn purge(&mut self, bucket: &Bucket) {
        let entries = self.buckets.remove(bucket).unwrap_or_default();
        self.bytes -= entries.iter().map(|(key, entry)| weight(key, entry)).sum::<usize>();
    }
}

fn weight(key: &str, entry: &Entry) -> usize {
    OVERHEAD + key.len() + entry.value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(revision: u64, bytes: usize) -> Entry {
        Entry { value: vec![0; bytes].into(), revision, created_ms: 0, expires_ms: None }
    }

    fn version(cache: &Cache, bucket: &Bucket, key: &str) -> u64 {
        match cache.get(bucket, key) {
            Lookup::Missing { version } => version,
            Lookup::Found(entry) => panic!("{entry:?}"),
        }
    }

    fn revision(cache: &Cache, bucket: &Bucket, key: &str) -> Option<u64> {
        match cache.get(bucket, key) {
            Lookup::Found(entry) => Some(entry.revision),
            Lookup::Missing { .. } => None,
        }
    }

    #[test]
    fn what_was_read_before_a_write_does_not_hide_it() {
        let (cache, bucket) = (Cache::default(), Bucket::kv("a", "b"));
        let before = version(&cache, &bucket, "k");
        cache.update(&bucket, [("k", None)].into_iter());
        cache.fill(&bucket, "k", &entry(1, 1), before);
        let before = version(&cache, &bucket, "k");
        cache.fill(&bucket, "k", &entry(3, 1), before);
        cache.fill(&bucket, "k", &entry(2, 1), before);
        assert_eq!(revision(&cache, &bucket, "k"), Some(3));
        cache.purge(&bucket);
        assert_eq!(revision(&cache, &bucket, "k"), None);
    }

    #[test]
    fn what_is_read_stays_and_the_rest_goes() {
        let (cache, bucket) = (Cache::default(), Bucket::kv("a", "b"));
        let write = |key: &str| {
            cache.update(&bucket, [(key, Some(&entry(1, GENERATION_BYTES / 4)))].into_iter());
        };
        write("first");
        write("kept");
        for n in 0..40 {
            write(&n.to_string());
            assert_eq!(revision(&cache, &bucket, "kept"), Some(1), "{n}");
        }
        assert_eq!(revision(&cache, &bucket, "first"), None);
        let shard = cache.shard(&bucket);
        assert!(shard.young.bytes + shard.old.bytes < 3 * GENERATION_BYTES);
    }
}
