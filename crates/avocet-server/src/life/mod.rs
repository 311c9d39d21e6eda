//! The life of a deployed function: deploy, roll back, sleep, delete, restart.

mod apply;
mod change;
mod check;
mod environment;
mod families;
mod load;
mod read;
mod reconcile;
mod refusal;
mod reload;
mod repositories;
mod sources;
mod stored;
mod upkeep;
mod wake;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use avocet_backplane::{Error, Key, List, LogStore, Page, Registry, Resource, ResourceKind};
use avocet_functions::model::FunctionName;
use tokio::sync::{OwnedMutexGuard, watch};

pub(crate) use change::ChangeError;
pub(crate) use families::Families;
pub(crate) use load::load;
pub(crate) use reconcile::reconcile;
pub(crate) use sources::Sources;
pub(crate) use stored::{Built, Stored};
pub(crate) use upkeep::upkeep;

use crate::api::{ApplyReport, ApplyRequest};
use crate::routes::{Arrivals, Function, RouteTable};
use families::Refused;
use reconcile::Position;
use reload::Stale;

/// Changes to what is deployed, and the route table that follows the registry.
pub(crate) struct Life {
    pub sources: Arc<Sources>,
    pub logs: Arc<dyn LogStore>,
    pub routes: Arc<RouteTable>,
    pub arrivals: Arc<Arrivals>,
    /// URL of the gateway, without a slash at its end.
    pub gateway: String,
    /// One change at a time in each namespace.
    changing: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    position: Position,
    /// The same, for those who wait for it.
    routed: watch::Sender<u64>,
    /// Number of the last change that event deliveries follow, where there are any.
    followed: OnceLock<watch::Receiver<u64>>,
    stale: Stale,
    /// Work of others that follows each change of the routes.
    after: OnceLock<AfterRouting>,
}

/// Work that follows each change of the routes; a change is acknowledged after it.
pub(crate) type AfterRouting =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

impl Life {
    /// Routes to what the registry holds; no function is loaded.
    ///
    /// # Errors
    /// Where the registry cannot be read.
    pub(crate) async fn open(
        sources: Sources,
        logs: Arc<dyn LogStore>,
        routes: Arc<RouteTable>,
        arrivals: Arc<Arrivals>,
        gateway: String,
    ) -> avocet_backplane::Result<Self> {
        let sources = Arc::new(sources);
        let (changing, position, followed, stale) = Default::default();
        let after = OnceLock::new();
        let routed = watch::Sender::new(0);
        let life = Self {
            sources,
            logs,
            routes,
            arrivals,
            gateway,
            changing,
            position,
            routed,
            followed,
            stale,
            after,
        };
        life.reconcile_first().await?;
        Ok(life)
    }

    /// Has `work` follow each change of the routes, beginning now. Set once.
    pub(crate) async fn after_routing(&self, work: AfterRouting) {
        work().await;
        drop(self.after.set(work));
    }

    /// Does what follows a change of the routes.
    async fn do_after(&self) {
        if let Some(work) = self.after.get() {
            work().await;
        }
    }

    pub(crate) fn registry(&self) -> &dyn Registry {
        &*self.sources.registry
    }

    /// Number of the last change of the registry that the routes show.
    pub(crate) fn routed(&self) -> watch::Receiver<u64> {
        self.routed.subscribe()
    }

    /// From now on a change is made when deliveries follow it, too; `position` is how far they do.
    pub(crate) fn follow_with(&self, position: watch::Receiver<u64>) {
        // There is one delivery, which is set once.
        let _ = self.followed.set(position);
    }

    /// The function, as it runs now.
    pub(crate) fn find(&self, namespace: &str, name: &str) -> Option<Arc<Function>> {
        self.routes.function(&format!("{namespace}/{name}"))
    }

    /// URL of a function.
    pub(crate) fn url(&self, name: &FunctionName) -> String {
        format!("{}/{name}", self.gateway)
    }

    /// [`Life::apply`], to its end.
    pub(crate) async fn deploy(
        self: &Arc<Self>,
        request: ApplyRequest,
    ) -> Result<ApplyReport, Error> {
        let life = self.clone();
        to_its_end(async move { life.apply(&request).await }).await
    }

    /// Waits until nothing else changes any of `namespaces`, and keeps others out.
    async fn enter(&self, namespaces: &[&str]) -> Vec<OwnedMutexGuard<()>> {
        // Everyone takes them in the same order, so that no two wait for each other.
        let mut names = namespaces.to_vec();
        names.sort_unstable();
        names.dedup();
        let mut guards = Vec::with_capacity(names.len());
        for name in names {
            let namespace = {
                let mut all = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
                all.entry(name.to_owned()).or_default().clone()
            };
            guards.push(namespace.lock_owned().await);
        }
        guards
    }
}

/// Every resource of a kind, page by page.
pub(crate) async fn all(
    registry: &dyn Registry,
    kind: ResourceKind,
    namespace: Option<&str>,
) -> avocet_backplane::Result<Vec<Resource>> {
    let mut found = Vec::new();
    let mut list = List { namespace: namespace.map(str::to_owned), ..List::all(kind) };
    loop {
        let Page { items, next, .. } = registry.list(list.clone()).await?;
        found.extend(items);
        match next {
            Some(next) => list.after = Some(next),
            None => return Ok(found),
        }
    }
}

/// Carries a change out to its end, even where nobody waits for it any more: one that is stored must
/// also become what runs.
pub(crate) async fn to_its_end<T: Send + 'static>(
    change: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(change).await {
        Ok(done) => done,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// The key of any resource.
fn key_of(resource: &avocet_functions::model::Resource) -> Key {
    use avocet_functions::model::Resource as R;
    let kind = match resource {
        R::Function(_) => ResourceKind::Function,
        R::Subscription(_) => ResourceKind::Subscription,
        R::ConfigMap(_) => ResourceKind::ConfigMap,
        R::Secret(_) => ResourceKind::Secret,
        R::ApiRule(_) => ResourceKind::ApiRule,
    };
    let (namespace, name) = resource.name();
    Key::new(kind, namespace, name)
}
