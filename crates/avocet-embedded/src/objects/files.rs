//! Files with the bytes of objects, and the threads that read and write them.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use avocet_backplane::{Error, Pending, Result};
use tokio::sync::oneshot;

use crate::queue::{Jobs, Queue, answer, next, ready};
use crate::{DataFolder, FolderError};

const FOLDER: &str = "objects";
const THREADS: usize = 3;
/// Jobs that may wait.
const BOUND: usize = 1024;

type Job = Box<dyn FnOnce() + Send>;

/// Files of objects, each named by its number.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    next: AtomicU64,
    queue: Queue<Job>,
}

impl Files {
    /// Opens the folder and deletes files that are not `known`.
    pub(super) fn open(folder: &DataFolder, known: &HashSet<u64>) -> Result<Self, FolderError> {
        let folder = folder.path().join(FOLDER);
        let unwritable = |source| FolderError::Unwritable { path: folder.clone(), source };
        prepare(&folder, known).map_err(unwritable)?;
        let number = AtomicU64::new(known.iter().max().map_or(1, |last| last + 1));
        let work = |jobs: Jobs<Job>| {
            while let Some(job) = next(&jobs) {
                job();
            }
        };
        let queue =
            Queue::start("avocet-objects", BOUND, vec![work; THREADS]).map_err(unwritable)?;
        Ok(Self { folder, next: number, queue })
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:016x}"))
    }

    /// A new file to be written, with its number.
    pub(super) fn create(&self) -> Result<(u64, File)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.path(number);
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        opened.map(|file| (number, file)).map_err(|source| failed(&path, source))
    }

    /// A file to be read; `None` where it is not there.
    pub(super) fn read(&self, number: u64) -> Result<Option<File>> {
        let path = self.path(number);
        match File::open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed(&path, source)),
        }
    }

    /// Makes the names of new files durable.
    pub(super) fn sync(&self) -> Result<()> {
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synced.map_err(|source| failed(&self.folder, source))
    }

    /// Deletes a file, now or soon: freeing a large one takes a while. Where that fails, the next
    /// start deletes it.
    pub(super) fn remove(&self, number: u64) {
        let path = self.path(number);
        drop(self.queue.send(Box::new(move || drop(fs::remove_file(path)))));
    }

    /// Runs a job on one of the threads.
    pub(super) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        let (reply, result) = oneshot::channel();
        // The caller may have gone meanwhile.
        match self.queue.send(Box::new(move || drop(reply.send(job())))) {
            Ok(()) => answer(result),
            Err(error) => ready(Err(error)),
        }
    }

    /// The error of a file's input or output.
    pub(super) fn failed(&self, number: u64, source: io::Error) -> Error {
        failed(&self.path(number), source)
    }

    pub(super) fn close(&self) {
        self.queue.close();
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    let place = path.display().to_string();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::StorageFull { place },
        _ => Error::Storage { place, source: Box::new(source) },
    }
}

/// Makes the folder, durably, and deletes files that no object has.
fn prepare(folder: &Path, known: &HashSet<u64>) -> io::Result<()> {
    if !folder.is_dir() {
        fs::DirBuilder::new().mode(0o700).create(folder)?;
        if let Some(parent) = folder.parent() {
            File::open(parent)?.sync_all()?;
        }
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| u64::from_str_radix(name, 16).ok());
        // What is not named as ours is not ours.
        if number.is_some_and(|number| !known.contains(&number)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
