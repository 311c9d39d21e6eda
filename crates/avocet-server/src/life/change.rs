//! Changes to one function: roll back, delete, sleep, wake.

use std::sync::Arc;

use avocet_backplane::{Activate, Change, Error, Expect, Key, Which};
use avocet_functions::model::ResolvedEnv;
use avocet_workers::{FunctionHandle, LoadError};

use super::Life;
use super::environment::Environment;
use super::reconcile::Loaded;
use super::stored::{Built, key};
use crate::api::RollbackReport;
use crate::routes::{Function, nearby};

/// Reason for which a change did not happen. Nothing of it did.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error(transparent)]
    Registry(#[from] Error),
    #[error("{0}")]
    NotFound(String),
    #[error("revision {revision} of {name} cannot run: {reason}")]
    Refused { name: String, revision: u64, reason: String },
    #[error("{0}")]
    Load(LoadError),
}

impl Life {
    /// The function, or an error that names what is there.
    pub(crate) fn existing(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Arc<Function>, ChangeError> {
        let missing = || nearby(&self.routes.load(), namespace, name);
        self.find(namespace, name).ok_or_else(|| ChangeError::NotFound(missing()))
    }

    /// Makes an earlier revision run again, after it was loaded once.
    pub(crate) async fn roll_back(
        self: &Arc<Self>,
        namespace: &str,
        name: &str,
        revision: Option<u64>,
    ) -> Result<RollbackReport, ChangeError> {
        let _changing = self.enter(&[namespace]).await;
        self.catch_up().await?;
        let running = self.existing(namespace, name)?;
        let key = key(&running.name);
        let revision = match revision {
            Some(revision) => revision,
            None => self.before(&key, running.revision).await?,
        };
        let previous = running.revision;
        if revision != previous {
            let handle = self.check_revision(&running, revision).await?;
            let activate = Change::Activate(Activate {
                key,
                revision: Some(revision),
                expect: Expect::Generation(previous),
                reason: Some(format!("rolled back from revision {previous}")),
            });
            let loaded = Loaded { name: running.name.clone(), revision, handle };
            self.commit(vec![activate], vec![loaded]).await?;
        }
        Ok(RollbackReport { namespace: namespace.into(), name: name.into(), revision, previous })
    }

    /// The revision that the active one replaced.
    async fn before(&self, key: &Key, active: u64) -> Result<u64, ChangeError> {
        let content = self.registry().revision(key.clone(), Which::Active).await?;
        let replaced = content.and_then(|content| content.revision.replaced);
        Ok(replaced.ok_or_else(|| Error::NothingBefore { key: key.clone(), active })?)
    }

    /// Loads a stored revision beside the running one.
    async fn check_revision(
        &self,
        running: &Function,
        revision: u64,
    ) -> Result<FunctionHandle, ChangeError> {
        let key = key(&running.name);
        let content = self.registry().revision(key.clone(), Which::Number(revision)).await?;
        let Some(content) = content else {
            let newest = self.registry().revisions(key.clone(), None, 1).await?;
            let last = newest.first().map_or(0, |revision| revision.number);
            return Err(Error::NoRevision { key, revision, last }.into());
        };
        let refused = |reason: String| ChangeError::Refused {
            name: running.name.to_string(),
            revision,
            reason,
        };
        let built = Built::read(&content)?;
        let env = Environment::load(self.registry(), &built.stored.references()).await?;
        let env = ResolvedEnv::resolve(&built.stored.function, &env).map_err(|errors| {
            refused(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })?;
        let registered = self.sources.families.register(&built, &env, revision).await;
        let handle = registered.map_err(|e| refused(e.to_string()))?.handle;
        handle.load().await.map_err(|e| refused(e.to_string()))?;
        Ok(handle)
    }

    /// Deletes a function with its revisions. Calls in flight are finished.
    pub(crate) async fn delete(
        self: &Arc<Self>,
        namespace: &str,
        name: &str,
    ) -> Result<(), ChangeError> {
        let _changing = self.enter(&[namespace]).await;
        self.catch_up().await?;
        let function = self.existing(namespace, name)?;
        self.delete_key(key(&function.name)).await
    }

    /// Deletes a config map, a secret, a subscription or an API rule. Functions that run keep the
    /// values that they were loaded with.
    pub(crate) async fn delete_object(self: &Arc<Self>, key: Key) -> Result<(), ChangeError> {
        let _changing = self.enter(&[&key.namespace]).await;
        self.delete_key(key).await
    }

    async fn delete_key(self: &Arc<Self>, key: Key) -> Result<(), ChangeError> {
        let delete = Change::Delete { key, expect: Expect::Any };
        self.commit(vec![delete], Vec::new()).await?;
        Ok(())
    }

    /// Unloads a function until its next call.
    pub(crate) fn put_to_sleep(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Arc<Function>, ChangeError> {
        let function = self.existing(namespace, name)?;
        if let Some(handle) = function.known_handle() {
            handle.sleep();
        }
        Ok(function)
    }

    /// Loads a function now.
    pub(crate) async fn wake(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Arc<Function>, ChangeError> {
        let function = self.existing(namespace, name)?;
        function.load().await.map_err(ChangeError::Load)?;
        Ok(function)
    }
}
