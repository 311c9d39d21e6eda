//! Removal of installed packages that no function needs.

use std::collections::BTreeSet;
use std::sync::Weak;
use std::time::Duration;

use avocet_backplane::Which;
use avocet_functions::model::{Engine, ResolvedEnv};

use super::environment::Environment;
use super::stored::{Built, key};
use super::{Life, Refused};

/// Time between two removals.
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// Removes them at once and then daily, as long as the platform lives.
pub(crate) async fn upkeep(life: Weak<Life>) {
    loop {
        let Some(strong) = life.upgrade() else { return };
        // Where that is not known, everything stays.
        if let Ok(needed) = strong.needed_packages().await {
            strong.sources.families.clean_packages(needed).await;
        }
        drop(strong);
        tokio::time::sleep(EVERY).await;
    }
}

/// Reason for which it is not known which packages are needed.
#[derive(Debug, thiserror::Error)]
enum Unknown {
    #[error(transparent)]
    Registry(#[from] avocet_backplane::Error),
    #[error(transparent)]
    Function(#[from] Refused),
}

impl Life {
    /// The installed packages of every revision that is deployed.
    async fn needed_packages(&self) -> Result<BTreeSet<String>, Unknown> {
        let routes = self.routes.load_full();
        let mut needed = BTreeSet::new();
        let own = routes.functions().filter(|function| function.runtime.engine() != Engine::V8);
        for function in own {
            let content = self.registry().revision(key(&function.name), Which::Active).await?;
            let Some(content) = content else { continue };
            let built = Built::read(&content)?;
            let env = Environment::load(self.registry(), &built.stored.references()).await?;
            // What else it refers to is no matter of its packages.
            let env = ResolvedEnv::resolve(&built.stored.function, &env).unwrap_or_default();
            needed.extend(self.sources.families.packages_of(&built, &env).await?);
        }
        Ok(needed)
    }
}
