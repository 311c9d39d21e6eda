//! The engine families that this build has workers of, one supervisor each.

use avocet_functions::model::{Engine, Runtime};
use avocet_workers::Supervisor;

/// Chooses the workers that run a function.
pub(crate) struct Families(Vec<(Engine, Supervisor)>);

impl Families {
    pub(crate) fn new(families: Vec<(Engine, Supervisor)>) -> Self {
        Self(families)
    }

    /// The workers for `runtime`, or why there are none.
    pub(crate) fn of(&self, runtime: Runtime) -> Result<&Supervisor, String> {
        let found = self.0.iter().find(|(engine, _)| *engine == runtime.engine());
        found.map(|(_, supervisor)| supervisor).ok_or_else(|| {
            let all = Runtime::ALL.iter().copied();
            let available: Vec<_> = all
                .filter(|other| self.0.iter().any(|(engine, _)| *engine == other.engine()))
                .map(Runtime::name)
                .collect();
            format!(
                "runtime `{runtime}` is not available in this build: it has no workers for {}; \
                 available: {}",
                runtime.engine(),
                available.join(", ")
            )
        })
    }

    /// The supervisor of each family.
    pub(crate) fn supervisors(&self) -> impl Iterator<Item = &Supervisor> {
        self.0.iter().map(|(_, supervisor)| supervisor)
    }
}
