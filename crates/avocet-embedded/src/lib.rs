//! The stores of the platform in one data folder, by SQLite in this process: no server to install.
//!
//! [`Embedded`] implements `avocet-backplane`'s traits in a [`DataFolder`] (which has the layout of
//! its files) and passes their conformance suite.
//!
//! ```
//! use avocet_backplane::{Deploy, Document, Key, Outcome, Registry as _, wait};
//! use avocet_embedded::{Embedded, Options};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let store = Embedded::open(folder.path(), Options::default())?;
//! let registry = store.registry();
//! let hello = Deploy::new("default", "hello", Document::parse(r#"{"runtime":"v8"}"#)?)
//!     .file("handler.js", "module.exports = { main: () => 'Hello' }");
//! let applied = wait(registry.deploy(hello))?;
//! assert_eq!(applied.outcome, Outcome::Created);
//! assert_eq!(wait(registry.get(Key::function("default", "hello")))?.unwrap().generation, 1);
//! # Ok(())
//! # }
//! ```
//!
//! Each store has its own database, one thread that writes, and threads that read by connections of
//! their own, so that readers never wait for a writer (SQLite's write-ahead log). Callers reach the
//! threads by bounded queues: a full one answers [`avocet_backplane::Error::Busy`].
//!
//! - The registry syncs every change to the disk before it is acknowledged. Changes that wait at
//!   the same time are written as one transaction and share one sync.
//! - The event log does so too: publishers that wait at the same time share one sync, and so do
//!   results of deliveries. It refuses events before the disk is full.
//! - Keys and values, and objects, do so too. Those keys that were used lately are in memory as well,
//!   so that reading one costs no hop to another thread.
//! - Messages never touch the disk.
//! - The log store collects lines for 20 ms, or until there are many, and does not sync: a crash of
//!   the process loses at most those, a crash of the machine the last seconds.
//!
//! # Limits
//! Beside those of the traits:
//!
//! | what | limit | beyond it |
//! |---|---|---|
//! | one [`Registry::apply`] | 256 MiB | [`avocet_backplane::Error::TooLarge`] |
//! | changes, reads that wait | 1,024 each; changes 256 MiB | [`avocet_backplane::Error::Busy`] |
//! | deletions that watchers can still ask for | 10,000 | [`avocet_backplane::Changes::reset`] |
//! | events that wait, requests to the event log | 64 MiB; 4,096 | [`avocet_backplane::Error::Busy`] |
//! | events looked at, given in one pull | 10,000 | the next pull |
//! | events that are kept | [`EventLimits`] | see [`EventLog`] |
//! | writes of keys and values, or of objects, that wait | 4,096 and 64 MiB | [`avocet_backplane::Error::Busy`] |
//! | keys and values, objects of one function | [`ServiceLimits`] | [`avocet_backplane::Error::BucketFull`] |
//! | watchers; changes that wait for one | 10,000; 4,096 and 4 MiB | [`avocet_backplane::Error::Busy`]; [`avocet_backplane::kv::Watched::Missed`] |
//! | log lines that wait | 65,536 and 16 MiB, one function half of it | they are dropped and counted |
//! | log lines that are kept | [`LogLimits`] | the oldest go |
//!
//! # What this crate is not
//! It does not encrypt: secrets are as safe as the data folder's file modes.

mod clock;
mod database;
mod error;
mod events;
mod folder;
mod group;
mod kv;
mod logs;
mod mailbox;
mod messaging;
mod objects;
mod queue;
mod readers;
mod registry;
mod sql;

use std::path::Path;
use std::sync::Arc;

use avocet_backplane::{
    Backplane, EventLog, EventView, KeyValue, LogStore, Messaging, ObjectStore, Registry,
};

pub use clock::Clock;
use database::Beginning;
pub use error::FolderError;
use events::EmbeddedEvents;
pub use events::EventLimits;
pub use folder::DataFolder;
use kv::EmbeddedKeyValue;
use logs::EmbeddedLogs;
use messaging::EmbeddedMessaging;
use objects::EmbeddedObjects;
use registry::EmbeddedRegistry;

/// Options of an [`Embedded`] store.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Most bytes that `registry.db` may take; deploys beyond it fail with
    /// [`avocet_backplane::Error::StorageFull`]. `None`: as many as the disk has.
    pub registry_bytes: Option<u64>,
    /// A registry that is missing or empty where the folder has a log of earlier functions.
    pub lost_registry: LostRegistry,
    /// Limits of the log lines that are kept.
    pub logs: LogLimits,
    /// Limits of the events that are kept, and of their age.
    pub events: EventLimits,
    /// Limits of what functions store.
    pub services: ServiceLimits,
    /// Clock by which keys expire.
    pub clock: Clock,
}

