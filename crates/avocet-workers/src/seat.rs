use std::sync::Arc;

use tokio::time::Instant;

use crate::worker::Worker;
use crate::{CallError, Definition, FailureKind, FunctionState, LoadError, Loaded};

/// A function's place in a worker; dropped, the function is forgotten there.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) worker: Arc<Worker>,
    pub(crate) key: usize,
    pub(crate) definition: Arc<Definition>,
}

impl Seat {
    /// `pinned`: it does not go to sleep by itself.
    pub(crate) fn new(worker: Arc<Worker>, definition: Arc<Definition>, pinned: bool) -> Self {
        let key = worker.register(definition.clone(), pinned);
        Self { worker, key, definition }
    }

    /// Loads the function into the worker.
    pub(crate) async fn load(&self) -> Result<Loaded, LoadError> {
        let Self { worker, key, .. } = self;
        let deadline = Instant::now() + worker.time_limit(*key);
        let told = loop {
            match worker.load(*key)? {
                Some(told) => break told,
                None => worker.turn(deadline).await?,
            }
        };
        told.await.unwrap_or_else(|_| {
            let message = "the load was given up with its supervisor";
            Err(LoadError::Failed(CallError::new(FailureKind::NotLoaded, message)))
        })
    }

    pub(crate) fn state(&self) -> FunctionState {
        self.worker.state(self.key)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.worker.forget(self.key);
    }
}
