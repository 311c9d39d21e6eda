//! Machine: what it has for functions on Node.js and Python. Whoever deploys and whoever only wants
//! to know ask the same.

use std::path::Path;

use avocet_functions::model::{Engine, Runtime};
use avocet_workers::Launch;

use crate::{Chosen, Environment, Guests, GuestsError, Interpreters};

/// Interpreters and guests of this machine.
#[derive(Debug)]
pub struct Machine {
    interpreters: Interpreters,
    pub(crate) guests: Result<Guests, GuestsError>,
}

impl Machine {
    /// Looks for them as `environment` says, for the platform's own `program`.
    pub async fn find(environment: &Environment, program: &Path) -> Self {
        Self {
            interpreters: Interpreters::discover(environment).await,
            guests: Guests::find(environment, program),
        }
    }

    /// The interpreter for `runtime`.
    ///
    /// # Errors
    /// One line: nothing here runs it.
    pub fn choose(&self, runtime: Runtime) -> Result<Chosen, String> {
        self.interpreters.choose(runtime).map_err(|error| error.to_string())
    }

    /// Launch of the workers for `runtime`, with the interpreter that they run.
    ///
    /// # Errors
    /// One line: nothing here runs it, or its guest is missing.
    pub fn launch(&self, runtime: Runtime) -> Result<(Launch, Chosen), String> {
        let chosen = self.choose(runtime)?;
        let guests = self.guests.as_ref().map_err(ToString::to_string)?;
        let launch = guests.launch(&chosen.interpreter).map_err(|error| error.to_string())?;
        Ok((launch, chosen))
    }

    /// Whether functions of an engine can run.
    pub fn can_run(&self, engine: Engine) -> bool {
        self.guests.is_ok() && self.interpreters.all().iter().any(|found| found.engine == engine)
    }
}
