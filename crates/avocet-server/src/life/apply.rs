//! Deploys a set of documents, all or nothing unless that is not wanted.

use std::collections::BTreeSet;
use std::sync::Arc;

use avocet_backplane::{Change, Error, Key};
use avocet_functions::model::{
    Function as FunctionDefinition, FunctionName, Limits, ResolvedEnv, Resource,
};

use super::Life;
use super::check::Checked;
use super::environment::Environment;
use super::read::{Document as ReadDocument, Set};
use super::reconcile::{Committed, Loaded};
use crate::api::{ApplyOutcome, ApplyReport, ApplyRequest, Diagnostic};
use crate::routes::Announcement;

/// Attempts of a deploy, where others deploy the same functions meanwhile.
const ATTEMPTS: u32 = 3;

impl Life {
    /// Deploys everything in `request`, or nothing of it; of a partial one, what is right.
    ///
    /// # Errors
    /// Where the registry failed, or others kept changing the same resources; what is wrong with the
    /// documents is in the report.
    pub(super) async fn apply(
        self: &Arc<Self>,
        request: &ApplyRequest,
    ) -> Result<ApplyReport, Error> {
        let set = super::read::read(request);
        let namespaces: BTreeSet<&str> =
            set.documents.iter().map(|document| document.resource.name().0).collect();
        let _changing = self.enter(&namespaces.into_iter().collect::<Vec<_>>()).await;
        let mut env = self.environment(&set.documents).await?;
        // Before anything takes its time: calls wait for what is to come.
        let mut announcement = (!request.dry_run).then(|| self.announce(&set.documents, &env));
        let mut attempt = 1;
        loop {
            match self.attempt(request, &set, &env, announcement.as_mut()).await {
                Err(Error::Conflict { .. }) if attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
            env = self.environment(&set.documents).await?;
        }
    }

    /// Checks everything against the registry as it is now, and stores it.
    ///
    /// # Errors
    /// As [`Life::apply`]; [`Error::Conflict`] where the registry changed since it was checked.
    async fn attempt(
        self: &Arc<Self>,
        request: &ApplyRequest,
        set: &Set,
        env: &Environment,
        mut announcement: Option<&mut Announcement<'_>>,
    ) -> Result<ApplyReport, Error> {
        let diagnostics = set.diagnostics.clone();
        let mut report = ApplyReport { results: Vec::new(), diagnostics };
        let mut checked = Vec::with_capacity(set.documents.len());
        for document in &set.documents {
            let mut done = self.check(document, env).await?;
            report.diagnostics.append(&mut done.diagnostics);
            if let Some(announcement) = &mut announcement {
                match request.partial {
                    true if done.result.outcome == ApplyOutcome::Refused => {
                        announcement.withdraw(document.resource.name());
                    }
                    false if report.is_refused() => announcement.withdraw_all(),
                    _ => {}
                }
            }
            checked.push(done);
        }
        let refused = report.is_refused() && !request.partial;
        if !refused && !request.dry_run {
            self.store(&mut checked, &mut report).await?;
        }
        report.results = checked
            .into_iter()
            .map(|Checked { mut result, .. }| {
                if refused && result.outcome != ApplyOutcome::Refused {
                    result.outcome = ApplyOutcome::Skipped;
                    result.revision = None;
                    result.url = None;
                }
                result
            })
            .chain(set.ignored.iter().cloned())
            .collect();
        Ok(report)
    }

    /// Lets calls wait for the functions among `documents` that are not there yet.
    fn announce(&self, documents: &[ReadDocument], env: &Environment) -> Announcement<'_> {
        let functions = documents.iter().filter_map(|document| match &document.resource {
            Resource::Function(function) => Some(function),
            _ => None,
        });
        // Where its environment is not complete it is refused soon.
        let limits = |function: &FunctionDefinition| match ResolvedEnv::resolve(function, env) {
            Ok(env) => Limits::with_env(function, &env),
            Err(_) => Limits::of(function),
        };
        let rules = documents.iter().filter_map(|document| match &document.resource {
            Resource::ApiRule(rule) => Some(rule.clone()),
            _ => None,
        });
        self.arrivals.announce(functions.map(|function| (&**function, limits(function))), rules)
    }

    /// Stores everything in one transaction, which makes it the running state.
    async fn store(
        self: &Arc<Self>,
        checked: &mut [Checked],
        report: &mut ApplyReport,
    ) -> Result<(), Error> {
        let changes: Vec<Change> =
            checked.iter_mut().filter_map(|document| document.change.take()).collect();
        if changes.is_empty() {
            // What is the same already may be another process's.
            return self.catch_up().await;
        }
        let loaded: Vec<Loaded> =
            checked.iter_mut().filter_map(|document| document.loaded.take()).collect();
        let new: Vec<(FunctionName, u64)> =
            loaded.iter().map(|loaded| (loaded.name.clone(), loaded.revision)).collect();
        let Committed { applied, values } = self.commit(changes, loaded).await?;
        for Checked { result, .. } in checked.iter_mut().filter(|own| own.result.revision.is_some())
        {
            let key = Key::function(&*result.namespace, &*result.name);
            if let Some(stored) = applied.get(&key) {
                result.revision = Some(stored.generation);
            }
        }
        self.load_renumbered(&new, report).await;
        let new: BTreeSet<FunctionName> = new.into_iter().map(|(name, _)| name).collect();
        let failed = self.reload(&values, &new).await?;
        let warnings = failed.iter().map(|failed| Diagnostic::warning(failed.to_string()));
        report.diagnostics.extend(warnings);
        Ok(())
    }

    /// Loads functions whose revisions have other numbers than they were loaded as: somebody
    /// deployed a revision in between and went back.
    async fn load_renumbered(&self, new: &[(FunctionName, u64)], report: &mut ApplyReport) {
        for (name, revision) in new {
            let Some(function) = self.routes.function(name.as_str()) else { continue };
            if function.revision == *revision {
                continue;
            }
            if let Err(error) = function.load().await {
                report.diagnostics.push(Diagnostic::warning(format!("{name}: {error}")));
            }
        }
    }
}
