//! Deploys a set of documents, all or nothing unless that is not wanted.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use avocet_backplane::{Applied, Change, Deploy, Document, Error, Key, Put, ResourceKind, Which};
use avocet_functions::model::{
    Function as FunctionDefinition, FunctionName, Limits, ResolvedEnv, Resource, Source,
};
use avocet_workers::{FunctionHandle, LoadError, Phase};

use super::arriving::Brought;
use super::environment::Environment;
use super::families::Registered;
use super::function::Times;
use super::read::Document as ReadDocument;
use super::refusal::Refusal;
use super::stored::{Built, Stored, key, references};
use super::{Life, all, key_of};
use crate::api::{ApplyOutcome, ApplyReport, ApplyRequest, ApplyResult, Diagnostic};

/// A document that was checked.
struct Checked {
    result: ApplyResult,
    diagnostics: Vec<Diagnostic>,
    /// What to store, where anything changes.
    change: Option<Change>,
    then: Then,
}

/// What follows once a document is stored.
enum Then {
    Nothing,
    /// A function runs anew.
    Run {
        built: Box<Built>,
        handle: FunctionHandle,
    },
    /// Routes change.
    Reroute(Box<avocet_functions::model::ApiRule>),
    /// Functions that refer to it are loaded anew.
    Reload(Key),
}

