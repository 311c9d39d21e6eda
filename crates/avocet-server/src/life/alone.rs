//! A function that no registry knows: the one of a process that serves nothing else.

use std::sync::Arc;

use avocet_backplane::{LogStore, Registry};
use avocet_functions::model::{Limits, ResolvedEnv};
use avocet_workers::{FunctionHandle, Supervisor};

use super::function::{Times, load};
use super::{Built, Families, Function, Life};
use crate::options::ArrivalOptions;

impl Life {
    /// A life around one function's workers, with an empty registry.
    pub(crate) async fn alone(
        registry: Arc<dyn Registry>,
        logs: Arc<dyn LogStore>,
        workers: Supervisor,
    ) -> avocet_backplane::Result<Self> {
        // Nothing is ever deployed here: the families are asked for no other workers.
        let (families, bounds) = (Families::new(workers, None, None), ArrivalOptions::default());
        Self::open(registry, logs, families, String::new(), bounds).await
    }

    /// The function, already registered with its workers.
    pub(crate) fn function_alone(&self, built: &Built, handle: FunctionHandle) -> Arc<Function> {
        let times = Times { created_ms: 0, updated_ms: 0 };
        Arc::new(self.function(built, 1, times).with_handle(handle))
    }
}

/// What a worker is told of a function with this environment, its files aside.
pub(crate) fn load_alone(built: &mut Built, env: &ResolvedEnv) -> avocet_frames::head::Load {
    built.stored.limits = Limits::with_env(&built.stored.function, env);
    load(built, env, 1)
}
