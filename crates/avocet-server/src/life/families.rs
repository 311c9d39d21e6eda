//! The engine families, where sources come from, and how a function comes to its workers.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use avocet_functions::model::{Engine, Function as ModelFunction, ResolvedEnv, Runtime};
use avocet_runtimes::{Fetcher, InstallError, PrepareError, Processes};
use avocet_workers::{Definition, FunctionHandle, Supervisor};

use super::load::load;
use super::stored::Built;

/// Variable by which workers on Node.js and Python learn where addresses of the cluster lead.
const CLUSTER_VARIABLE: &str = "AVOCET_CLUSTER";

/// Address at which a namespace's functions reach services of the cluster, if any.
pub(crate) type ClusterAddress = dyn Fn(&str) -> Option<SocketAddr> + Send + Sync;

/// The workers of every family.
pub(crate) struct Families {
    v8: Supervisor,
    processes: Option<Processes>,
    fetcher: Option<Fetcher>,
    cluster: Arc<ClusterAddress>,
}

/// A function that its workers know.
pub(crate) struct Registered {
    pub handle: FunctionHandle,
    /// Warning for the person who deploys it.
    pub warning: Option<String>,
}

/// Reason for which workers cannot have a function.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// There are none for its runtime.
    #[error("{0}")]
    Runtime(String),
    /// Packages that it depends on could not be installed.
    #[error("{0}")]
    Dependencies(#[from] InstallError),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<PrepareError> for Refused {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Runtime(text) => Self::Runtime(text),
            PrepareError::Dependencies(error) => Self::Dependencies(error),
            error => Self::Other(error.to_string()),
        }
    }
}

impl Families {
    pub(crate) fn new(
        v8: Supervisor,
        processes: Option<Processes>,
        fetcher: Option<Fetcher>,
        cluster: Arc<ClusterAddress>,
    ) -> Self {
        Self { v8, processes, fetcher, cluster }
    }

    /// Fetcher of sources out of repositories, where that is done.
    pub(crate) fn fetcher(&self) -> Option<&Fetcher> {
        self.fetcher.as_ref()
    }

    /// Makes a function known to the workers of its runtime; what it depends on is installed before.
    /// Nothing is loaded.
    pub(crate) async fn register(
        &self,
        built: &Built,
        env: &ResolvedEnv,
        revision: u64,
    ) -> Result<Registered, Refused> {
        let (runtime, min) = (built.stored.function.runtime, built.stored.limits.min_instances);
        let mut load = load(built, env, revision);
        if runtime.engine() == Engine::V8 {
            let files = built.files.iter().map(|(path, content)| (path, &content.0));
            let definition =
                Definition::new(load, files).map_err(|error| Refused::Other(error.to_string()))?;
            let handle = self.v8.register(Arc::new(definition.keep_awake(min)));
            return Ok(Registered { handle, warning: None });
        }
        let Some(processes) = &self.processes else {
            return Err(Refused::Runtime(format!(
                "runtime `{runtime}` is not available in this build: it has no workers for {}; \
                 available: v8",
                runtime.engine()
            )));
        };
        if let Some(address) = (self.cluster)(&load.namespace) {
            load.env.insert(CLUSTER_VARIABLE.to_owned(), address.to_string());
        }
        let prepared = processes.prepare(built.program(env), load, env.files.clone()).await?;
        let handle = prepared.supervisor.register(Arc::new(prepared.definition.keep_awake(min)));
        Ok(Registered { handle, warning: prepared.warning })
    }

    /// One sentence for each secret of `function` that will not be where the function looks for it.
    pub(crate) async fn mount_warnings(&self, function: &ModelFunction) -> Vec<String> {
        if function.runtime.engine() == Engine::V8 {
            let message = "a v8 function has no file system: mounted secrets cannot be read; take \
                           them from the environment (`valueFrom.secretKeyRef`)";
            return vec![message.to_owned()];
        }
        match &self.processes {
            Some(processes) => processes.mount_warnings(function).await,
            None => Vec::new(),
        }
    }

    /// Starts the pools of warm workers for these runtimes.
    pub(crate) async fn warm(&self, runtimes: impl IntoIterator<Item = Runtime>) {
        let Some(processes) = &self.processes else { return };
        for runtime in runtimes.into_iter().filter(|runtime| runtime.engine() != Engine::V8) {
            processes.warm(runtime).await;
        }
    }

    /// Every runtime that there are workers for.
    pub(crate) fn runtimes(&self) -> Vec<Runtime> {
        let there = |engine| match &self.processes {
            _ if engine == Engine::V8 => true,
            Some(processes) => processes.can_run(engine),
            None => false,
        };
        let (node, python) = (there(Engine::NodeJs), there(Engine::Python));
        let runs = |runtime: &Runtime| match runtime.engine() {
            Engine::V8 => true,
            Engine::NodeJs => node,
            Engine::Python => python,
        };
        Runtime::ALL.into_iter().filter(runs).collect()
    }

    /// The name of the installed packages that a function runs with; `None` where it has none.
    ///
    /// # Errors
    /// Where its interpreter or its list of dependencies cannot be read.
    pub(crate) async fn packages_of(
        &self,
        built: &Built,
        env: &ResolvedEnv,
    ) -> Result<Option<String>, Refused> {
        match &self.processes {
            Some(processes) if built.stored.function.runtime.engine() != Engine::V8 => {
                Ok(processes.packages_of(built.program(env)).await?)
            }
            _ => Ok(None),
        }
    }

    /// Removes packages that are not in `keep` and have not been used for long.
    pub(crate) async fn clean_packages(&self, keep: BTreeSet<String>) {
        if let Some(processes) = &self.processes {
            processes.clean_packages(keep).await;
        }
    }

    /// Removes what can be made again, after the workers have ended. Blocks.
    pub(crate) fn clean(&self) {
        if let Some(processes) = &self.processes {
            processes.remove_code();
        }
    }

    /// The supervisor of each family that has one already.
    pub(crate) fn supervisors(&self) -> Vec<Supervisor> {
        let processes = self.processes.as_ref().map_or_else(Vec::new, Processes::supervisors);
        std::iter::once(self.v8.clone()).chain(processes).collect()
    }
}
