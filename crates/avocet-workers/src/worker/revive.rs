//! Functions that stay awake come back by themselves after their worker's death.

use std::sync::Arc;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Core, Worker};
use crate::{LoadError, Loaded, Phase};

type Told = oneshot::Receiver<Result<Loaded, LoadError>>;

/// Result of a look at the functions that are to come back.
enum Turn {
    /// All of them are there, or nobody wants them any more.
    Done,
    /// Functions that are being loaded.
    Loading(Vec<Told>),
    /// Something has to pass first.
    Pause(Duration),
}

impl Worker {
    /// Loads the functions that were awake and are to stay so; where nothing else does already.
    pub(super) fn revive(self: &Arc<Self>) {
        {
            let mut core = self.lock();
            if core.reviving || core.to_revive().is_empty() {
                return;
            }
            core.reviving = true;
        }
        let weak = Arc::downgrade(self);
        self.shared.runtime.spawn(revive(weak));
    }

    fn revive_turn(self: &Arc<Self>) -> Turn {
        let keys = {
            let mut core = self.lock();
            let keys = core.to_revive();
            if keys.is_empty() || self.shared.closing.load(Ordering::Acquire) {
                core.reviving = false;
                return Turn::Done;
            }
            keys
        };
        let mut loading = Vec::new();
        let mut pause = Duration::ZERO;
        for key in keys {
            match self.load(key) {
                Ok(Some(told)) => loading.push(told),
                Ok(None) => pause = pause.max(self.shared.options.restart.first),
                Err(error) => {
                    let first = self.shared.options.restart.first;
                    pause = pause.max(error.retry_after.unwrap_or(first));
                }
            }
        }
        if loading.is_empty() { Turn::Pause(pause) } else { Turn::Loading(loading) }
    }
}

async fn revive(weak: Weak<Worker>) {
    let mut failures = 0;
    loop {
        let Some(worker) = weak.upgrade() else { return };
        let turn = worker.revive_turn();
        let policy = worker.shared.options.restart;
        drop(worker);
        let pause = match turn {
            Turn::Done => return,
            Turn::Pause(pause) => pause,
            Turn::Loading(loads) => {
                let mut failed = false;
                for told in loads {
                    failed |= !matches!(told.await, Ok(Ok(_)));
                }
                if !failed {
                    continue;
                }
                failures += 1;
                policy.pause(failures)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

impl Core {
    /// Keys of the functions that are asleep and should not be.
    fn to_revive(&self) -> Vec<usize> {
        let missing = self
            .functions
            .iter()
            .filter(|(_, entry)| entry.wanted && !entry.removed && entry.phase() == Phase::Asleep);
        missing.map(|(key, _)| key).collect()
    }
}
