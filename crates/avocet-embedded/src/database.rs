//! A database file: opening, schema, errors.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::ffi::{self, ErrorCode};
use rusqlite::{Connection, OpenFlags};

use avocet_backplane::Error;

use crate::{DataFolder, FolderError};

/// Marks our files among all SQLite databases: `AVCT`.
const APPLICATION_ID: i32 = 0x4156_4354;

/// Requirements of a database.
pub(crate) struct Schema {
    /// File name in the data folder.
    pub(crate) file: &'static str,
    /// Steps, each from the version that is its index to the next. Never change one that was
    /// released; add another.
    pub(crate) migrations: &'static [&'static str],
    /// Set for every connection that writes.
    pub(crate) pragmas: &'static str,
}

/// A database file that was opened once, and so has the right schema.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
}

/// Reason for which something inside a transaction failed.
#[derive(Debug)]
pub(crate) enum Fail {
    /// SQLite did.
    Sql(rusqlite::Error),
    /// The request is refused; the database is fine.
    Refused(Error),
}

impl From<rusqlite::Error> for Fail {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Whether a database may begin empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Made where it is missing.
    Empty,
    /// Filled before: without its content something was lost.
    Kept,
}

impl Database {
    /// Opens or makes the file, and gives the connection that writes.
    pub(crate) fn open(
        folder: &DataFolder,
        schema: &Schema,
    ) -> Result<(Self, Connection), FolderError> {
        Self::open_at(folder, schema, Beginning::Empty)
    }

    /// As [`Database::open`]; one that has to be there is not made.
    pub(crate) fn open_at(
        folder: &DataFolder,
        schema: &Schema,
        beginning: Beginning,
    ) -> Result<(Self, Connection), FolderError> {
        let path = folder.path().join(schema.file);
        if beginning == Beginning::Kept && !path.exists() {
            return Err(FolderError::Lost { file: path });
        }
        let database = Self { path: folder.database(schema.file)? };
        let connection = database.writer(schema, beginning)?;
        Ok((database, connection))
    }

    fn writer(&self, schema: &Schema, beginning: Beginning) -> Result<Connection, FolderError> {
        let failed = |error| self.failed(error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&self.path, flags).map_err(failed)?;
        let found = Header::read(&connection).map_err(failed)?;
        if beginning == Beginning::Kept && found.is_empty() {
            return Err(FolderError::Lost { file: self.path.clone() });
        }
        let version = self.version(&found, schema)?;
        prepare(&mut connection, schema, version).map_err(failed)?;
        Ok(connection)
    }

    /// The schema's number, after a look at whose file it is.
    fn version(&self, found: &Header, schema: &Schema) -> Result<usize, FolderError> {
        if found.application != APPLICATION_ID && !found.is_empty() {
            return Err(FolderError::Foreign { file: self.path.clone() });
        }
        let known = schema.migrations.len() as u32;
        if found.version > known {
            let file = self.path.clone();
            return Err(FolderError::NewerSchema { file, found: found.version, known });
        }
        Ok(found.version as usize)
    }

    /// A connection that reads.
    pub(crate) fn reader(&self) -> Result<Connection, FolderError> {
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&self.path, flags)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute_batch("PRAGMA temp_store = MEMORY")?;
            connection.set_prepared_statement_cache_capacity(32);
            Ok(connection)
        };
        open().map_err(|error| self.failed(error))
    }

    /// The error to give to the caller.
    pub(crate) fn error(&self, fail: Fail) -> Error {
        match fail {
            Fail::Refused(error) => error,
            Fail::Sql(error) => self.failed(error).into(),
        }
    }

    /// Error for this file out of SQLite's.
    pub(crate) fn failed(&self, error: rusqlite::Error) -> FolderError {
        let file = self.path.clone();
        let failure = error.sqlite_error().copied();
        match failure.map(|failure| failure.code) {
            Some(ErrorCode::DiskFull) => FolderError::Full { file },
            // Growing the index of the write-ahead log fails like this where the disk is full.
            _ if failure.is_some_and(|f| f.extended_code == ffi::SQLITE_IOERR_SHMSIZE) => {
                FolderError::Full { file }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                FolderError::Damaged { file, reason: error.to_string() }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                FolderError::Unwritable { path: file, source: std::io::Error::other(error) }
            }
            _ => FolderError::Failed { file, source: Box::new(error) },
        }
    }

    /// No room is left for it.
    pub(crate) fn full(&self) -> FolderError {
        FolderError::Full { file: self.path.clone() }
    }

    /// No thread could be started for it.
    pub(crate) fn no_thread(&self, source: std::io::Error) -> FolderError {
        FolderError::Failed { file: self.path.clone(), source: Box::new(source) }
    }
}

/// Identity of a database file.
struct Header {
    application: i32,
    version: u32,
    tables: u32,
}

impl Header {
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            application: connection.pragma_query_value(None, "application_id", |row| row.get(0))?,
            version: connection.pragma_query_value(None, "user_version", |row| row.get(0))?,
            tables: connection
                .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
        })
    }

    fn is_empty(&self) -> bool {
        self.tables == 0 && self.application == 0
    }
}

/// Sets up the connection that writes, and migrates the schema from the number `version`.
fn prepare(connection: &mut Connection, schema: &Schema, version: usize) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    // Temporary data in memory: a deploy must not fail because another disk is full or
    // read-only. It is small: what a savepoint needs to roll back.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
    )?;
    connection.execute_batch(schema.pragmas)?;
    connection.set_prepared_statement_cache_capacity(64);
    for (at, migration) in schema.migrations.iter().enumerate().skip(version) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", at as u32 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "CREATE TABLE t (x); INSERT INTO t VALUES (1);";

    fn open(
        folder: &DataFolder,
        migrations: &'static [&'static str],
    ) -> Result<Connection, FolderError> {
        let schema = Schema { file: "t.db", migrations, pragmas: "" };
        Database::open(folder, &schema).map(|(_, connection)| connection)
    }

    fn sum(connection: &Connection) -> u32 {
        connection.query_row("SELECT sum(x) FROM t", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_older_database_is_brought_forward_once() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(parent.path()).unwrap();
        assert_eq!(sum(&open(&folder, &[FIRST]).unwrap()), 1);
        let both = &[FIRST, "INSERT INTO t VALUES (10)"];
        assert_eq!(sum(&open(&folder, both).unwrap()), 11);
        assert_eq!(sum(&open(&folder, both).unwrap()), 11);
        let older = open(&folder, &[FIRST]).unwrap_err();
        assert!(matches!(older, FolderError::NewerSchema { found: 2, known: 1, .. }), "{older}");
    }

    #[test]
    fn a_migration_that_fails_leaves_the_database_as_it_was() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(parent.path()).unwrap();
        drop(open(&folder, &[FIRST]).unwrap());
        let broken =
            open(&folder, &[FIRST, "INSERT INTO t VALUES (10); INSERT INTO none VALUES (1)"]);
        assert!(matches!(broken, Err(FolderError::Failed { .. })));
        assert_eq!(sum(&open(&folder, &[FIRST]).unwrap()), 1);
    }
}
