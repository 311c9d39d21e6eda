//! Keys and values in `kv.db`.

mod cache;
mod read;
mod schema;
mod watch;
mod write;

use std::sync::Arc;

use avocet_backplane::kv::{
    Entry, KeyList, KeyPage, Watched, Write, Written, check_key, check_prefix,
};
use avocet_backplane::{Bucket, Incoming, KeyValue, Pending};

use crate::database::Database;
use crate::group::Writer;
use crate::queue::ready;
use crate::readers::Readers;
use crate::{Clock, DataFolder, FolderError};
use cache::{Cache, Lookup};
pub(crate) use read::bounded;
use watch::Watchers;
use write::{Done, Request, Writes};

const READERS: usize = 2;

/// Keys and values: those that were read or written lately are in memory, and reading them costs no
/// hop to another thread.
#[derive(Debug)]
pub(crate) struct EmbeddedKeyValue {
    readers: Readers,
    writer: Writer<Writes>,
    cache: Arc<Cache>,
    watchers: Arc<Watchers>,
    clock: Clock,
    /// Keeps the folder locked while the threads run.
    _folder: Arc<DataFolder>,
}

impl EmbeddedKeyValue {
    /// Opens `kv.db`, whose buckets have at most `limit` bytes.
    pub(crate) fn open(
        folder: &Arc<DataFolder>,
        limit: u64,
        clock: Clock,
    ) -> Result<Self, FolderError> {
        let (database, connection) = Database::open(folder, &schema::SCHEMA)?;
        let database = Arc::new(database);
        let readers = Readers::start(&database, READERS)?;
        let (cache, watchers) = (Arc::new(Cache::default()), Arc::new(Watchers::default()));
        let work = Writes::new(limit, clock.clone(), Arc::clone(&cache), Arc::clone(&watchers));
        let writer = Writer::start("avocet-kv", &database, connection, work)?;
        let _folder = Arc::clone(folder);
        Ok(Self { readers, writer, cache, watchers, clock, _folder })
    }

    pub(crate) fn close(&self) {
        self.readers.close();
        self.writer.close();
        self.watchers.close();
        self.cache.close();
    }
}

impl Drop for EmbeddedKeyValue {
    fn drop(&mut self) {
        self.close();
    }
}

impl KeyValue for EmbeddedKeyValue {
    fn get(&self, bucket: &Bucket, key: &str) -> Pending<Option<Entry>> {
        if let Err(error) = check_key(key) {
            return ready(Err(error));
        }
        let now = self.clock.now_ms();
        let version = match self.cache.get(bucket, key) {
            Lookup::Found(entry) => return ready(Ok(Some(entry).filter(|e| lives(e, now)))),
            Lookup::Missing { version } => version,
        };
        let (bucket, key) = (bucket.clone(), key.to_owned());
        let cache = Arc::clone(&self.cache);
        self.readers.read(move |db| {
            let found = read::entry(db, &bucket, &key)?;
            if let Some(entry) = &found {
                cache.fill(&bucket, &key, entry, version);
            }
            Ok(found.filter(|entry| lives(entry, now)))
        })
    }

    fn keys(&self, bucket: &Bucket) -> Pending<Vec<String>> {
        let (bucket, now) = (bucket.clone(), self.clock.now_ms());
        self.readers.read(move |db| Ok(read::keys(db, &bucket, now)?))
    }

    fn list(&self, bucket: &Bucket, list: KeyList) -> Pending<KeyPage> {
        if let Err(error) = check_prefix(&list.prefix) {
            return ready(Err(error));
        }
        let (bucket, now) = (bucket.clone(), self.clock.now_ms());
        self.readers.read(move |db| Ok(read::page(db, &bucket, &list, now)?))
    }

    fn watch(&self, bucket: &Bucket, prefix: &str) -> Pending<Incoming<Watched>> {
        ready(check_prefix(prefix).and_then(|()| self.watchers.add(bucket, prefix)))
    }

    fn write(&self, bucket: &Bucket, writes: Vec<Write>) -> Pending<Vec<Written>> {
        if let Err(error) = Write::check(&writes) {
            return ready(Err(error));
        }
        let weight = writes.iter().map(|write| 128 + write.key.len() + write.bytes()).sum();
        let request = Request::Write { bucket: bucket.clone(), writes };
        self.writer.ask(request, weight, |done, _| match done {
            Done::Written(written) => written,
            Done::Purged => Vec::new(),
        })
    }

    fn purge(&self, bucket: &Bucket) -> Pending<()> {
        let request = Request::Purge { bucket: bucket.clone() };
        self.writer.ask(request, 0, |_, _| ())
    }
}

/// False where its time is over.
fn lives(entry: &Entry, now_ms: u64) -> bool {
    entry.expires_ms.is_none_or(|expires| expires > now_ms)
}
