//! Faults of a data folder, with what to do about them.

use std::io;
use std::path::PathBuf;

use avocet_backplane::Error;

/// A data folder, or a database in it, that cannot be used as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Another process has the data folder open.
    #[error(
        "the data folder {} is in use by {}; stop that process or choose another folder with --data",
        folder.display(), holder(*pid)
    )]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// The process that has it, where it could be read.
        pid: Option<u32>,
    },
    /// The data folder cannot be made or written.
    #[error("cannot write to {}: {source}; make it writable for this user or choose another folder with --data", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// A database file is damaged.
    #[error(
        "{} is damaged ({reason}); restore the data folder from a backup, or move this file (with \
         its -wal and -shm) away to start empty",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// SQLite's words.
        reason: String,
    },
    /// The registry is missing or empty in a folder whose log tells of an earlier one.
    #[error(
        "{} is missing or empty, though this data folder was in use: what was deployed is lost; \
         restore it (with its -wal) from a backup, or start without it by --start-empty",
        file.display()
    )]
    Lost {
        /// The file.
        file: PathBuf,
    },
    /// A file with the right name, but another program's content.
    #[error("{} is not a database of Avocet; choose another data folder or move the file away", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// The database was written by a newer version.
    #[error(
        "{} was written by a newer version of Avocet (schema {found}, this version knows {known}); \
         use that version, or another data folder",
        file.display()
    )]
    NewerSchema {
        /// The file.
        file: PathBuf,
        /// Schema of the file.
        found: u32,
        /// The newest schema that this version knows.
        known: u32,
    },
    /// The disk, or the store's own limit, is full. What was stored before is untouched.
    #[error("no space left to write {}: free disk space or raise the store's limit, then try again", file.display())]
    Full {
        /// The database that could not grow.
        file: PathBuf,
    },
    /// The database failed in another way (an input/output error, no memory).
    #[error("{} failed: {source}", file.display())]
    Failed {
        /// The database.
        file: PathBuf,
        /// Cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".into(), |pid| format!("process {pid}"))
}

impl From<FolderError> for Error {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Full { file } => Self::StorageFull { place: file.display().to_string() },
            FolderError::Failed { file, source } => {
                Self::Storage { place: file.display().to_string(), source }
            }
            unusable => Self::Unusable(Box::new(unusable)),
        }
    }
}
