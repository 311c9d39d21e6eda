//! The registry in `registry.db`.

mod apply;
mod read;
mod rows;
mod schema;
mod writer;

use std::sync::Arc;

use tokio::sync::watch;

use crate::database::{Beginning, Database};
use crate::readers::Readers;
use crate::{DataFolder, FolderError};
use avocet_backplane::{
    Activation, Applied, Change, Changes, Key, List, Page, Pending, Registry, Resource, Result,
    Revision, RevisionContent, Which,
};
use writer::Writer;

/// Threads that read.
const READERS: usize = 2;

#[derive(Debug)]
pub(super) struct EmbeddedRegistry {
    readers: Readers,
    writer: Writer,
    changed: watch::Receiver<u64>,
    /// Keeps the folder locked while the threads run.
    _folder: Arc<DataFolder>,
}

impl EmbeddedRegistry {
    pub(super) fn open(
        folder: &Arc<DataFolder>,
        max_bytes: Option<u64>,
        beginning: Beginning,
    ) -> Result<Self, FolderError> {
        let (database, connection) = Database::open_at(folder, &schema::SCHEMA, beginning)?;
        let database = Arc::new(database);
        let readers = Readers::start(&database, READERS)?;
        let (writer, changed) = Writer::start(&database, connection, max_bytes)?;
        Ok(Self { readers, writer, changed, _folder: Arc::clone(folder) })
    }

    /// The writer is last: as the last connection it moves the write-ahead log into the database.
    pub(super) fn close(&self) {
        self.readers.close();
        self.writer.close();
    }
}

impl Drop for EmbeddedRegistry {
    fn drop(&mut self) {
        self.close();
    }
}

impl Registry for EmbeddedRegistry {
    fn apply(&self, changes: Vec<Change>) -> Pending<Vec<Applied>> {
        self.writer.apply(changes)
    }

    fn get(&self, key: Key) -> Pending<Option<Resource>> {
        self.readers.read(move |db| read::get(db, &key))
    }

    fn list(&self, list: List) -> Pending<Page> {
        self.readers.read(move |db| read::list(db, &list))
    }

    fn revisions(&self, key: Key, before: Option<u64>, limit: usize) -> Pending<Vec<Revision>> {
        self.readers.read(move |db| read::revisions(db, &key, before, limit))
    }

    fn revision(&self, key: Key, which: Which) -> Pending<Option<RevisionContent>> {
        self.readers.read(move |db| read::revision(db, &key, which))
    }

    fn history(&self, key: Key, limit: usize) -> Pending<Vec<Activation>> {
        self.readers.read(move |db| read::history(db, &key, limit))
    }

    fn changes_since(&self, sequence: u64, limit: usize) -> Pending<Changes> {
        self.readers.read(move |db| read::changes_since(db, sequence, limit))
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.changed.clone()
    }
}
