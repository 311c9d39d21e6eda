//! Functions whose sources are in Git repositories.

use avocet_functions::model::{Function, Git, References, Source};
use avocet_runtimes::{Credentials, FetchError};

use super::Life;
use super::environment::Environment;
use super::read::Document;
use crate::api::Diagnostic;

impl Life {
    /// For a function in a repository, the same with its files, and what to store as its source.
    ///
    /// # Errors
    /// Diagnostic for the person who deploys it.
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
                let given = secret.ok_or_else(missing).and_then(|secret| {
                    Credentials::of(auth, secret).map_err(|error| error.to_string())
                });
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
