//! Reasons for which packages could not be installed.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Packages could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The list is not what it should be.
    #[error("{message}")]
    List {
        /// The list's file.
        file: &'static str,
        /// Fault of the list, in one line.
        message: String,
        /// Line, from 1.
        line: Option<u32>,
        /// Column, from 1.
        column: Option<u32>,
    },
    /// There is no installer.
    #[error("the function has dependencies, but {0} is not installed")]
    NoInstaller(&'static str),
    /// The installer failed.
    #[error("{installer} could not install the dependencies:\n{message}")]
    Failed {
        /// `npm` or `pip`.
        installer: &'static str,
        /// Part of its output that says what went wrong.
        message: String,
    },
    /// The installer took too long.
    #[error(
        "{installer} did not install the dependencies within {} s; its last line: {last}",
        limit.as_secs()
    )]
    TimedOut {
        /// `npm` or `pip`.
        installer: &'static str,
        /// [`InstallOptions::time_limit`](super::InstallOptions::time_limit).
        limit: Duration,
        /// Last line of its output.
        last: String,
    },
    /// The disk, or the start of the installer.
    #[error("the dependencies could not be installed in {path}: {error}")]
    Io {
        /// The cache's entry.
        path: PathBuf,
        /// Error of the system.
        error: io::Error,
    },
}

impl InstallError {
    /// The file of the list, where it is at fault.
    pub fn file(&self) -> Option<&'static str> {
        match self {
            Self::List { file, .. } => Some(file),
            _ => None,
        }
    }
}
