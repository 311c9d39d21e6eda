//! Fetches of functions' repositories, with lines in the log.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use avocet_functions::model::{Function, FunctionName, Git, Source};
use avocet_workers::{Level, LogLine, LogSink};

use super::{Credentials, FetchError, Repositories};
use crate::Environment;

/// Start of each log line about a fetch; the function's name follows. The last one of a fetch
/// says `done in` or `failed after`.
const FETCHING: &str = "fetching for ";

/// Repositories of functions, fetched with lines in the log.
pub struct Fetcher {
    repositories: Repositories,
    logs: Arc<dyn LogSink>,
}

impl Fetcher {
    /// With folders in `data`. What an earlier process left there is removed in the background; must
    /// run inside a tokio runtime.
    pub fn new(data: &Path, environment: &Environment, logs: Arc<dyn LogSink>) -> Self {
        let repositories = Repositories::new(data.join("repositories"), environment);
        let cleaned = repositories.clone();
        tokio::task::spawn_blocking(move || cleaned.clean());
        Self { repositories, logs }
    }

    /// The function with the files that its repository has now, and the source to store, which names
    /// the commit.
    ///
    /// # Errors
    /// Where the repository does not give them.
    pub async fn fetch(
        &self,
        function: &Function,
        git: &Git,
        credentials: Option<&Credentials>,
    ) -> Result<(Function, Git), FetchError> {
        let name = &function.name;
        self.say(name, Level::Debug, &format!("git fetch {} {}", git.shown_url(), git.reference));
        let begun = Instant::now();
        let fetched = self.repositories.fetch(git, credentials).await;
        let took = begun.elapsed().as_secs_f64();
        match &fetched {
            Ok(fetched) => {
                let end = format!("done in {took:.1} s, commit {}", fetched.commit);
                self.say(name, Level::Info, &end);
            }
            Err(_) => self.say(name, Level::Warn, &format!("failed after {took:.1} s")),
        }
        let fetched = fetched?;
        let mut function = function.clone();
        function.source = Source::Files(fetched.files);
        Ok((function, Git { commit: Some(fetched.commit), ..git.clone() }))
    }

    fn say(&self, name: &FunctionName, level: Level, what: &str) {
        let text = format!("{FETCHING}{}: {what}", name.name());
        let namespace = Some(name.namespace().into());
        self.logs.log(LogLine { namespace, ..LogLine::platform(level, text) });
    }
}
