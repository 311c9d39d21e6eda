//! Functions whose sources are in Git repositories.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use avocet_functions::model::{
    Function, FunctionName, Git, GitAuth, GitAuthKind, References, Secret, Source,
};
use avocet_runtimes::{Credentials, Environment as Surroundings, FetchError, Repositories};
use avocet_workers::{Level, LogLine, LogSink};

use super::Life;
use super::environment::Environment;
use super::read::Document;
use crate::api::Diagnostic;

/// What a line of the log begins with that tells of a fetch; the function's name follows. The last
/// one of a fetch says `done in` or `failed after`.
const FETCHING: &str = "fetching for ";

/// Fetches what functions name, and tells the log.
pub(crate) struct Fetcher {
    repositories: Repositories,
    logs: Arc<dyn LogSink>,
}

impl Fetcher {
    /// With its folders in `data`.
    pub(crate) fn new(data: &Path, surroundings: &Surroundings, logs: Arc<dyn LogSink>) -> Self {
        let repositories = Repositories::new(data.join("repositories"), surroundings);
        let cleaned = repositories.clone();
        // What an earlier process left is in nobody's way.
        tokio::task::spawn_blocking(move || cleaned.clean());
        Self { repositories, logs }
    }

    /// The function with the files that its repository has now, and what to store as its source.
    async fn fetch(
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

impl Life {
    /// For a function in a repository, the same with its files, and what to store as its source.
    ///
    /// # Errors
    /// What to tell the person who deploys it.
    pub(super) async fn fetch(
        &self,
        document: &Document,
        function: &Function,
        env: &Environment,
    ) -> Result<Option<(Function, Git)>, Diagnostic> {
        let Source::Git(git) = &function.source else { return Ok(None) };
        let wrong = |message: String, field: &str| {
            let field = format!("spec.source.gitRepository{field}");
            document.origin.place(Diagnostic::error(message).at(&field))
        };
        let Some(fetcher) = self.sources.families.fetcher() else {
            return Err(wrong("repositories are not fetched here".to_owned(), ""));
        };
        let credentials = match &git.auth {
            None => None,
            Some(auth) => {
                let (namespace, name) = (function.name.namespace(), &auth.secret_name);
                let secret = env.secret(namespace, name);
                let missing = || format!("the Secret {namespace}/{name} does not exist");
                let given = secret.ok_or_else(missing).and_then(|secret| sign_in(auth, secret));
                Some(given.map_err(|message| wrong(message, ".auth"))?)
            }
        };
        let fetched = fetcher.fetch(function, git, credentials.as_ref()).await;
        fetched.map(Some).map_err(|error| {
            let field = error.field().map(|field| format!(".{field}")).unwrap_or_default();
            let diagnostic = wrong(error.to_string(), &field);
            Diagnostic { help: help(&error, git), ..diagnostic }
        })
    }
}

fn help(error: &FetchError, git: &Git) -> Option<String> {
    match error {
        FetchError::NoGit => Some("install git where the server runs".to_owned()),
        FetchError::Failed { .. } if git.auth.is_none() => Some(
            "a repository that asks for a name and password needs `auth` with a Secret".to_owned(),
        ),
        _ => None,
    }
}

/// Credentials by the keys that the Secret has for them.
fn sign_in(auth: &GitAuth, secret: &Secret) -> Result<Credentials, String> {
    let text = |key: &str| {
        let missing = || format!("the Secret {} has no `{key}`", auth.secret_name);
        let bytes = secret.bytes(key).ok_or_else(missing)?;
        let text = std::str::from_utf8(bytes)
            .map_err(|_| format!("`{key}` of the Secret {} is no text", auth.secret_name))?;
        Ok::<_, String>(text.to_owned())
    };
    let line = |key: &str| {
        let text = text(key)?;
        // Files that Secrets are made from end with one.
        let line = text.trim_end_matches(['\n', '\r']);
        match line.chars().any(char::is_control) {
            true => Err(format!("`{key}` of the Secret {} is not one line", auth.secret_name)),
            false => Ok(line.to_owned()),
        }
    };
    match auth.kind {
        GitAuthKind::Basic => {
            Ok(Credentials::Basic { username: line("username")?, password: line("password")? })
        }
        GitAuthKind::Key => Ok(Credentials::Key(text("key")?)),
    }
}
