//! One deployed revision of a function, as callers find it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use avocet_functions::model::settings::BODY;
use avocet_functions::model::{
    BodyLimit, Engine, Function as Definition, FunctionName, Limits, Runtime,
};
use avocet_workers::{CallError, FailureKind, FunctionHandle, LoadError};
use tokio::sync::OnceCell;

use super::messages::MessageTriggers;
use crate::metrics::FunctionMetrics;

/// A revision that is deployed. When the last one who holds it drops it, its worker unloads it: so
/// the calls that are in flight when another revision takes its place are finished.
pub(crate) struct Function {
    pub name: FunctionName,
    pub revision: u64,
    /// Number of the registry's change that made it the active revision.
    pub sequence: u64,
    pub runtime: Runtime,
    /// Whether the platform answers `OPTIONS` and lets pages of other sites read the answers.
    pub cors: bool,
    /// Largest request body, or that the function reads it while it arrives.
    pub body_limit: BodyLimit,
    /// Loaded without a call (`spec.scaleConfig.minReplicas`).
    pub kept_awake: bool,
    /// Time at which the function came into the registry, milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// Time of its last change, milliseconds since the Unix epoch.
    pub updated_ms: u64,
    /// Subjects whose messages call it.
    pub messages: Option<Arc<MessageTriggers>>,
    /// Counters, which go on over revisions.
    pub metrics: Arc<FunctionMetrics>,
    registration: Registration,
}

/// Facts that the registry adds to a definition; see the fields of [`Function`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Version {
    pub revision: u64,
    pub sequence: u64,
    pub created_ms: u64,
    pub updated_ms: u64,
}

/// Whether the workers of a function know it.
pub(crate) enum Registration {
    Done(FunctionHandle),
    /// By the first call, so that a deployed function takes little memory before it.
    AtFirstCall {
        by: Arc<dyn Register>,
        handle: OnceCell<FunctionHandle>,
    },
}

/// Makes functions known to the workers of their runtime.
pub(crate) trait Register: Send + Sync {
    /// Reads one revision and registers it.
    ///
    /// # Errors
    /// Why it cannot run, as a sentence.
    fn register<'a>(
        &'a self,
        name: &'a FunctionName,
        revision: u64,
    ) -> Pin<Box<dyn Future<Output = Result<FunctionHandle, String>> + Send + 'a>>;
}

impl Registration {
    pub(crate) fn at_first_call(by: Arc<dyn Register>) -> Self {
        Self::AtFirstCall { by, handle: OnceCell::new() }
    }
}

impl Function {
    pub(crate) fn new(
        definition: &Definition,
        limits: &Limits,
        version: Version,
        metrics: Arc<FunctionMetrics>,
        registration: Registration,
    ) -> Self {
        Self {
            name: definition.name.clone(),
            revision: version.revision,
            sequence: version.sequence,
            runtime: definition.runtime,
            cors: definition.cors,
            body_limit: body_limit(definition, limits),
            kept_awake: limits.min_instances > 0,
            created_ms: version.created_ms,
            updated_ms: version.updated_ms,
            messages: MessageTriggers::of(definition),
            metrics,
            registration,
        }
    }

    /// The same revision in other hands: with other values of its environment.
    pub(crate) fn registered_as(&self, registration: Registration) -> Self {
        let (name, metrics) = (self.name.clone(), self.metrics.clone());
        Self { name, metrics, messages: self.messages.clone(), registration, ..*self }
    }

    /// The handle, where the workers know the function already.
    pub(crate) fn known_handle(&self) -> Option<&FunctionHandle> {
        match &self.registration {
            Registration::Done(handle) => Some(handle),
            Registration::AtFirstCall { handle, .. } => handle.get(),
        }
    }

    /// The handle; registers the function where that has not been done.
    ///
    /// # Errors
    /// [`FailureKind::NotLoaded`] where its files or its environment cannot be read.
    pub(crate) async fn handle(&self) -> Result<&FunctionHandle, CallError> {
        match &self.registration {
            Registration::Done(handle) => Ok(handle),
            Registration::AtFirstCall { by, handle } => match handle.get() {
                Some(handle) => Ok(handle),
                None => {
                    let register = || by.register(&self.name, self.revision);
                    handle.get_or_try_init(register).await.map_err(|why| self.not_loaded(&why))
                }
            },
        }
    }

    fn not_loaded(&self, why: &str) -> CallError {
        CallError {
            kind: FailureKind::NotLoaded,
            message: format!("the function {} could not be loaded: {why}", self.name),
            retry_after: Some(Duration::from_secs(1)),
            source_error: None,
        }
    }

    /// Loads it now.
    pub(crate) async fn load(&self) -> Result<(), LoadError> {
        self.handle().await?.load().await.map(drop)
    }
}

/// Body limit in force. A variable out of a ConfigMap may ask an isolate for what it cannot do: then
/// the default counts.
pub(super) fn body_limit(definition: &Definition, limits: &Limits) -> BodyLimit {
    match limits.body_bytes {
        BodyLimit::Stream if definition.runtime.engine() == Engine::V8 => {
            BodyLimit::Bytes(BODY.default)
        }
        limit => limit,
    }
}
