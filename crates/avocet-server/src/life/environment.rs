//! The config maps and secrets that functions refer to.

use std::collections::BTreeMap;

use avocet_backplane::{Key, Registry, ResourceKind};
use avocet_functions::model::{ConfigMap, References, Resource, Secret};

/// Config maps and secrets, by namespace and name.
#[derive(Default)]
pub(crate) struct Environment {
    config_maps: BTreeMap<(String, String), ConfigMap>,
    secrets: BTreeMap<(String, String), Secret>,
}

impl Environment {
    /// Objects of `keys` that the registry has.
    pub(crate) async fn load(
        registry: &dyn Registry,
        keys: &[Key],
    ) -> avocet_backplane::Result<Self> {
        let mut loaded = Self::default();
        for key in keys {
            let Some(found) = registry.get(key.clone()).await? else { continue };
            let name = (found.key.namespace, found.key.name);
            match found.key.kind {
                ResourceKind::ConfigMap => {
                    loaded.config_maps.insert(name, found.document.to()?);
                }
                ResourceKind::Secret => {
                    loaded.secrets.insert(name, found.document.to()?);
                }
                _ => {}
            }
        }
        Ok(loaded)
    }

    /// Lets a resource that is about to be stored count instead of the stored one.
    pub(crate) fn overlay(&mut self, resource: &Resource) {
        let (namespace, name) = resource.name();
        let name = (namespace.to_owned(), name.to_owned());
        match resource {
            Resource::ConfigMap(map) => {
                self.config_maps.insert(name, map.clone());
            }
            Resource::Secret(secret) => {
                self.secrets.insert(name, secret.clone());
            }
            _ => {}
        }
    }
}

impl References for Environment {
    fn config_map(&self, namespace: &str, name: &str) -> Option<&ConfigMap> {
        self.config_maps.get(&(namespace.to_owned(), name.to_owned()))
    }

    fn secret(&self, namespace: &str, name: &str) -> Option<&Secret> {
        self.secrets.get(&(namespace.to_owned(), name.to_owned()))
    }
}
