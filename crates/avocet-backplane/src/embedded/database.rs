//! A database file: opening, schema, errors.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::ffi::{self, ErrorCode};
use rusqlite::{Connection, OpenFlags};

use crate::{DataFolder, Error, Result};

/// Marks our files among all SQLite databases: `AVCT`.
const APPLICATION_ID: i32 = 0x4156_4354;

/// What a database has to be like.
pub(super) struct Schema {
    /// Its file in the data folder.
    pub(super) file: &'static str,
    /// Each brings the schema from its index to the next number. Never change one that was
    /// released; add another.
    pub(super) migrations: &'static [&'static str],
    /// Set for every connection that writes.
    pub(super) pragmas: &'static str,
}

/// A database file that was opened once, and so has the right schema.
#[derive(Debug)]
pub(super) struct Database {
    path: PathBuf,
}

/// Why something inside a transaction failed.
#[derive(Debug)]
pub(super) enum Fail {
    /// SQLite did.
    Sql(rusqlite::Error),
    /// The request cannot be met; the database is fine.
    Refused(Error),
    /// Something else around the database.
    Other(Box<dyn std::error::Error + Send + Sync>),
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

impl Database {
    /// Opens or makes the file, and gives the connection that writes.
    pub(super) fn open(folder: &DataFolder, schema: &Schema) -> Result<(Self, Connection)> {
        let database = Self { path: folder.database(schema.file)? };
        let connection = database.writer(schema).map_err(|fail| database.error(fail))?;
        Ok((database, connection))
    }

    fn writer(&self, schema: &Schema) -> Result<Connection, Fail> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&self.path, flags)?;
        let version = self.version(&connection, schema)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        // Temporary data in memory: a deploy must not fail because another disk is full or
        // read-only. It is small: what a savepoint needs to roll back.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
        )?;
        connection.execute_batch(schema.pragmas)?;
        connection.set_prepared_statement_cache_capacity(64);
        self.migrate(&mut connection, schema, version)?;
        Ok(connection)
    }

    /// The schema's number, after a look at whose file it is.
    fn version(&self, connection: &Connection, schema: &Schema) -> Result<usize, Fail> {
        let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get(0));
        let (id, found): (i32, u32) = (
            number("application_id")?,
            connection.pragma_query_value(None, "user_version", |r| r.get(0))?,
        );
        let tables: u32 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let empty = tables == 0 && id == 0;
        if id != APPLICATION_ID && !empty {
            return Err(Error::Foreign { file: self.path.clone() }.into());
        }
        let known = schema.migrations.len() as u32;
        if found > known {
            return Err(Error::NewerSchema { file: self.path.clone(), found, known }.into());
        }
        Ok(found as usize)
    }

    fn migrate(
        &self,
        connection: &mut Connection,
        schema: &Schema,
        from: usize,
    ) -> Result<(), Fail> {
        for (at, migration) in schema.migrations.iter().enumerate().skip(from) {
            let transaction = connection.transaction()?;
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", at as u32 + 1)?;
            transaction.commit()?;
        }
        Ok(())
    }

    /// A connection that reads.
    pub(super) fn reader(&self) -> Result<Connection> {
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&self.path, flags)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute_batch("PRAGMA temp_store = MEMORY")?;
            connection.set_prepared_statement_cache_capacity(32);
            Ok(connection)
        };
        open().map_err(|error| self.error(Fail::Sql(error)))
    }

    /// The error to give to the caller.
    pub(super) fn error(&self, fail: Fail) -> Error {
        let file = self.path.clone();
        let error = match fail {
            Fail::Refused(error) => return error,
            Fail::Other(source) => return Error::Storage { file, source },
            Fail::Sql(error) => error,
        };
        let failure = error.sqlite_error().copied();
        match failure.map(|failure| failure.code) {
            Some(ErrorCode::DiskFull) => Error::StorageFull { file },
            // Growing the index of the write-ahead log fails like this where the disk is full.
            _ if failure.is_some_and(|f| f.extended_code == ffi::SQLITE_IOERR_SHMSIZE) => {
                Error::StorageFull { file }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Error::Damaged { file, reason: error.to_string() }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Error::Unwritable { path: file, source: std::io::Error::other(error) }
            }
            _ => Error::Storage { file, source: Box::new(error) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "CREATE TABLE t (x); INSERT INTO t VALUES (1);";

    fn open(folder: &DataFolder, migrations: &'static [&'static str]) -> Result<Connection> {
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
        assert!(matches!(older, Error::NewerSchema { found: 2, known: 1, .. }), "{older}");
    }

    #[test]
    fn a_migration_that_fails_leaves_the_database_as_it_was() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(parent.path()).unwrap();
        drop(open(&folder, &[FIRST]).unwrap());
        let broken =
            open(&folder, &[FIRST, "INSERT INTO t VALUES (10); INSERT INTO none VALUES (1)"]);
        assert!(matches!(broken, Err(Error::Storage { .. })));
        assert_eq!(sum(&open(&folder, &[FIRST]).unwrap()), 1);
    }
}
