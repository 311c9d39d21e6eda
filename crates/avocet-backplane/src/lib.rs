//! Where Avocet keeps things: registry, revisions and logs, embedded in one SQLite folder.
//!
//! The traits in this crate's root are what the rest of the platform knows: [`Registry`] holds
//! functions with all their revisions, and the other resources; [`LogStore`] holds what functions
//! print. [`Embedded`] implements them in one data folder (see [`DataFolder`] for its layout), with
//! no server to install. Every implementation passes the `conformance` suite.
//!
//! # Calling it
//! Every method returns a [`Pending`] result, a future that needs no runtime of its own kind: in
//! tokio `.await` it, in a thread use [`wait`]. Calling a method never blocks and never touches the
//! disk; threads of the store do. Dropping the future does not take a change back.
//!
//! ```
//! use avocet_backplane::{Deploy, Document, Embedded, Key, Options, Outcome, Registry as _, wait};
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
//! # Limits
//! | what | limit | beyond it |
//! |---|---|---|
//! | a document | [`MAX_DOCUMENT_BYTES`] | [`Error::TooLarge`] |
//! | a revision | [`MAX_FILES`], together [`MAX_REVISION_BYTES`] | [`Error::TooLarge`] |
//! | one [`Registry::apply`] | 256 MiB | [`Error::TooLarge`] |
//! | changes, reads that wait | 1,024 each; changes 256 MiB | [`Error::Busy`] |
//! | revisions of a function | none: all are kept until it is deleted | |
//! | a page of a list, of log lines | [`List::MAX`], [`LogQuery::MAX`] | the next page |
//! | deletions that watchers can still ask for | 10,000 | [`Changes::reset`] |
//! | a log line | [`LogLine::MAX_TEXT`] | it is cut, with a note |
//! | log lines that wait | 65,536 and 16 MiB, one function half of it | they are dropped and counted |
//! | log lines that are kept | [`LogLimits`] | the oldest go |
//!
//! # What this crate is not
//! It knows nothing of YAML, runtimes or routes: a resource's content is a [`Document`], any JSON.
//! It does not encrypt: secrets are as safe as the data folder's file modes.

#[cfg(feature = "conformance")]
pub mod conformance;
mod data_folder;
mod document;
mod embedded;
mod error;
mod logs;
mod registry;
mod wait;

pub use data_folder::{DataFolder, default_data_folder};
pub use document::Document;
pub use embedded::{Embedded, LogLimits, Options};
pub use error::{Error, ErrorKind, Result};
pub use logs::{
    Follow, Followed, Follower, Level, LogCounts, LogLine, LogPage, LogQuery, LogStore, Order,
    StoredLine, Stream,
};
pub use registry::{
    Action, Activate, Activation, Applied, Cause, Change, Changed, Changes, Deploy, Digest, Expect,
    FileInfo, Key, Labels, List, MAX_DOCUMENT_BYTES, MAX_FILES, MAX_REVISION_BYTES, Operator,
    Outcome, Page, Put, Registry, Requirement, Resource, ResourceKind, Revision, RevisionContent,
    Selector, SourceFile, Which,
};
pub use wait::{Pending, wait};
