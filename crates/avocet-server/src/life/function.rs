//! One deployed revision of a function, as the gateway calls it.

use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::{Registry, Which};
use avocet_functions::model::{FunctionName, Limits, ResolvedEnv, Runtime, context};
use avocet_workers::{CallError, FailureKind, FunctionHandle, LoadError};
use tokio::sync::OnceCell;

use super::arriving::Arrival;
use super::environment::Environment;
use super::families::Families;
use super::stored::{Built, Stored, key};
use crate::metrics::FunctionMetrics;

/// A revision that is deployed. It takes little memory until its first call, which reads its files
/// from the registry. When the last one who holds it drops it, its worker unloads it: so the calls
/// that are in flight when another revision takes its place are finished.
pub(crate) struct Function {
    pub name: FunctionName,
    pub revision: u64,
    pub runtime: Runtime,
    /// Whether the platform answers `OPTIONS` and lets pages of other sites read the answers.
    pub cors: bool,
    /// Largest request body.
    pub body_bytes: usize,
    /// It does not wait for its first call (`spec.scaleConfig.minReplicas`).
    pub kept_awake: bool,
    pub created_ms: u64,
    pub updated_ms: u64,
    pub metrics: Arc<FunctionMetrics>,
    /// It is being deployed for the first time: nothing can be called before it is over.
    pub arrival: Option<Arrival>,
    from: Arc<Sources>,
    handle: OnceCell<FunctionHandle>,
}

/// Where the parts of a function come from.
pub(crate) struct Sources {
    pub registry: Arc<dyn Registry>,
    pub families: Families,
}

/// When a function came and changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub created_ms: u64,
    pub updated_ms: u64,
}

impl Function {
    pub(crate) fn new(
        stored: &Stored,
        revision: u64,
        times: Times,
        metrics: Arc<FunctionMetrics>,
        from: Arc<Sources>,
    ) -> Self {
        Self {
            name: stored.function.name.clone(),
            revision,
            runtime: stored.function.runtime,
            cors: stored.function.cors,
            body_bytes: usize::try_from(stored.limits.body_bytes).unwrap_or(usize::MAX),
            kept_awake: stored.limits.min_instances > 0,
            created_ms: times.created_ms,
            updated_ms: times.updated_ms,
            metrics,
            arrival: None,
            from,
            handle: OnceCell::new(),
        }
    }

    /// The same, already registered with its workers.
    pub(crate) fn with_handle(self, handle: FunctionHandle) -> Self {
        Self { handle: OnceCell::new_with(Some(handle)), ..self }
    }

    /// The same, not there yet.
    pub(super) fn arriving(self, arrival: Arrival) -> Self {
        Self { arrival: Some(arrival), ..self }
    }

    /// Its handle, where something has asked for it before.
    pub(crate) fn known_handle(&self) -> Option<&FunctionHandle> {
        self.handle.get()
    }

    /// Its handle.
    ///
    /// # Errors
    /// [`FailureKind::NotLoaded`] where its files or its environment cannot be read.
    pub(crate) async fn handle(&self) -> Result<&FunctionHandle, CallError> {
        match self.handle.get() {
            Some(handle) => Ok(handle),
            None => self.handle.get_or_try_init(|| self.register()).await,
        }
    }

    async fn register(&self) -> Result<FunctionHandle, CallError> {
        let broken = |why: String| CallError {
            kind: FailureKind::NotLoaded,
            message: format!("the function {} could not be loaded: {why}", self.name),
            retry_after: Some(Duration::from_secs(1)),
            source_error: None,
        };
        let which = Which::Number(self.revision);
        let content = self.from.registry.revision(key(&self.name), which).await;
        let content = content.map_err(|e| broken(e.to_string()))?;
        let content = content.ok_or_else(|| broken("it was deleted".into()))?;
        let built = Built::read(&content).map_err(|e| broken(e.to_string()))?;
        let env = Environment::load(&*self.from.registry, &built.stored.references()).await;
        let env = env.map_err(|e| broken(e.to_string()))?;
        let env = ResolvedEnv::resolve(&built.stored.function, &env).map_err(|errors| {
            broken(errors.first().map(ToString::to_string).unwrap_or_default())
        })?;
        let registered = self.from.families.register(&built, &env, self.revision).await;
        registered.map(|registered| registered.handle).map_err(|e| broken(e.to_string()))
    }

    /// Loads it now.
    pub(crate) async fn load(&self) -> Result<(), LoadError> {
        self.handle().await?.load().await.map(drop)
    }
}

/// What a worker is told of `built`, without its files.
pub(super) fn load(built: &Built, env: &ResolvedEnv, revision: u64) -> avocet_frames::head::Load {
    let function = &built.stored.function;
    let limits = Limits::with_env(function, env);
    avocet_frames::head::Load {
        name: function.name.name().to_owned(),
        namespace: function.name.namespace().to_owned(),
        revision,
        runtime: function.runtime.name().to_owned(),
        entry: built.stored.entry.clone(),
        dir: None,
        export: function.handler.export.clone(),
        files: Vec::new(),
        env: variables(built, env, &limits),
        context: context(function, &limits),
        limits: limits.into(),
        cors: function.cors,
    }
}

/// The function's own variables, over those that every function finds.
fn variables(
    built: &Built,
    env: &ResolvedEnv,
    limits: &Limits,
) -> std::collections::BTreeMap<String, String> {
    let function = &built.stored.function;
    let mut variables: std::collections::BTreeMap<_, _> = [
        ("FUNC_NAME", function.name.name().to_owned()),
        ("FUNC_RUNTIME", function.runtime.name().to_owned()),
        ("FUNC_HANDLER", function.handler.export.clone()),
        ("FUNC_TIMEOUT", limits.timeout_ms.div_ceil(1000).to_string()),
        ("FUNC_MEMORY_LIMIT", limits.memory.to_string()),
        ("SERVICE_NAMESPACE", function.name.namespace().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    variables.extend(env.vars.iter().map(|(name, value)| (name.clone(), value.clone())));
    variables
}
