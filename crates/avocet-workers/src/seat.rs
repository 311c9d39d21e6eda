use std::sync::Arc;

use tokio::time::Instant;

use crate::namespace::Namespace;
use crate::{CallError, Definition, FailureKind, FunctionState, LoadError, Loaded};

/// A function's place in a namespace; dropped, the function is forgotten there.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) key: usize,
    pub(crate) definition: Arc<Definition>,
}

impl Seat {
    /// `pinned`: it does not go to sleep by itself.
    pub(crate) fn new(
        namespace: Arc<Namespace>,
        definition: Arc<Definition>,
        pinned: bool,
    ) -> Self {
        let key = namespace.register(definition.clone(), pinned);
        Self { namespace, key, definition }
    }

    /// Loads the function into the worker.
    pub(crate) async fn load(&self) -> Result<Loaded, LoadError> {
        let Self { namespace, key, .. } = self;
        let deadline = Instant::now() + namespace.time_limit(*key);
        let told = loop {
            match namespace.load(*key)? {
                Some(told) => break told,
                None => namespace.turn(deadline).await?,
            }
        };
        told.await.unwrap_or_else(|_| {
            let message = "the load was given up with its supervisor";
            Err(LoadError::Failed(CallError::new(FailureKind::NotLoaded, message)))
        })
    }

    pub(crate) fn state(&self) -> FunctionState {
        self.namespace.state(self.key)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.namespace.forget(self.key);
    }
}
