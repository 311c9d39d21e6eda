//! Changes inside a transaction.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::{self, Head};
use crate::database::Fail;
use crate::sql::{Sql, column};
use avocet_backplane::{
    Activate, Applied, Cause, Change, Deploy, Digest, Document, Error, Expect, Key, Labels,
    Outcome, Put, SourceFile,
};

/// Deleted resources that are remembered for those who watch.
const TOMBSTONES: u64 = 10_000;

/// One request's changes.
pub(super) struct Transaction<'a> {
    db: &'a Connection,
    sequence: u64,
    now_ms: u64,
}

/// State of a resource after a change.
struct Content<'a> {
    generation: u64,
    digest: Digest,
    labels: &'a Labels,
    document: &'a Document,
}

impl<'a> Transaction<'a> {
    pub(super) fn begin(db: &'a Connection) -> rusqlite::Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self { db, sequence: rows::meta(db, "sequence")?, now_ms: now.as_millis() as u64 })
    }

    pub(super) fn apply(mut self, changes: &[Change]) -> Result<Vec<Applied>, Fail> {
        let applied =
            changes.iter().map(|change| self.change(change)).collect::<Result<Vec<_>, _>>()?;
        rows::set_meta(self.db, "sequence", self.sequence)?;
        if applied.iter().any(|applied| applied.outcome == Outcome::Deleted) {
            self.forget_old_tombstones()?;
        }
        Ok(applied)
    }

    fn change(&mut self, change: &Change) -> Result<Applied, Fail> {
        match change {
            Change::Deploy(deploy) => self.deploy(deploy),
            Change::Activate(activate) => self.activate(activate),
            Change::Put(put) => self.put(put),
            Change::Delete { key, expect } => self.delete(key, *expect),
        }
    }

    fn deploy(&mut self, deploy: &Deploy) -> Result<Applied, Fail> {
        let Deploy { key, labels, document, files, expect, reason } = deploy;
        let before = rows::head(self.db, key)?;
        check(key, *expect, before.as_ref())?;
        let digests: Vec<Digest> = files.iter().map(|file| Digest::of(&file.bytes)).collect();
        let paths = files.iter().map(|file| file.path.as_str());
        let digest = Digest::of_content(document, labels, paths.zip(digests.iter().copied()))?;
        if let Some(head) = before.as_ref().filter(|head| head.digest == digest) {
            let created_ms = self.revision_time(head)?;
            return Ok(self.unchanged(key, head, created_ms));
        }
        let number = match &before {
            Some(head) => self.last_revision(head.id)? + 1,
            None => 1,
        };
        let content = Content { generation: number, digest, labels, document };
        let id = self.store(key, before.as_ref(), &content)?;
        self.insert_revision(id, before.as_ref().map(|head| head.generation), &content)?;
        self.insert_files(id, number, files, &digests)?;
        self.insert_activation(id, number, Cause::Deploy, reason.as_deref())?;
        Ok(self.changed(key, before.is_some(), &content))
    }

    fn put(&mut self, put: &Put) -> Result<Applied, Fail> {
        let Put { key, labels, document, expect } = put;
        let before = rows::head(self.db, key)?;
        check(key, *expect, before.as_ref())?;
        let digest = Digest::of_content(document, labels, std::iter::empty())?;
        if let Some(head) = before.as_ref().filter(|head| head.digest == digest) {
            return Ok(self.unchanged(key, head, head.updated_ms));
        }
        let generation = before.as_ref().map_or(0, |head| head.generation) + 1;
        let content = Content { generation, digest, labels, document };
        self.store(key, before.as_ref(), &content)?;
        Ok(self.changed(key, before.is_some(), &content))
    }

