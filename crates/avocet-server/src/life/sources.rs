//! Registry and workers, where a function comes from and goes to.

use std::pin::Pin;
use std::sync::Arc;

use avocet_backplane::{Registry, Which};
use avocet_functions::model::{FunctionName, ResolvedEnv};
use avocet_workers::FunctionHandle;

use super::environment::Environment;
use super::families::Families;
use super::stored::{Built, key};
use crate::routes::Register;

/// Registry that holds the revisions, and workers that run them.
pub(crate) struct Sources {
    pub registry: Arc<dyn Registry>,
    pub families: Families,
}

impl Register for Sources {
    fn register<'a>(
        &'a self,
        name: &'a FunctionName,
        revision: u64,
    ) -> Pin<Box<dyn Future<Output = Result<FunctionHandle, String>> + Send + 'a>> {
        Box::pin(async move {
            let content = self.registry.revision(key(name), Which::Number(revision)).await;
            let content = content.map_err(|e| e.to_string())?;
            let content = content.ok_or_else(|| "it was deleted".to_owned())?;
            let built = Built::read(&content).map_err(|e| e.to_string())?;
            let env = Environment::load(&*self.registry, &built.stored.references()).await;
            let env = env.map_err(|e| e.to_string())?;
            let env = ResolvedEnv::resolve(&built.stored.function, &env)
                .map_err(|errors| errors.first().map(ToString::to_string).unwrap_or_default())?;
            let registered = self.families.register(&built, &env, revision).await;
            registered.map(|registered| registered.handle).map_err(|e| e.to_string())
        })
    }
}
