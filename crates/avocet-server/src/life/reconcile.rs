//! Reconciles the routes with the registry, whoever changed it: this process or another one.
//!
//! A change is stored first; then what changed is read and the routes are swapped. Whoever stores a
//! change here reconciles at once, with the code that it has loaded already ([`Life::commit`]);
//! [`reconcile`] does it for the changes of others.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use avocet_backplane::{
    Action, Applied, Change, Changed, Changes, Error, Key, List, Resource, ResourceKind,
};
use avocet_functions::model::{ApiRule, FunctionName};
use avocet_workers::{FunctionHandle, Phase};

use super::stored::Stored;
use super::{Life, all};
use crate::log_lines::platform_error;
use crate::routes::{Function, Registration, Routes, Version};

/// Changes that are read at once.
const CHANGES: usize = 1000;

/// Time before a failed attempt is made again.
const RETRY: Duration = Duration::from_secs(1);

/// Longest wait for deliveries to follow a change.
const FOLLOW: Duration = Duration::from_secs(10);

/// Number of the last change that the routes show; `None` before the first reading. Held from before
/// a change is stored here until the routes show it, so that whoever made it reconciles it.
pub(super) type Position = tokio::sync::Mutex<Option<u64>>;

/// Code that was loaded before its revision was stored.
pub(super) struct Loaded {
    pub name: FunctionName,
    /// The number that it was loaded as.
    pub revision: u64,
    pub handle: FunctionHandle,
}

/// Changes that are stored and routed by.
pub(super) struct Committed {
    pub applied: HashMap<Key, Applied>,
    /// Config maps and secrets among them: functions that take values from them run with old ones.
    pub values: Vec<Key>,
}

/// Work that is left after the routes changed.
#[derive(Default)]
struct Reconciled {
    /// Config maps and secrets that changed.
    values: Vec<Key>,
    /// Functions that are to be loaded without a call.
    waking: Vec<Arc<Function>>,
}

/// A change of the routes.
#[derive(Default)]
struct Update {
    functions: Vec<Arc<Function>>,
    rules: Vec<Arc<ApiRule>>,
    gone: Vec<Key>,
    values: Vec<Key>,
    /// Whether nothing else is deployed.
    whole: bool,
}

/// Handles by their function, with the number of the change that they belong to.
type Handles = HashMap<Key, (u64, FunctionHandle)>;

/// Reconciles with the changes of others until the store is closed or the platform is gone.
pub(crate) async fn reconcile(life: Weak<Life>) {
    let Some(mut changed) = life.upgrade().map(|life| life.registry().watch()) else { return };
    let mut failing = false;
    loop {
        changed.borrow_and_update();
        let Some(strong) = life.upgrade() else { return };
        let reconciled = strong.catch_up().await;
        if let (Err(error), false) = (&reconciled, failing) {
            let text = format!("changes of the registry cannot be read, trying again: {error}");
            strong.logs.append(vec![platform_error(text)]);
        }
        failing = reconciled.is_err();
        drop(strong);
        match failing {
            true => tokio::time::sleep(RETRY).await,
            false if changed.changed().await.is_err() => return,
            false => {}
        }
    }
}

impl Life {
    /// Routes to everything that the registry holds.
    pub(super) async fn reconcile_first(&self) -> Result<(), Error> {
        let mut position = self.position.lock().await;
        // Functions are loaded by their first call, or by whoever starts the platform.
        self.advance(&mut position, &Handles::new()).await.map(drop)
    }

    /// Routes by the changes that are stored by now.
    ///
    /// # Errors
    /// Where the registry cannot be read.
    pub(super) async fn catch_up(self: &Arc<Self>) -> Result<(), Error> {
        let mut position = self.position.lock().await;
        if *position == Some(*self.registry().watch().borrow()) {
            return Ok(());
        }
        let Reconciled { values, waking } = self.advance(&mut position, &Handles::new()).await?;
        drop(position);
        self.do_after().await;
        self.load_soon(waking);
        self.reload_soon(values);
        Ok(())
    }

