//! Functions that are being deployed for the first time: calls of them wait, within bounds.

use std::sync::Arc;
use std::time::Duration;

use avocet_functions::model::{BodyLimit, Function as Definition, FunctionName, Limits};
use tokio::sync::Semaphore;

use super::function::body_limit;
use crate::metrics::FunctionMetrics;
use crate::options::ArrivalOptions;

/// A function that is being deployed for the first time.
pub(crate) struct Arriving {
    pub name: FunctionName,
    /// Answer to `OPTIONS`; as [`super::Function::cors`].
    pub cors: bool,
    /// As [`super::Function::body_limit`].
    pub body_limit: BodyLimit,
    pub metrics: Arc<FunctionMetrics>,
    /// No permits until the deploy ends. On success one passes from call to call, in the order in
    /// which they came; on refusal the semaphore closes.
    turn: Semaphore,
    /// Places for calls that wait for this function.
    places: Semaphore,
    all: Arc<Semaphore>,
    limit: Duration,
}

/// Reason for which a call waits no longer, though what it waits for is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WaitError {
    /// Too many calls wait already.
    #[error("too many calls wait for that already")]
    Full,
    /// The wait took longer than [`ArrivalOptions::wait`] or the function's time limit.
    #[error("it takes longer than calls wait")]
    TimedOut,
}

impl Arriving {
    /// `all` are the places for calls that wait, over all functions.
    pub(super) fn new(
        function: &Definition,
        limits: &Limits,
        options: &ArrivalOptions,
        all: &Arc<Semaphore>,
    ) -> Self {
        Self {
            name: function.name.clone(),
            cors: function.cors,
            body_limit: body_limit(function, limits),
            metrics: Arc::default(),
            turn: Semaphore::new(0),
            places: Semaphore::new(options.calls),
            all: all.clone(),
            limit: options.wait.min(Duration::from_millis(limits.timeout_ms)),
        }
    }

    /// Waits until the function is deployed or refused; the route table says which. The caller
    /// keeps its place until then, or until it goes away.
    pub(crate) async fn settled(&self) -> Result<(), WaitError> {
        let full = |_| WaitError::Full;
        let _place = self.places.try_acquire().map_err(full)?;
        let _of_all = self.all.try_acquire().map_err(full)?;
        match tokio::time::timeout(self.limit, self.turn.acquire()).await {
            // The permit goes to the next one who waits.
            Ok(_) => Ok(()),
            Err(_) => Err(WaitError::TimedOut),
        }
    }

    /// Lets the calls that wait go on, one after the other: the function is in the route table.
    pub(crate) fn deployed(&self) {
        self.turn.add_permits(1);
    }

    /// Ends the wait: the function is not in the route table and will not come.
    pub(super) fn refused(&self) {
        self.turn.close();
    }
}
