//! The log store in `logs.db`.

mod inbox;
mod prune;
mod read;
mod rows;
mod sources;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use tokio::sync::oneshot;

use crate::LogLimits;
use crate::database::Database;
use crate::queue::answer;
use crate::readers::Readers;
use crate::{DataFolder, FolderError};
use avocet_backplane::{
    Feed, Follow, Level, LogCounts, LogLine, LogPage, LogQuery, LogStore, Order, Pending, Result,
    Stream,
};
use inbox::{Inbox, Request};
use writer::Writer;

/// Followers of a store, given each line by the writer.
type Feeds = Arc<Mutex<Vec<Feed>>>;

#[derive(Debug)]
pub(super) struct EmbeddedLogs {
    inbox: Arc<Inbox>,
    feeds: Feeds,
    readers: Readers,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// Keeps the folder locked while the threads run.
    _folder: Arc<DataFolder>,
}

impl EmbeddedLogs {
    /// Opens the log. One that is damaged is set aside: nothing that runs hangs on it.
    pub(super) fn open(folder: &Arc<DataFolder>, limits: LogLimits) -> Result<Self, FolderError> {
        match Self::open_file(folder, limits) {
            Err(FolderError::Damaged { file, reason }) => {
                let aside = set_aside(&file)?;
                let logs = Self::open_file(folder, limits)?;
                logs.append(vec![anew(&aside, &reason)]);
                Ok(logs)
            }
            opened => opened,
        }
    }

    fn open_file(folder: &Arc<DataFolder>, limits: LogLimits) -> Result<Self, FolderError> {
        let (database, connection) = Database::open(folder, &rows::SCHEMA)?;
        let database = Arc::new(database);
        let readers = Readers::start(&database, 1)?;
        let inbox = Arc::new(Inbox::default());
        let feeds = Feeds::default();
        let writer =
            Writer::new(&database, connection, limits, Arc::clone(&inbox), Arc::clone(&feeds))?;
        let thread = thread::Builder::new()
            .name("avocet-logs".into())
            .spawn(move || writer.run())
            .map_err(|error| database.no_thread(error))?;
        let writer = Mutex::new(Some(thread));
        Ok(Self { inbox, feeds, readers, writer, _folder: Arc::clone(folder) })
    }

    pub(super) fn close(&self) {
        self.inbox.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // The readers end first: the last connection is the one that tidies up.
            self.readers.close();
            drop(writer.join());
        }
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn request(&self, make: impl FnOnce(oneshot::Sender<Result<()>>) -> Request) -> Pending<()> {
        let (reply, result) = oneshot::channel();
        self.inbox.request(make(reply));
        answer(result)
    }
}

/// Renames a database with what belongs to it, over one that was set aside before.
fn set_aside(file: &Path) -> Result<PathBuf, FolderError> {
    let named = |end: &str| PathBuf::from(format!("{}{end}", file.display()));
    let aside = named(".damaged");
    let failed = |source| FolderError::Unwritable { path: file.to_owned(), source };
    std::fs::rename(file, &aside).map_err(failed)?;
    for end in ["-wal", "-shm"] {
        // One that is not there has nothing to be kept.
        let _ = std::fs::rename(named(end), named(&format!(".damaged{end}")));
    }
    Ok(aside)
}

/// Line that tells where the earlier log is.
fn anew(aside: &Path, reason: &str) -> LogLine {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    LogLine {
        namespace: "".into(),
        function: "".into(),
        revision: 0,
        call: None,
        trace: None,
        stream: Stream::Platform,
        level: Level::Warn,
        time_ms: now.as_millis() as u64,
        text: format!(
            "the log was damaged ({reason}): it is in {}, a new one begins",
            aside.display()
        ),
    }
}

impl Drop for EmbeddedLogs {
    fn drop(&mut self) {
        self.close();
    }
}

impl LogStore for EmbeddedLogs {
    fn append(&self, lines: Vec<LogLine>) {
        self.inbox.append(lines);
    }

    fn flush(&self) -> Pending<()> {
        self.request(Request::Flush)
    }

    fn query(&self, query: LogQuery) -> Pending<LogPage> {
        self.readers.read(move |db| read::query(db, &query))
    }

    fn follow(&self, query: LogQuery) -> Pending<Follow> {
        let query = LogQuery { order: Order::Last, ..query };
        let (feed, mut follower) = Feed::new(query.clone());
        // The feed first: what is stored between it and the query is in both, and left out of the
        // feed again.
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner).push(feed);
        let page = self.query(query);
        Box::pin(async move {
            let page = page.await?;
            follower.after(page.cursor);
            Ok(Follow { page, follower })
        })
    }

    fn forget(&self, namespace: &str, function: &str) -> Pending<()> {
        let key = (namespace.into(), function.into());
        self.request(|reply| Request::Forget(key, reply))
    }

    fn counts(&self) -> LogCounts {
        self.inbox.counts()
    }
}