    fn activate(&mut self, activate: &Activate) -> Result<Applied, Fail> {
        let Activate { key, revision, expect, reason } = activate;
        let head = rows::existing(self.db, key)?;
        check(key, *expect, Some(&head))?;
        let number = match revision {
            Some(number) => rows::bounded(*number),
            None => self.replaced(key, &head)?,
        };
        let found = self
            .db
            .prepare_cached(
                "SELECT digest, created_ms, labels, document FROM revisions
                 WHERE resource = ?1 AND number = ?2",
            )?
            .query_row(params![head.id, number], |row| {
                Ok((column(row, 0)?, row.get(1)?, column(row, 2)?, column(row, 3)?))
            })
            .optional()?;
        let Some((digest, created_ms, labels, document)) = found else {
            let last = self.last_revision(head.id)?;
            return Err(Error::NoRevision { key: key.clone(), revision: number, last }.into());
        };
        if number == head.generation {
            return Ok(self.unchanged(key, &head, created_ms));
        }
        let content = Content { generation: number, digest, labels: &labels, document: &document };
        self.store(key, Some(&head), &content)?;
        self.insert_activation(head.id, number, Cause::Rollback, reason.as_deref())?;
        let changed = self.changed(key, true, &content);
        Ok(Applied { outcome: Outcome::Activated, created_ms, ..changed })
    }

    fn delete(&mut self, key: &Key, expect: Expect) -> Result<Applied, Fail> {
        let head = rows::existing(self.db, key)?;
        check(key, expect, Some(&head))?;
        let blobs: Vec<i64> = self
            .db
            .prepare_cached("SELECT DISTINCT blob FROM files WHERE resource = ?1")?
            .query_map([head.id], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        self.db.prepare_cached("DELETE FROM resources WHERE id = ?1")?.execute([head.id])?;
        let mut unused = self.db.prepare_cached(
            "DELETE FROM blobs WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM files WHERE blob = ?1)",
        )?;
        for blob in blobs {
            unused.execute([blob])?;
        }
        self.sequence += 1;
        self.db
            .prepare_cached("INSERT OR REPLACE INTO tombstones VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![Sql(key.kind), key.namespace, key.name, self.sequence])?;
        Ok(Applied {
            key: key.clone(),
            outcome: Outcome::Deleted,
            generation: head.generation,
            digest: head.digest,
            created_ms: self.now_ms,
            sequence: self.sequence,
        })
    }

    /// Writes the resource's row and labels, and gives its id.
    fn store(
        &mut self,
        key: &Key,
        before: Option<&Head>,
        content: &Content<'_>,
    ) -> rusqlite::Result<i64> {
        self.sequence += 1;
        let id = match before {
            Some(head) => self.update_resource(head.id, content)?,
            None => self.insert_resource(key, content)?,
        };
        if before.is_some() {
            self.db.prepare_cached("DELETE FROM labels WHERE resource = ?1")?.execute([id])?;
        }
        let mut insert = self.db.prepare_cached("INSERT INTO labels VALUES (?1, ?2, ?3)")?;
        for (key, value) in content.labels {
            insert.execute(params![id, key, value])?;
        }
        Ok(id)
    }

    fn update_resource(&self, id: i64, content: &Content<'_>) -> rusqlite::Result<i64> {
        let Content { generation, digest, labels, document } = content;
        self.db
            .prepare_cached(
                "UPDATE resources SET generation = ?2, sequence = ?3, digest = ?4,
                     updated_ms = ?5, labels = ?6, document = ?7
                 WHERE id = ?1",
            )?
            .execute(params![
                id,
                generation,
                self.sequence,
                Sql(digest),
                self.now_ms,
                Sql(*labels),
                Sql(*document)
            ])?;
        Ok(id)
    }

    fn insert_resource(&self, key: &Key, content: &Content<'_>) -> rusqlite::Result<i64> {
        let Content { generation, digest, labels, document } = content;
        self.db
            .prepare_cached(
                "DELETE FROM tombstones WHERE kind = ?1 AND namespace = ?2 AND name = ?3",
            )?
            .execute(params![Sql(key.kind), key.namespace, key.name])?;
        self.db
            .prepare_cached(
                "INSERT INTO resources (kind, namespace, name, generation, sequence, digest,
                     created_ms, updated_ms, labels, document)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)",
            )?
            .insert(params![
                Sql(key.kind),
                key.namespace,
                key.name,
                generation,
                self.sequence,
                Sql(digest),
                self.now_ms,
                Sql(*labels),
                Sql(*document)
            ])
    }

