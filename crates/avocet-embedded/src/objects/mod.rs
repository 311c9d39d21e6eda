//! Objects: what is known of them in `objects.db`, with the bytes of those of one piece; the bytes of
//! larger ones in files of their own.

mod draft;
mod files;
mod get;
mod put;
mod read;
mod schema;
mod write;

use std::sync::Arc;

use avocet_backplane::objects::{Object, ObjectInfo, check_name};
use avocet_backplane::{Bucket, Incoming, ObjectStore, Pending, Result};
use bytes::Bytes;

use crate::database::Database;
use crate::group::Writer;
use crate::queue::ready;
use crate::readers::Readers;
use crate::{Clock, DataFolder, FolderError};
use files::Files;
use write::{Request, Writes};

#[derive(Debug, Clone)]
pub(crate) struct EmbeddedObjects {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    readers: Readers,
    writer: Writer<Writes>,
    files: Arc<Files>,
    /// Most bytes in a bucket.
    limit: u64,
    clock: Clock,
    /// Keeps the folder locked while the threads run.
    _folder: Arc<DataFolder>,
}

impl EmbeddedObjects {
    /// Opens `objects.db` and the folder `objects`, whose buckets have at most `limit` bytes, and
    /// deletes files that no object has: of uploads that a crash ended.
    pub(crate) fn open(
        folder: &Arc<DataFolder>,
        limit: u64,
        clock: Clock,
    ) -> Result<Self, FolderError> {
        let (database, connection) = Database::open(folder, &schema::SCHEMA)?;
        let database = Arc::new(database);
        let known = read::files(&connection).map_err(|error| database.failed(error))?;
        let files = Arc::new(Files::open(folder, &known)?);
        let readers = Readers::start(&database, 1)?;
        let work = Writes::new(limit, Arc::clone(&files));
        let writer = Writer::start("avocet-objects", &database, connection, work)?;
        let _folder = Arc::clone(folder);
        Ok(Self { shared: Arc::new(Shared { readers, writer, files, limit, clock, _folder }) })
    }

    pub(crate) fn close(&self) {
        self.shared.close();
    }
}

impl Shared {
    fn close(&self) {
        self.readers.close();
        self.writer.close();
        self.files.close();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

impl ObjectStore for EmbeddedObjects {
    fn put(
        &self,
        bucket: &Bucket,
        name: &str,
        data: Incoming<Result<Bytes>>,
    ) -> Pending<ObjectInfo> {
        match check_name(name) {
            Ok(()) => {
                Box::pin(put::put(Arc::clone(&self.shared), bucket.clone(), name.to_owned(), data))
            }
            Err(error) => ready(Err(error)),
        }
    }

    fn get(&self, bucket: &Bucket, name: &str) -> Pending<Option<Object>> {
        if let Err(error) = check_name(name) {
            return ready(Err(error));
        }
        Box::pin(get::get(Arc::clone(&self.shared), bucket.clone(), name.to_owned()))
    }

    fn info(&self, bucket: &Bucket, name: &str) -> Pending<Option<ObjectInfo>> {
        if let Err(error) = check_name(name) {
            return ready(Err(error));
        }
        let (bucket, name) = (bucket.clone(), name.to_owned());
        self.shared.readers.read(move |db| Ok(read::info(db, &bucket, &name)?))
    }

    fn list(&self, bucket: &Bucket) -> Pending<Vec<ObjectInfo>> {
        let bucket = bucket.clone();
        self.shared.readers.read(move |db| Ok(read::list(db, &bucket)?))
    }

    fn delete(&self, bucket: &Bucket, name: &str) -> Pending<bool> {
        if let Err(error) = check_name(name) {
            return ready(Err(error));
        }
        let request = Request::Delete { bucket: bucket.clone(), name: name.to_owned() };
        self.shared.writer.ask(request, 0, |done, _| done > 0)
    }

    fn purge(&self, bucket: &Bucket) -> Pending<()> {
        let request = Request::Purge { bucket: bucket.clone() };
        self.shared.writer.ask(request, 0, |_, _| ())
    }
}
