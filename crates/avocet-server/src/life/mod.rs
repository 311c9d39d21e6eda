//! The life of a deployed function: deploy, roll back, sleep, delete, restart.

mod alone;
mod apply;
mod arriving;
mod change;
mod environment;
mod families;
mod function;
mod nearby;
mod read;
mod refusal;
mod repositories;
mod routes;
mod stored;
mod upkeep;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use avocet_backplane::{Error, Key, List, LogStore, Page, Registry, Resource, ResourceKind};
use avocet_functions::model::{ApiRule, FunctionName};
use tokio::sync::OwnedMutexGuard;

pub(crate) use alone::load_alone;
pub(crate) use arriving::Impatient;
pub(crate) use change::ChangeError;
pub(crate) use families::Families;
pub(crate) use function::Function;
pub(crate) use nearby::sentence as nearby;
pub(crate) use routes::{ByHost, Found, Routes};
pub(crate) use stored::Built;
pub(crate) use upkeep::upkeep;

use crate::api::{ApplyReport, ApplyRequest};
use crate::metrics::FunctionMetrics;
use crate::options::ArrivalOptions;
use arriving::Arrivals;
use families::Refused;
use function::{Sources, Times};
use stored::Stored;

/// What is deployed: the registry, and the route table that follows from it.
pub(crate) struct Life {
    pub sources: Arc<Sources>,
    pub logs: Arc<dyn LogStore>,
    pub routes: ArcSwap<Routes>,
    pub arrivals: Arrivals,
    /// Where the gateway is reached from, without a slash at its end.
    pub gateway: String,
    /// One change at a time in each namespace.
    changing: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Life {
    /// Reads what the registry holds; no function is loaded.
    pub(crate) async fn open(
        registry: Arc<dyn Registry>,
        logs: Arc<dyn LogStore>,
        families: Families,
        gateway: String,
        arrivals: ArrivalOptions,
    ) -> avocet_backplane::Result<Self> {
        let sources = Arc::new(Sources { registry, families });
        let mut routes = Routes::default();
        for resource in all(&*sources.registry, ResourceKind::Function, None).await? {
            let stored: Stored = resource.document.to()?;
            let function = Function::new(
                &stored,
                resource.generation,
                times(&resource),
                metrics(),
                sources.clone(),
            );
            routes.insert(Arc::new(function));
        }
        for resource in all(&*sources.registry, ResourceKind::ApiRule, None).await? {
            routes.set_rule(resource.document.to::<ApiRule>()?);
        }
        let routes = ArcSwap::from_pointee(routes);
        let arrivals = Arrivals::new(arrivals);
        Ok(Self { sources, logs, routes, arrivals, gateway, changing: Mutex::default() })
    }

    pub(crate) fn registry(&self) -> &dyn Registry {
        &*self.sources.registry
    }

    /// The function, as it runs now.
    pub(crate) fn find(&self, namespace: &str, name: &str) -> Option<Arc<Function>> {
        self.routes.load().get(&format!("{namespace}/{name}")).cloned()
    }

    /// Where a function answers.
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

    /// Makes a changed copy of the route table the table.
    fn reroute(&self, change: impl Fn(&mut Routes)) {
        self.routes.rcu(|routes| {
            let mut routes = Routes::clone(routes);
            change(&mut routes);
            routes
        });
    }

    /// The counters of a function, which go on over its revisions.
    fn metrics_of(&self, name: &FunctionName) -> Arc<FunctionMetrics> {
        let of = |table: &ArcSwap<Routes>| Some(table.load().get(name.as_str())?.metrics.clone());
        of(&self.routes).or_else(|| of(&self.arrivals.table)).unwrap_or_else(metrics)
    }
}

fn metrics() -> Arc<FunctionMetrics> {
    Arc::default()
}

fn times(resource: &Resource) -> Times {
    Times { created_ms: resource.created_ms, updated_ms: resource.updated_ms }
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
