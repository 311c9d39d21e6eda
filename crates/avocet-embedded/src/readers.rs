//! Reading, beside the writer.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::FolderError;
use crate::database::{Database, Fail};
use crate::queue::{Jobs, Queue, answer, next, ready};
use avocet_backplane::{Error, Pending, Result};

/// Reads that may wait.
const BOUND: usize = 1024;

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// Threads with read-only connections.
#[derive(Debug)]
pub(crate) struct Readers {
    database: Arc<Database>,
    queue: Queue<Read>,
}

impl Readers {
    pub(crate) fn start(database: &Arc<Database>, threads: usize) -> Result<Self, FolderError> {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let connection = database.reader()?;
                Ok(move |jobs: Jobs<Read>| {
                    while let Some(read) = next(&jobs) {
                        read(&connection);
                    }
                })
            })
            .collect::<Result<_, FolderError>>()?;
        let queue = Queue::start("avocet-read", BOUND, workers)
            .map_err(|error| database.no_thread(error))?;
        Ok(Self { database: Arc::clone(database), queue })
    }

    /// Runs `read` on one of the threads; all that it reads is of one moment.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fail> + Send + 'static,
    ) -> Pending<T> {
        let (reply, result) = oneshot::channel();
        let database = Arc::clone(&self.database);
        let job: Read = Box::new(move |connection| {
            if reply.is_closed() {
                return;
            }
            let value = in_snapshot(connection, read).map_err(|fail| database.error(fail));
            // The caller may have gone meanwhile.
            drop(reply.send(value));
        });
        match self.queue.send(job) {
            Ok(()) => answer(result),
            Err(error) => ready(Err::<T, Error>(error)),
        }
    }

    pub(crate) fn close(&self) {
        self.queue.close();
    }
}

fn in_snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, Fail>,
) -> Result<T, Fail> {
    let transaction = connection.unchecked_transaction()?;
    let value = read(&transaction)?;
    transaction.finish()?;
    Ok(value)
}
