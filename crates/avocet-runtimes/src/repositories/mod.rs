//! Functions' sources in Git repositories (`spec.source.gitRepository`).
//!
//! The installed `git` fetches them: what it is configured for (proxies, certificates, keys of the
//! user that the platform runs as) counts here too. Nothing is checked out: the commit's files are
//! read out of the fetched objects, so that no hook, filter or link of a repository is followed.
//! Submodules and links are left out.

mod address;
mod credentials;
mod fetcher;
mod git;
mod tree;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use avocet_functions::model::{FileContent, Git};

use crate::Environment;
use crate::files::{Draft, sweep};
use address::Address;
use git::Program;

pub use credentials::{Credentials, CredentialsError};
pub use fetcher::Fetcher;

/// Store of the repositories' objects while they are read.
#[derive(Debug, Clone)]
pub struct Repositories {
    root: PathBuf,
    git: Option<PathBuf>,
    time_limit: Duration,
}

/// The files of a function at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The commit's name: 40 or 64 hexadecimal digits.
    pub commit: String,
    /// Files below `baseDir`, by their path in it. Hidden ones and `node_modules` are left out, as
    /// they are of folders.
    pub files: BTreeMap<String, FileContent>,
}

/// Sources could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no `git` on `PATH`.
    #[error("the function is in a Git repository, but git is not installed")]
    NoGit,
    /// A field cannot be used.
    #[error("{field} {value:?} {why}")]
    Field {
        /// `url`, `reference` or `baseDir`.
        field: &'static str,
        /// Value of the field.
        value: String,
        /// Fault of the value.
        why: &'static str,
    },
    /// The repository could not be read.
    #[error("git could not fetch {url}: {message}")]
    Failed {
        /// The repository, without what one signs in with.
        url: String,
        /// Message of `git`.
        message: String,
    },
    /// The repository has no such branch, tag or commit.
    #[error("the repository {url} has no branch, tag or commit {reference:?}")]
    NoReference {
        /// The repository.
        url: String,
        /// Branch, tag or commit that was looked for.
        reference: String,
    },
    /// The commit has no such folder.
    #[error("the repository {url} has no folder {folder:?} at {reference}")]
    NoFolder {
        /// The repository.
        url: String,
        /// `reference`.
        reference: String,
        /// `baseDir`.
        folder: String,
    },
    /// The folder has too much in it.
    #[error("the folder {folder:?} of {url} has more than {limit}")]
    TooLarge {
        /// The repository.
        url: String,
        /// `baseDir`.
        folder: String,
        /// Limit, with its unit.
        limit: String,
    },
    /// Fetch over its time.
    #[error("git did not fetch {url} within {} s", limit.as_secs())]
    TimedOut {
        /// The repository.
        url: String,
        /// Time allowed.
        limit: Duration,
    },
    /// The disk, or the start of `git`.
    #[error("git could not be run in {path}: {error}")]
    Io {
        /// The folder.
        path: PathBuf,
        /// Error of the system.
        error: io::Error,
    },
}

impl FetchError {
    /// The field of `gitRepository` that is at fault, where one is.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Field { field, .. } => Some(field),
            Self::NoReference { .. } => Some("reference"),
            Self::NoFolder { .. } | Self::TooLarge { .. } => Some("baseDir"),
            Self::Failed { .. } | Self::TimedOut { .. } => Some("url"),
            Self::NoGit | Self::Io { .. } => None,
        }
    }
}

impl Repositories {
    /// Repositories are written to folders in `root`, each only while it is read. Fetching one takes
    /// at most 120 s.
    pub fn new(root: PathBuf, environment: &Environment) -> Self {
        Self { root, git: environment.find("git"), time_limit: Duration::from_secs(120) }
    }

    /// The same with another limit.
    #[must_use]
    pub fn within(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// Removes what a process that was killed left. Blocks.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn clean(&self) -> io::Result<()> {
        sweep(&self.root)
    }

    /// Fetches the files at `git.base_dir` of the commit that `git.reference` names now: a branch,
    /// a tag or a commit.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn fetch(
        &self,
        git: &Git,
        credentials: Option<&Credentials>,
    ) -> Result<Fetched, FetchError> {
        let address = Address::of(git)?;
        let program = self.git.as_deref().ok_or(FetchError::NoGit)?;
        let io = |error| FetchError::Io { path: self.root.clone(), error };
        let draft = Draft::new(&self.root.join("repository")).map_err(io)?;
        let fetching = async {
            let git = Program::new(program, draft.path(), &address, credentials)?;
            let commit = commit(&git, &address).await?;
            let files = tree::read(&git, &address, &commit).await?;
            Ok(Fetched { commit, files })
        };
        tokio::time::timeout(self.time_limit, fetching).await.unwrap_or_else(|_| {
            Err(FetchError::TimedOut { url: address.shown, limit: self.time_limit })
        })
    }
}

/// Fetches the commit, alone where the repository gives it so, and gives its name.
async fn commit(git: &Program<'_>, address: &Address) -> Result<String, FetchError> {
    let Address { url, reference, .. } = address;
    git.check(&["init", "--quiet", "--bare", "."]).await?;
    let fetch = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"];
    let alone = git.run(&[&fetch[..], &["--depth=1", "--", url, reference]].concat()).await?;
    if alone.ok {
        return name_of(git, address, "FETCH_HEAD").await;
    }
    if alone.said.contains("couldn't find remote ref") && !address.may_be_commit() {
        return Err(address.no_reference());
    }
    // Commits are not given alone by every server, short names of them by none, and plain files
    // over HTTP only with all that led to them.
    let all = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
    let whole = git.run(&[&fetch[..], &["--", url], &all[..]].concat()).await?;
    match whole.ok {
        true => name_of(git, address, reference).await,
        false => Err(address.failed(&whole.said)),
    }
}

async fn name_of(git: &Program<'_>, address: &Address, what: &str) -> Result<String, FetchError> {
    let commit = format!("{what}^{{commit}}");
    let named = git.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).await?;
    let name = String::from_utf8_lossy(&named.out).trim().to_owned();
    if named.ok && !name.is_empty() { Ok(name) } else { Err(address.no_reference()) }
}