/// Answer to a data folder that was in use, and whose registry is missing or empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LostRegistry {
    /// [`FolderError::Lost`]: nobody takes an empty platform for what was deployed.
    #[default]
    Refuse,
    /// A new one begins.
    StartEmpty,
}

/// Limits of what functions store by their host services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceLimits {
    /// Bytes of all keys and values of one function. Default 512 KiB.
    pub kv_bytes: u64,
    /// Bytes of all objects of one function. Default 1 GiB.
    pub object_bytes: u64,
}

impl Default for ServiceLimits {
    fn default() -> Self {
        Self {
            kv_bytes: avocet_backplane::kv::DEFAULT_BUCKET_BYTES,
            object_bytes: avocet_backplane::objects::DEFAULT_BUCKET_BYTES,
        }
    }
}

/// Limits of the log lines that are kept; beyond them the oldest go, and the store may hold a tenth
/// more for a moment.
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
/// The folder stays locked for this process until this and every store that it gave out is dropped.
#[derive(Debug)]
pub struct Embedded {
    folder: Arc<DataFolder>,
    registry: Arc<EmbeddedRegistry>,
    logs: Arc<EmbeddedLogs>,
    events: Arc<EmbeddedEvents>,
    kv: Arc<EmbeddedKeyValue>,
    objects: EmbeddedObjects,
    messaging: EmbeddedMessaging,
}

impl Embedded {
    /// Opens the data folder, makes it where it is missing, and migrates older databases to the
    /// present schema.
    ///
    /// # Errors
    /// [`FolderError`], which names the file and what to do.
    pub fn open(folder: impl AsRef<Path>, options: Options) -> Result<Self, FolderError> {
        let folder = Arc::new(DataFolder::open(folder.as_ref())?);
        let used = folder.path().join("logs.db").metadata().is_ok_and(|log| log.len() > 0);
        let beginning = match options.lost_registry {
            LostRegistry::Refuse if used => Beginning::Kept,
            _ => Beginning::Empty,
        };
        let registry = EmbeddedRegistry::open(&folder, options.registry_bytes, beginning)?;
        let logs = EmbeddedLogs::open(&folder, options.logs)?;
        let events = EmbeddedEvents::open(&folder, options.events)?;
        let (registry, logs, events) = (Arc::new(registry), Arc::new(logs), Arc::new(events));
        let Options { services, clock, .. } = options;
        let kv = Arc::new(EmbeddedKeyValue::open(&folder, services.kv_bytes, clock.clone())?);
        let objects = EmbeddedObjects::open(&folder, services.object_bytes, clock)?;
        let messaging = EmbeddedMessaging::default();
        Ok(Self { folder, registry, logs, events, kv, objects, messaging })
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

    /// The stores, as the platform takes them.
    pub fn backplane(&self) -> Backplane {
        Backplane {
            registry: self.registry(),
            events: self.events(),
            logs: self.logs(),
            kv: self.kv(),
            objects: self.objects(),
            messaging: self.messaging(),
        }
    }

    /// Keys and values.
    pub fn kv(&self) -> Arc<dyn KeyValue> {
        Arc::clone(&self.kv) as Arc<dyn KeyValue>
    }

    /// Objects.
    pub fn objects(&self) -> Arc<dyn ObjectStore> {
        Arc::new(self.objects.clone())
    }

    /// Messages between whoever is in this process.
    pub fn messaging(&self) -> Arc<dyn Messaging> {
        Arc::new(self.messaging.clone())
    }

    /// The event log.
    pub fn events(&self) -> Arc<dyn EventLog> {
        Arc::clone(&self.events) as Arc<dyn EventLog>
    }

    /// View of an event log that is kept elsewhere, in a file of its own beside the others. It is
    /// closed by being dropped.
    ///
    /// # Errors
    /// [`FolderError`], as for [`Embedded::open`].
    pub fn event_view(&self, limits: EventLimits) -> Result<Arc<dyn EventView>, FolderError> {
        Ok(Arc::new(EmbeddedEvents::open_view(&self.folder, limits)?))
    }

    /// Finishes what waits (log lines too) and stops the threads; blocks until that is done. What
    /// is asked afterwards answers [`avocet_backplane::Error::Closed`]. Dropping everything does the
    /// same.
    pub fn close(&self) {
        self.messaging.close();
        self.kv.close();
        self.objects.close();
        self.events.close();
        self.logs.close();
        self.registry.close();
    }
}
