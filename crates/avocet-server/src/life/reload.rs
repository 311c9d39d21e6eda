//! Functions that are loaded anew because values of their environment changed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use avocet_backplane::{Error, Key, LogLine, ResourceKind, Which};
use avocet_functions::model::{FunctionName, ResolvedEnv};
use avocet_workers::Phase;

use super::environment::Environment;
use super::stored::{Built, Stored};
use super::{Life, all};
use crate::log_lines::platform_error;
use crate::routes::{Function, Registration};

/// Config maps and secrets that others changed; the functions that refer to them are loaded anew,
/// one namespace after the other.
#[derive(Default)]
pub(super) struct Stale(Mutex<Keys>);

#[derive(Default)]
struct Keys {
    keys: BTreeSet<Key>,
    /// A task works on them.
    reloading: bool,
}

/// A function that goes on with the values that it was loaded with.
pub(super) struct NotReloaded {
    pub name: FunctionName,
    pub reason: String,
}

impl std::fmt::Display for NotReloaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, reason } = self;
        write!(f, "{name} goes on with the values that it was loaded with: {reason}")
    }
}

impl Stale {
    /// Adds keys; whether someone has to begin to work on them.
    fn add(&self, keys: Vec<Key>) -> bool {
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        own.keys.extend(keys);
        !own.keys.is_empty() && !std::mem::replace(&mut own.reloading, true)
    }

    /// Takes all keys of one namespace; `None` ends the work.
    fn take(&self) -> Option<Vec<Key>> {
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = own.keys.first().cloned() else {
            own.reloading = false;
            return None;
        };
        let (taken, left): (BTreeSet<Key>, _) = std::mem::take(&mut own.keys)
            .into_iter()
            .partition(|key| key.namespace == first.namespace);
        own.keys = left;
        Some(taken.into_iter().collect())
    }
}

impl Life {
    /// Begins to load the functions anew that refer to these config maps and secrets. A failure goes
    /// to the function's log.
    pub(super) fn reload_soon(self: &Arc<Self>, changed: Vec<Key>) {
        if changed.is_empty() || !self.stale.add(changed) {
            return;
        }
        let life = self.clone();
        tokio::spawn(async move {
            while let Some(keys) = life.stale.take() {
                let Some(namespace) = keys.first().map(|key| key.namespace.clone()) else { return };
                let _changing = life.enter(&[&namespace]).await;
                match life.reload(&keys, &BTreeSet::new()).await {
                    Ok(failed) => failed.iter().for_each(|failed| life.log(failed)),
                    Err(error) => {
                        let text = format!("functions of {namespace} keep old values: {error}");
                        life.logs.append(vec![platform_error(text)]);
                    }
                }
            }
        });
    }

    fn log(&self, failed: &NotReloaded) {
        self.logs.append(vec![LogLine {
            namespace: failed.name.namespace().into(),
            function: failed.name.name().into(),
            ..platform_error(failed.to_string())
        }]);
    }

    /// Loads the functions anew that refer to a config map or secret that changed, but not those
    /// that are new with it. The namespaces have been entered.
    pub(super) async fn reload(
        &self,
        changed: &[Key],
        new: &BTreeSet<FunctionName>,
    ) -> Result<Vec<NotReloaded>, Error> {
        let namespaces: BTreeSet<&str> = changed.iter().map(|key| &*key.namespace).collect();
        let mut failed = Vec::new();
        for namespace in namespaces {
            for resource in all(self.registry(), ResourceKind::Function, Some(namespace)).await? {
                let stored: Stored = resource.document.to()?;
                let references = stored.references();
                if new.contains(stored.name()) || !references.iter().any(|r| changed.contains(r)) {
                    continue;
                }
                if let Err(reason) = self.load_again(&resource.key).await? {
                    failed.push(NotReloaded { name: stored.name().clone(), reason });
                }
            }
        }
        Ok(failed)
    }

    async fn load_again(&self, key: &Key) -> Result<Result<(), String>, Error> {
        let Some(running) = self.find(&key.namespace, &key.name) else { return Ok(Ok(())) };
        let Some(handle) = running.known_handle() else {
            // Its first call reads the new values.
            return Ok(Ok(()));
        };
        if handle.state().phase == Phase::Asleep {
            self.replace(&running, Registration::at_first_call(self.sources.clone()));
            return Ok(Ok(()));
        }
        let which = Which::Number(running.revision);
        let Some(content) = self.registry().revision(key.clone(), which).await? else {
            return Ok(Ok(()));
        };
        let built = Built::read(&content)?;
        let env = Environment::load(self.registry(), &built.stored.references()).await?;
        let env = match ResolvedEnv::resolve(&built.stored.function, &env) {
            Ok(env) => env,
            Err(errors) => return Ok(Err(join(&errors))),
        };
        Ok(match self.try_load(&built, &env, running.revision).await {
            Ok(registered) => {
                self.replace(&running, Registration::Done(registered.handle));
                Ok(())
            }
            Err(refusal) => Err(refusal.text()),
        })
    }

    /// Replaces a function by the same revision with other values, where nobody else replaced it
    /// meanwhile.
    fn replace(&self, running: &Arc<Function>, registration: Registration) {
        let function = Arc::new(running.registered_as(registration));
        self.routes.change(|routes| {
            let now = routes.get(function.name.as_str());
            if now.is_some_and(|now| Arc::ptr_eq(now, running)) {
                routes.insert(function.clone());
            }
        });
    }
}

fn join(errors: &[avocet_functions::model::EnvError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
