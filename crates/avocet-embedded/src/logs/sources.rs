//! Functions that have lines, and the number of these.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};

use super::inbox::Source;

/// A function's row, held in memory by the writer.
#[derive(Debug, Clone, Copy)]
pub(super) struct SourceRow {
    pub(super) id: i64,
    pub(super) lines: u64,
    pub(super) bytes: u64,
}

/// All of them. Changed inside a transaction together with the table; where the transaction fails,
/// it is loaded again.
#[derive(Debug, Default)]
pub(super) struct Sources {
    by_id: HashMap<i64, SourceRow>,
    ids: HashMap<Source, i64>,
    /// Changed since the last [`Sources::save`].
    dirty: HashSet<i64>,
    total_bytes: u64,
}

impl Sources {
    pub(super) fn load(db: &Connection) -> rusqlite::Result<Self> {
        let mut sources = Self::default();
        let mut statement =
            db.prepare("SELECT id, lines, bytes, namespace, function FROM sources")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let source = SourceRow { id: row.get(0)?, lines: row.get(1)?, bytes: row.get(2)? };
            sources.total_bytes += source.bytes;
            sources.by_id.insert(source.id, source);
            sources.ids.insert((row.get(3)?, row.get(4)?), source.id);
        }
        Ok(sources)
    }

    pub(super) fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &SourceRow> {
        self.by_id.values()
    }

    pub(super) fn find(&self, source: &Source) -> Option<i64> {
        self.ids.get(source).copied()
    }

    /// The function's id; its row is made where it is missing.
    pub(super) fn id(&mut self, db: &Connection, source: &Source) -> rusqlite::Result<i64> {
        if let Some(id) = self.find(source) {
            return Ok(id);
        }
        let id = db
            .prepare_cached(
                "INSERT INTO sources (namespace, function, lines, bytes) VALUES (?1, ?2, 0, 0)",
            )?
            .insert(params![source.0, source.1])?;
        self.by_id.insert(id, SourceRow { id, lines: 0, bytes: 0 });
        self.ids.insert(source.clone(), id);
        Ok(id)
    }

    pub(super) fn add(&mut self, id: i64, lines: u64, bytes: u64) {
        let row = self.by_id.get_mut(&id).expect("ids come from this map");
        row.lines += lines;
        row.bytes += bytes;
        self.total_bytes += bytes;
        self.dirty.insert(id);
    }

    pub(super) fn subtract(&mut self, id: i64, lines: u64, bytes: u64) {
        let row = self.by_id.get_mut(&id).expect("ids come from this map");
        row.lines = row.lines.saturating_sub(lines);
        row.bytes = row.bytes.saturating_sub(bytes);
        self.total_bytes = self.total_bytes.saturating_sub(bytes);
        self.dirty.insert(id);
    }

    pub(super) fn remove(&mut self, db: &Connection, source: &Source) -> rusqlite::Result<()> {
        let Some(id) = self.ids.remove(source) else { return Ok(()) };
        if let Some(row) = self.by_id.remove(&id) {
            self.total_bytes = self.total_bytes.saturating_sub(row.bytes);
        }
        self.dirty.remove(&id);
        db.execute("DELETE FROM sources WHERE id = ?1", [id]).map(|_| ())
    }

    /// Writes the counts that changed.
    pub(super) fn save(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut update =
            db.prepare_cached("UPDATE sources SET lines = ?2, bytes = ?3 WHERE id = ?1")?;
        for id in self.dirty.drain() {
            let row = &self.by_id[&id];
            update.execute(params![id, row.lines, row.bytes])?;
        }
        Ok(())
    }
}