    /// Stores changes, all or none, and routes by them before this returns.
    ///
    /// # Errors
    /// Where they could not be stored; or where they were, and could not be read back: then they are
    /// reconciled later.
    pub(super) async fn commit(
        self: &Arc<Self>,
        changes: Vec<Change>,
        loaded: Vec<Loaded>,
    ) -> Result<Committed, Error> {
        let mut position = self.position.lock().await;
        let applied = self.registry().apply(changes).await?;
        let by_key = |applied: Applied| (applied.key.clone(), applied);
        let applied: HashMap<Key, Applied> = applied.into_iter().map(by_key).collect();
        let handles = handles(loaded, &applied);
        let Reconciled { values, waking } = self.advance(&mut position, &handles).await?;
        let sequence = position.unwrap_or(0);
        drop(position);
        self.until_followed(sequence).await;
        self.do_after().await;
        let (values, others) = values.into_iter().partition(|key| applied.contains_key(key));
        self.load_soon(waking);
        self.reload_soon(others);
        Ok(Committed { applied, values })
    }

    /// Waits until events are delivered by what was stored: what is published after a deploy reaches
    /// the subscriptions that it brought.
    async fn until_followed(&self, sequence: u64) {
        if let Some(mut followed) = self.followed.get().cloned() {
            let reached = followed.wait_for(|followed| *followed >= sequence);
            // Where the log fails it is told, and made up for.
            let _ = tokio::time::timeout(FOLLOW, reached).await;
        }
    }

    async fn advance(
        &self,
        position: &mut Option<u64>,
        handles: &Handles,
    ) -> Result<Reconciled, Error> {
        let (update, sequence) = match *position {
            Some(position) => match self.changes(position).await? {
                Some((changes, sequence)) => (self.read(changes, handles).await?, sequence),
                None => {
                    let (mut update, sequence) = self.read_all(handles).await?;
                    for kind in [ResourceKind::ConfigMap, ResourceKind::Secret] {
                        let all = all(self.registry(), kind, None).await?;
                        update.values.extend(all.into_iter().map(|resource| resource.key));
                    }
                    (update, sequence)
                }
            },
            None => self.read_all(handles).await?,
        };
        *position = Some(sequence);
        let reconciled = self.route(update);
        self.routed.send_replace(sequence);
        Ok(reconciled)
    }

    /// Changes after `position`, with the number of the last; `None` where the registry does not know
    /// them any more.
    async fn changes(&self, position: u64) -> Result<Option<(Vec<Changed>, u64)>, Error> {
        let (mut all, mut since) = (Vec::new(), position);
        loop {
            let Changes { changes, sequence, more, reset } =
                self.registry().changes_since(since, CHANGES).await?;
            if reset {
                return Ok(None);
            }
            all.extend(changes);
            since = sequence;
            if !more {
                return Ok(Some((all, since)));
            }
        }
    }

    async fn read(&self, changes: Vec<Changed>, handles: &Handles) -> Result<Update, Error> {
        use ResourceKind::{ApiRule, ConfigMap, Function, Secret};
        let mut update = Update::default();
        for Changed { key, action, .. } in changes {
            match (key.kind, action) {
                (Function | ApiRule, Action::Put) => {
                    match self.registry().get(key.clone()).await? {
                        Some(resource) => self.add(&mut update, &resource, handles),
                        None => update.gone.push(key),
                    }
                }
                (Function | ApiRule, Action::Deleted) => update.gone.push(key),
                (ConfigMap | Secret, Action::Put) => update.values.push(key),
                // Functions keep the values that they were loaded with.
                _ => {}
            }
        }
        Ok(update)
    }