    fn insert_revision(
        &self,
        id: i64,
        replaced: Option<u64>,
        content: &Content<'_>,
    ) -> rusqlite::Result<()> {
        let Content { generation, digest, labels, document } = content;
        self.db
            .prepare_cached("INSERT INTO revisions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                id,
                generation,
                Sql(digest),
                self.now_ms,
                replaced,
                Sql(*labels),
                Sql(*document)
            ])
            .map(|_| ())
    }

    /// The same bytes are stored once, whichever functions and revisions have them.
    fn insert_files(
        &self,
        id: i64,
        number: u64,
        files: &[SourceFile],
        digests: &[Digest],
    ) -> rusqlite::Result<()> {
        let mut find = self.db.prepare_cached("SELECT id FROM blobs WHERE sha256 = ?1")?;
        let mut blob = self
            .db
            .prepare_cached("INSERT INTO blobs (sha256, size, bytes) VALUES (?1, ?2, ?3)")?;
        let mut file = self.db.prepare_cached("INSERT INTO files VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for (position, (source, digest)) in files.iter().zip(digests).enumerate() {
            let found: Option<i64> = find.query_row([Sql(digest)], |row| row.get(0)).optional()?;
            let blob = match found {
                Some(blob) => blob,
                None => blob.insert(params![Sql(digest), source.bytes.len(), &source.bytes[..]])?,
            };
            file.execute(params![id, number, position, source.path, blob])?;
        }
        Ok(())
    }

    fn insert_activation(
        &self,
        id: i64,
        revision: u64,
        cause: Cause,
        reason: Option<&str>,
    ) -> rusqlite::Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO activations (resource, revision, at_ms, cause, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![id, revision, self.now_ms, Sql(cause), reason])
            .map(|_| ())
    }

    fn last_revision(&self, id: i64) -> rusqlite::Result<u64> {
        self.db
            .prepare_cached("SELECT max(number) FROM revisions WHERE resource = ?1")?
            .query_row([id], |row| row.get(0))
    }

    fn revision_time(&self, head: &Head) -> rusqlite::Result<u64> {
        self.db
            .prepare_cached("SELECT created_ms FROM revisions WHERE resource = ?1 AND number = ?2")?
            .query_row(params![head.id, head.generation], |row| row.get(0))
    }

    /// The revision that the active one replaced when it was deployed.
    fn replaced(&self, key: &Key, head: &Head) -> Result<u64, Fail> {
        let replaced: Option<u64> = self
            .db
            .prepare_cached("SELECT replaced FROM revisions WHERE resource = ?1 AND number = ?2")?
            .query_row(params![head.id, head.generation], |row| row.get(0))?;
        replaced.ok_or_else(|| {
            Error::NothingBefore { key: key.clone(), active: head.generation }.into()
        })
    }

    fn forget_old_tombstones(&self) -> rusqlite::Result<()> {
        let newest_to_forget: Option<u64> = self
            .db
            .prepare_cached(
                "SELECT sequence FROM tombstones ORDER BY sequence DESC LIMIT 1 OFFSET ?1",
            )?
            .query_row([TOMBSTONES], |row| row.get(0))
            .optional()?;
        if let Some(sequence) = newest_to_forget {
            self.db
                .prepare_cached("DELETE FROM tombstones WHERE sequence <= ?1")?
                .execute([sequence])?;
            rows::set_meta(self.db, "forgotten", sequence)?;
        }
        Ok(())
    }

    fn changed(&self, key: &Key, existed: bool, content: &Content<'_>) -> Applied {
        Applied {
            key: key.clone(),
            outcome: if existed { Outcome::Updated } else { Outcome::Created },
            generation: content.generation,
            digest: content.digest,
            created_ms: self.now_ms,
            sequence: self.sequence,
        }
    }

    fn unchanged(&self, key: &Key, head: &Head, created_ms: u64) -> Applied {
        Applied {
            key: key.clone(),
            outcome: Outcome::Unchanged,
            generation: head.generation,
            digest: head.digest,
            created_ms,
            sequence: self.sequence,
        }
    }
}

fn check(key: &Key, expect: Expect, before: Option<&Head>) -> Result<(), Error> {
    let generation = before.map(|head| head.generation);
    let met = match expect {
        Expect::Any => true,
        Expect::Absent => generation.is_none(),
        Expect::Generation(expected) => generation == Some(expected),
    };
    if met {
        return Ok(());
    }
    let found = generation.map_or_else(|| "nothing".into(), |n| format!("generation {n}"));
    Err(Error::Conflict { key: key.clone(), expected: expect.to_string(), found })
}