impl Life {
    /// Deploys everything in `request`, or nothing of it; of a partial one, what is right.
    ///
    /// # Errors
    /// Where the registry failed; what is wrong with the documents is in the report.
    pub(super) async fn apply(&self, request: &ApplyRequest) -> Result<ApplyReport, Error> {
        let set = super::read::read(request);
        let mut report = ApplyReport { results: Vec::new(), diagnostics: set.diagnostics };
        let namespaces: BTreeSet<&str> =
            set.documents.iter().map(|document| document.resource.name().0).collect();
        let _changing = self.enter(&namespaces.into_iter().collect::<Vec<_>>()).await;
        let env = self.environment(&set.documents).await?;
        // Before anything takes its time: calls wait for what is to come.
        let mut brought = (!request.dry_run).then(|| self.bring(&set.documents, &env));
        let mut checked = Vec::with_capacity(set.documents.len());
        for document in &set.documents {
            let mut done = self.check(document, &env).await?;
            report.diagnostics.append(&mut done.diagnostics);
            if let Some(brought) = &mut brought {
                match request.partial {
                    true if done.result.outcome == ApplyOutcome::Refused => {
                        brought.refused(document.resource.name());
                    }
                    false if report.is_refused() => brought.all_refused(),
                    _ => {}
                }
            }
            checked.push(done);
        }
        let refused = report.is_refused() && !request.partial;
        if let Some(brought) = brought.filter(|_| !refused) {
            self.commit(&mut checked, &mut report, brought).await?;
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
            .collect();
        Ok(report)
    }

    /// What the functions of the set can refer to: the registry's, and before them the set's own.
    async fn environment(&self, documents: &[ReadDocument]) -> Result<Environment, Error> {
        let functions = documents.iter().filter_map(|document| match &document.resource {
            Resource::Function(function) => Some(function),
            _ => None,
        });
        let keys: BTreeSet<Key> = functions.flat_map(|function| references(function)).collect();
        let keys: Vec<Key> = keys.into_iter().collect();
        let mut env = Environment::load(self.registry(), &keys).await?;
        for document in documents {
            env.overlay(&document.resource);
        }
        Ok(env)
    }

    async fn check(&self, document: &ReadDocument, env: &Environment) -> Result<Checked, Error> {
        match &document.resource {
            Resource::Function(_) => self.check_function(document, env).await,
            resource => self.check_object(resource).await,
        }
    }

    async fn check_object(&self, resource: &Resource) -> Result<Checked, Error> {
        let key = key_of(resource);
        let document = match resource {
            Resource::Subscription(own) => Document::of(own)?,
            Resource::ConfigMap(own) => Document::of(own)?,
            Resource::Secret(own) => Document::of(own)?,
            Resource::ApiRule(own) => Document::of(own)?,
            Resource::Function(own) => Document::of(own)?,
        };
        let stored = self.registry().get(key.clone()).await?;
        let outcome = match &stored {
            None => ApplyOutcome::Created,
            Some(stored) if stored.document == document => ApplyOutcome::Unchanged,
            Some(_) => ApplyOutcome::Configured,
        };
        let mut checked = Checked {
            result: result(&key, outcome),
            diagnostics: Vec::new(),
            change: None,
            then: Then::Nothing,
        };
        if outcome != ApplyOutcome::Unchanged {
            checked.then = match (resource, outcome) {
                (Resource::ApiRule(rule), _) => Then::Reroute(Box::new(rule.clone())),
                (Resource::ConfigMap(_) | Resource::Secret(_), ApplyOutcome::Configured) => {
                    Then::Reload(key.clone())
                }
                _ => Then::Nothing,
            };
            checked.change = Some(Change::Put(Put::new(key, document)));
        }
        Ok(checked)
    }

    async fn check_function(
        &self,
        document: &ReadDocument,
        env: &Environment,
    ) -> Result<Checked, Error> {
        let Resource::Function(function) = &document.resource else {
            return self.check_object(&document.resource).await;
        };
        let key = key(&function.name);
        let mut checked = Checked {
            result: result(&key, ApplyOutcome::Refused),
            diagnostics: Vec::new(),
            change: None,
            then: Then::Nothing,
        };
        let (built, env) = match self.build(document, function, env).await {
            Ok(built) => built,
            Err(diagnostics) => {
                checked.diagnostics = diagnostics;
                return Ok(checked);
            }
        };
        if !function.secret_mounts.is_empty() {
            for message in avocet_runtimes::mount_warnings(function).await {
                let warning = Diagnostic::warning(message).at("spec.secretMounts");
                checked.diagnostics.push(document.origin.place(warning));
            }
        }
        let active = self.registry().revision(key.clone(), Which::Active).await?;
        checked.result.url = Some(self.url(&function.name));
        if let Some(active) = active.as_ref().filter(|active| built.is(active)) {
            checked.result.outcome = ApplyOutcome::Unchanged;
            checked.result.revision = Some(active.revision.number);
            return Ok(checked);
        }
        let newest = match active {
            Some(_) => self.registry().revisions(key.clone(), None, 1).await?,
            None => Vec::new(),
        };
        let revision = newest.first().map_or(1, |newest| newest.number + 1);
        match self.try_load(&built, &env, revision).await {
            Ok(Registered { handle, warning }) => {
                let warning = warning.map(Diagnostic::warning);
                let warning = warning.map(|warning| document.origin.place_at_runtime(warning));
                checked.diagnostics.extend(warning);
                checked.result.outcome = match newest.is_empty() {
                    true => ApplyOutcome::Created,
                    false => ApplyOutcome::Configured,
                };
                checked.result.revision = Some(revision);
                checked.change = Some(Change::Deploy(Deploy {
                    files: built.source_files(),
                    labels: built.stored.function.labels.clone(),
                    ..Deploy::new(key.namespace, key.name, built.document()?)
                }));
                checked.then = Then::Run { built: Box::new(built), handle };
            }
            Err(refusal) => {
                checked.result.url = None;
                checked.diagnostics.push(refusal.diagnostic(document, &built));
            }
        }
        Ok(checked)
    }

    /// The function's code and environment, or everything that is wrong with them.
    async fn build(
        &self,
        document: &ReadDocument,
        function: &FunctionDefinition,
        env: &Environment,
    ) -> Result<(Built, ResolvedEnv), Vec<Diagnostic>> {
        let place = |diagnostic| document.origin.place(diagnostic);
        let resolved = ResolvedEnv::resolve(function, env).map_err(|errors| {
            let of = |e: &_| place(Diagnostic::error(format!("{e}")).at("spec.env"));
            errors.iter().map(of).collect::<Vec<_>>()
        })?;
        let fetched = self.fetch(document, function, env).await.map_err(|wrong| vec![wrong])?;
        let (mut function, git) = match fetched {
            Some((function, git)) => (function, Some(git)),
            None => (function.clone(), None),
        };
        let package = function
            .package()
            .map_err(|error| vec![place(Diagnostic::error(error.to_string()).at("spec.source"))])?;
        if let Some(git) = git {
            function.source = Source::Git(git);
        }
        let limits = Limits::with_env(&function, &resolved);
        Ok((Built::new(function, package.files, package.entry, limits), resolved))
    }

    /// Loads the function beside the one that runs.
    async fn try_load(
        &self,
        built: &Built,
        env: &ResolvedEnv,
        revision: u64,
    ) -> Result<Registered, Refusal> {
        let registered = self.sources.families.register(built, env, revision).await?;
        match registered.handle.load().await {
            Ok(_) => Ok(registered),
            Err(LoadError::Source(error)) => Err(Refusal::Source(error)),
            Err(LoadError::Failed(error)) => Err(Refusal::Other(error.message)),
        }
    }

    /// Stores everything in one transaction, then makes it the running state.
    async fn commit(
        &self,
        checked: &mut [Checked],
        report: &mut ApplyReport,
        brought: Brought<'_>,
    ) -> Result<(), Error> {
        let changes: Vec<Change> =
            checked.iter_mut().filter_map(|document| document.change.take()).collect();
        if changes.is_empty() {
            return Ok(());
        }
        let applied = self.registry().apply(changes).await?;
        let applied: HashMap<&Key, &Applied> = applied.iter().map(|a| (&a.key, a)).collect();
        let mut functions = Vec::new();
        let mut rules = Vec::new();
        let mut reloads = Vec::new();
        for document in checked {
            match std::mem::replace(&mut document.then, Then::Nothing) {
                Then::Nothing => {}
                Then::Reroute(rule) => rules.push(*rule),
                Then::Reload(key) => reloads.push(key),
                Then::Run { built, handle } => {
                    let name = built.stored.name();
                    let stored = applied.get(&key(name));
                    let revision = stored.map(|stored| stored.generation);
                    document.result.revision = revision;
                    let updated_ms = stored.map_or(0, |stored| stored.created_ms);
                    let running = self.find(name.namespace(), name.name());
                    let created_ms = running.map_or(updated_ms, |function| function.created_ms);
                    let times = Times { created_ms, updated_ms };
                    let function = self.function(&built, revision.unwrap_or(1), times);
                    functions.push(Arc::new(function.with_handle(handle)));
                }
            }
        }
        self.reroute(|routes| {
            for function in &functions {
                routes.insert(function.clone());
            }
            for rule in &rules {
                routes.set_rule(rule.clone());
            }
        });
        brought.arrived();
        let new: Vec<FunctionName> = functions.iter().map(|f| f.name.clone()).collect();
        self.reload(&reloads, &new, report).await
    }

    /// Loads the functions anew that refer to a config map or secret that changed, but not those
    /// that are new with it.
    async fn reload(
        &self,
        changed: &[Key],
        new: &[FunctionName],
        report: &mut ApplyReport,
    ) -> Result<(), Error> {
        let namespaces: BTreeSet<&str> = changed.iter().map(|key| &*key.namespace).collect();
        for namespace in namespaces {
            for resource in all(self.registry(), ResourceKind::Function, Some(namespace)).await? {
                let stored: Stored = resource.document.to()?;
                let references = stored.references();
                if new.contains(stored.name()) || !references.iter().any(|r| changed.contains(r)) {
                    continue;
                }
                if let Err(reason) = self.load_again(&resource.key).await? {
                    report.diagnostics.push(Diagnostic::warning(format!(
                        "{} goes on with the values that it was loaded with: {reason}",
                        stored.name()
                    )));
                }
            }
        }
        Ok(())
    }

    async fn load_again(&self, key: &Key) -> Result<Result<(), String>, Error> {
        let content = self.registry().revision(key.clone(), Which::Active).await?;
        let running = self.find(&key.namespace, &key.name);
        let (Some(content), Some(running)) = (content, running) else { return Ok(Ok(())) };
        let Some(handle) = running.known_handle() else {
            // Its first call reads the new values.
            return Ok(Ok(()));
        };
        let built = Built::read(&content)?;
        let env = Environment::load(self.registry(), &built.stored.references()).await?;
        let env = match ResolvedEnv::resolve(&built.stored.function, &env) {
            Ok(env) => env,
            Err(errors) => return Ok(Err(join(&errors))),
        };
        let revision = content.revision.number;
        let times = Times { created_ms: running.created_ms, updated_ms: running.updated_ms };
        let function = self.function(&built, revision, times);
        if handle.state().phase == Phase::Asleep {
            self.put_function(function);
            return Ok(Ok(()));
        }
        Ok(match self.try_load(&built, &env, revision).await {
            Ok(registered) => {
                self.put_function(function.with_handle(registered.handle));
                Ok(())
            }
            Err(refusal) => Err(refusal.text()),
        })
    }
}

fn join(errors: &[avocet_functions::model::EnvError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn result(key: &Key, outcome: ApplyOutcome) -> ApplyResult {
    ApplyResult {
        kind: key.kind.to_string(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        outcome,
        revision: None,
        url: None,
    }
}
