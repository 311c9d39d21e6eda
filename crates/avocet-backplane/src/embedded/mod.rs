//! Everything in one folder, by SQLite in this process.
//!
//! Each store has its own database, one thread that writes, and threads that read by connections of
//! their own, so that readers never wait for a writer (SQLite's write-ahead log). Callers reach the
//! threads by bounded queues: a full one answers [`crate::Error::Busy`].
//!
//! - The registry syncs every change to the disk before it is acknowledged. Changes that wait at
//!   the same time are written as one transaction and share one sync.
//! - The log store collects lines for 20 ms, or until there are many, and does not sync: a crash of
//!   the process loses at most those, a crash of the machine the last seconds.

mod database;
mod logs;
mod queue;
mod readers;
mod registry;

use std::path::Path;
use std::sync::Arc;

use crate::{DataFolder, LogStore, Registry, Result};

use logs::EmbeddedLogs;
use registry::EmbeddedRegistry;

/// What can be set for an [`Embedded`] store.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Most bytes that `registry.db` may take; deploys beyond it fail with
    /// [`crate::Error::StorageFull`]. `None`: as many as the disk has.
    pub registry_bytes: Option<u64>,
    /// How many log lines are kept.
    pub logs: LogLimits,
}

/// How many log lines are kept; beyond it the oldest go, and the store may hold a tenth more for a
/// moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLimits {
    /// Of one function, lines. Default 50,000.
    pub function_lines: u64,
    /// Of one function, bytes of text and of what belongs to it. Default 16 MiB.
    pub function_bytes: u64,
    /// Of all functions, bytes. The functions with most lose theirs first. Default 256 MiB.
    pub total_bytes: u64,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { function_lines: 50_000, function_bytes: 16 << 20, total_bytes: 256 << 20 }
    }
}

/// The stores of one data folder.
///
/// The folder stays locked for this process until this and everything that [`Embedded::registry`]
/// and [`Embedded::logs`] gave out is dropped.
#[derive(Debug)]
pub struct Embedded {
    folder: Arc<DataFolder>,
    registry: Arc<EmbeddedRegistry>,
    logs: Arc<EmbeddedLogs>,
}

impl Embedded {
    /// Opens the data folder, makes it where it is missing, and brings older databases to the
    /// present schema.
    ///
    /// # Errors
    /// [`crate::Error::Locked`], [`crate::Error::Unwritable`], [`crate::Error::Damaged`],
    /// [`crate::Error::Foreign`], [`crate::Error::NewerSchema`]; each names the file and what to do.
    pub fn open(folder: impl AsRef<Path>, options: Options) -> Result<Self> {
        let folder = Arc::new(DataFolder::open(folder.as_ref())?);
        let registry = EmbeddedRegistry::open(&folder, options.registry_bytes)?;
        let logs = EmbeddedLogs::open(&folder, options.logs)?;
        Ok(Self { folder, registry: Arc::new(registry), logs: Arc::new(logs) })
    }

    /// The data folder.
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// The registry.
    pub fn registry(&self) -> Arc<dyn Registry> {
        Arc::clone(&self.registry) as Arc<dyn Registry>
    }

    /// The log store.
    pub fn logs(&self) -> Arc<dyn LogStore> {
        Arc::clone(&self.logs) as Arc<dyn LogStore>
    }

    /// Finishes what waits (log lines too) and stops the threads; blocks until that is done. What
    /// is asked afterwards answers [`crate::Error::Closed`]. Dropping everything does the same.
    pub fn close(&self) {
        self.logs.close();
        self.registry.close();
    }
}