    async fn read_all(&self, handles: &Handles) -> Result<(Update, u64), Error> {
        let mut update = Update { whole: true, ..Update::default() };
        let first = List { limit: 1, ..List::all(ResourceKind::Function) };
        let sequence = self.registry().list(first).await?.sequence;
        for kind in [ResourceKind::Function, ResourceKind::ApiRule] {
            for resource in all(self.registry(), kind, None).await? {
                self.add(&mut update, &resource, handles);
            }
        }
        Ok((update, sequence))
    }

    /// Adds a function or a rule. One that cannot be read is logged, and keeps nobody from the rest.
    fn add(&self, update: &mut Update, resource: &Resource, handles: &Handles) {
        let added = match resource.key.kind {
            ResourceKind::Function => {
                self.function(resource, handles).map(|function| update.functions.push(function))
            }
            _ => resource.document.to().map(|rule| update.rules.push(Arc::new(rule))),
        };
        if let Err(error) = added {
            let text = format!("{} cannot be read and is not routed: {error}", resource.key);
            self.logs.append(vec![platform_error(text)]);
        }
    }

    /// The function as it is routed already, or as the registry has it now.
    fn function(&self, resource: &Resource, handles: &Handles) -> Result<Arc<Function>, Error> {
        let stored: Stored = resource.document.to()?;
        let name = stored.name().as_str();
        let routes = self.routes.load();
        let now = routes.get(name);
        if let Some(now) = now.filter(|now| now.sequence == resource.sequence) {
            return Ok(now.clone());
        }
        let arriving = || Some(routes.arriving(name)?.metrics.clone());
        let metrics = now.map(|now| now.metrics.clone()).or_else(arriving).unwrap_or_default();
        let version = Version {
            revision: resource.generation,
            sequence: resource.sequence,
            created_ms: resource.created_ms,
            updated_ms: resource.updated_ms,
        };
        let registration = match handles.get(&resource.key) {
            Some((sequence, handle)) if *sequence == resource.sequence => {
                Registration::Done(handle.clone())
            }
            _ => Registration::at_first_call(self.sources.clone()),
        };
        let Stored { function, limits, .. } = &stored;
        Ok(Arc::new(Function::new(function, limits, version, metrics, registration)))
    }

    /// Swaps the routes, all at once, and lets calls go on that wait for what is there now.
    fn route(&self, update: Update) -> Reconciled {
        let Update { functions, rules, gone, values, whole } = update;
        let before = self.routes.change(|routes| {
            if whole {
                routes.clear();
            }
            gone.iter().for_each(|key| remove(routes, key));
            functions.iter().for_each(|function| routes.insert(function.clone()));
            rules.iter().for_each(|rule| routes.set_rule(rule.clone()));
        });
        for function in &functions {
            if let Some(arriving) = before.arriving(function.name.as_str()) {
                arriving.deployed();
            }
        }
        let awake = |function: &Arc<Function>| {
            let handle =
                before.get(function.name.as_str()).and_then(|before| before.known_handle());
            handle.is_some_and(|handle| handle.state().phase == Phase::Awake)
        };
        let unknown = |function: &Arc<Function>| function.known_handle().is_none();
        let mut waking = functions;
        waking.retain(|function| unknown(function) && (function.kept_awake || awake(function)));
        Reconciled { values, waking }
    }
}

fn remove(routes: &mut Routes, key: &Key) {
    match key.kind {
        ResourceKind::Function => routes.remove(&format!("{}/{}", key.namespace, key.name)),
        _ => routes.remove_rule(&key.namespace, &key.name),
    }
}

/// Handles of code whose revision has the number that it was loaded as.
fn handles(loaded: Vec<Loaded>, applied: &HashMap<Key, Applied>) -> Handles {
    let mut handles = Handles::new();
    for Loaded { name, revision, handle } in loaded {
        let key = super::stored::key(&name);
        if let Some(stored) = applied.get(&key).filter(|stored| stored.generation == revision) {
            handles.insert(key, (stored.sequence, handle));
        }
    }
    handles
}
