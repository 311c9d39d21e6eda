//! Checks one document of a deploy: what it would change, and whether a function's code loads.

use std::collections::BTreeSet;

use avocet_backplane::{Change, Deploy, Document, Error, Expect, Key, Put, RevisionContent, Which};
use avocet_functions::model::{
    Function as FunctionDefinition, Limits, ResolvedEnv, Resource, Source,
};
use avocet_workers::LoadError;

use super::environment::Environment;
use super::families::Registered;
use super::read::Document as ReadDocument;
use super::reconcile::Loaded;
use super::refusal::Refusal;
use super::stored::{Built, key, references};
use super::{Life, key_of};
use crate::api::{ApplyOutcome, ApplyResult, Diagnostic};

/// A document that was checked.
pub(super) struct Checked {
    pub result: ApplyResult,
    pub diagnostics: Vec<Diagnostic>,
    /// Change to store, where there is one.
    pub change: Option<Change>,
    /// The function's code, where it is new.
    pub loaded: Option<Loaded>,
}

impl Life {
    /// Config maps and secrets that the functions of the set refer to: the set's own, else the
    /// registry's.
    pub(super) async fn environment(
        &self,
        documents: &[ReadDocument],
    ) -> Result<Environment, Error> {
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

    pub(super) async fn check(
        &self,
        document: &ReadDocument,
        env: &Environment,
    ) -> Result<Checked, Error> {
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
        let expect = stored.map_or(Expect::Absent, |stored| Expect::Generation(stored.generation));
        let result = result(&key, outcome);
        let put = Change::Put(Put { expect, ..Put::new(key, document) });
        let change = (outcome != ApplyOutcome::Unchanged).then_some(put);
        Ok(Checked { result, diagnostics: Vec::new(), change, loaded: None })
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
            loaded: None,
        };
        let (built, env) = match self.build(document, function, env).await {
            Ok(built) => built,
            Err(diagnostics) => {
                checked.diagnostics = diagnostics;
                return Ok(checked);
            }
        };
        if !function.secret_mounts.is_empty() {
            for message in self.sources.families.mount_warnings(function).await {
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
        let (expect, revision) = self.next_revision(&key, active.as_ref()).await?;
        match self.try_load(&built, &env, revision).await {
            Ok(Registered { handle, warning }) => {
                let warning = warning.map(Diagnostic::warning);
                let warning = warning.map(|warning| document.origin.place_at_runtime(warning));
                checked.diagnostics.extend(warning);
                checked.result.outcome = match active {
                    None => ApplyOutcome::Created,
                    Some(_) => ApplyOutcome::Configured,
                };
                checked.result.revision = Some(revision);
                checked.change = Some(Change::Deploy(Deploy {
                    files: built.source_files(),
                    labels: built.stored.function.labels.clone(),
                    ..Deploy::new(key.namespace, key.name, built.document()?).expect(expect)
                }));
                let name = function.name.clone();
                checked.loaded = Some(Loaded { name, revision, handle });
            }
            Err(refusal) => {
                checked.result.url = None;
                checked.diagnostics.push(refusal.diagnostic(document, &built));
            }
        }
        Ok(checked)
    }

    /// State that a deploy expects of the registry, and the number that its revision gets then. The
    /// code is loaded under that number before it is stored.
    async fn next_revision(
        &self,
        key: &Key,
        active: Option<&RevisionContent>,
    ) -> Result<(Expect, u64), Error> {
        let Some(active) = active else { return Ok((Expect::Absent, 1)) };
        let newest = self.registry().revisions(key.clone(), None, 1).await?;
        let newest = newest.first().map_or(active.revision.number, |newest| newest.number);
        Ok((Expect::Generation(active.revision.number), newest + 1))
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
    pub(super) async fn try_load(
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
}

fn result(key: &Key, outcome: ApplyOutcome) -> ApplyResult {
    ApplyResult {
        kind: key.kind.to_string(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        outcome,
        reason: None,
        revision: None,
        url: None,
    }
}
