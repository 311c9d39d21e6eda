//! The immutable table in which functions are found.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use avocet_functions::model::{ApiRule, FunctionName};
use avocet_functions::request::Route;

use super::arriving::Arriving;
use super::function::Function;

/// The routes in force. Readers take no lock; a change swaps in a changed copy.
#[derive(Default)]
pub(crate) struct RouteTable(ArcSwap<Routes>);

/// Everything that can be reached. Finding a function takes no lock and no allocation.
#[derive(Default, Clone)]
pub(crate) struct Routes {
    functions: HashMap<FunctionName, State>,
    /// Rules in force, by name: rules of the same host are asked in this order, whenever they came.
    rules: Vec<Arc<ApiRule>>,
    /// Rules of deploys that are not over. They lead to arriving functions only.
    announced: Vec<Arc<ApiRule>>,
}

/// State of a function's route.
#[derive(Clone)]
enum State {
    Deployed(Arc<Function>),
    /// Being deployed for the first time: calls wait.
    Arriving(Arc<Arriving>),
}

/// A function and how it was found.
pub(crate) struct Found<'a, F = Arc<Function>> {
    pub function: F,
    /// Path and query as the function sees them.
    pub url: Cow<'a, str>,
}

/// Function that a host name and a path lead to.
pub(crate) enum Lookup<'a, F = Arc<Function>> {
    Found(Found<'a, F>),
    /// The host is an API rule's, which has no route for the request: nothing else may answer it.
    Closed {
        /// The methods that the path has a route for.
        methods: Vec<String>,
    },
    /// Neither leads anywhere.
    Free,
}

/// Host, method and target (path and query) of a request.
#[derive(Clone, Copy)]
pub(crate) struct Address<'a, 'h> {
    pub host: Option<&'h str>,
    pub method: &'h str,
    pub target: &'a str,
}

impl RouteTable {
    /// The routes of this moment. Not to be held on to over a call.
    pub(crate) fn load(&self) -> Guard<Arc<Routes>> {
        self.0.load()
    }

    /// The routes of this moment, to be kept.
    pub(crate) fn load_full(&self) -> Arc<Routes> {
        self.0.load_full()
    }

    /// The function, as it runs now.
    pub(crate) fn function(&self, name: &str) -> Option<Arc<Function>> {
        self.load().get(name).cloned()
    }

    /// Swaps in a changed copy and gives the table before. `change` may run more than once.
    pub(crate) fn change(&self, change: impl Fn(&mut Routes)) -> Arc<Routes> {
        self.0.rcu(|routes| {
            let mut routes = Routes::clone(routes);
            change(&mut routes);
            routes
        })
    }
}

impl Routes {
    /// Routes to a deployed function, whatever was there.
    pub(crate) fn insert(&mut self, function: Arc<Function>) {
        self.functions.insert(function.name.clone(), State::Deployed(function));
    }

    /// Removes a deployed function.
    pub(crate) fn remove(&mut self, name: &str) {
        if self.get(name).is_some() {
            self.functions.remove(name);
        }
    }

    /// Removes everything that is deployed.
    pub(crate) fn clear(&mut self) {
        self.functions.retain(|_, state| matches!(state, State::Arriving(_)));
        self.rules.clear();
    }

    /// Adds an arriving function, where none is deployed: calls wait for it.
    pub(super) fn announce(&mut self, arriving: Arc<Arriving>) {
        if self.get(arriving.name.as_str()).is_none() {
            self.functions.insert(arriving.name.clone(), State::Arriving(arriving));
        }
    }

    /// Takes an announced function back, where it has not been deployed.
    pub(super) fn withdraw(&mut self, arriving: &Arc<Arriving>) {
        if self.is_arriving(arriving) {
            self.functions.remove(arriving.name.as_str());
        }
    }

    pub(super) fn is_arriving(&self, arriving: &Arc<Arriving>) -> bool {
        self.arriving(arriving.name.as_str()).is_some_and(|own| Arc::ptr_eq(own, arriving))
    }

    /// The deployed function.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Function>> {
        match self.functions.get(name)? {
            State::Deployed(function) => Some(function),
            State::Arriving(_) => None,
        }
    }

    /// The function of this name that is being deployed for the first time.
    pub(crate) fn arriving(&self, name: &str) -> Option<&Arc<Arriving>> {
        match self.functions.get(name)? {
            State::Deployed(_) => None,
            State::Arriving(arriving) => Some(arriving),
        }
    }

    /// All deployed functions, in no order.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Arc<Function>> + Clone {
        self.functions.values().filter_map(|state| match state {
            State::Deployed(function) => Some(function),
            State::Arriving(_) => None,
        })
    }

    pub(crate) fn set_rule(&mut self, rule: Arc<ApiRule>) {
        self.remove_rule(&rule.name.namespace, &rule.name.name);
        self.rules.push(rule);
        self.rules.sort_by(|a, b| a.name.cmp(&b.name));
    }

    pub(crate) fn remove_rule(&mut self, namespace: &str, name: &str) {
        self.rules.retain(|rule| rule.name.namespace != namespace || rule.name.name != name);
    }

    pub(super) fn announce_rule(&mut self, rule: Arc<ApiRule>) {
        self.announced.push(rule);
    }

    pub(super) fn withdraw_rule(&mut self, rule: &Arc<ApiRule>) {
        self.announced.retain(|own| !Arc::ptr_eq(own, rule));
    }

    /// Finds a deployed function.
    pub(crate) fn find<'a>(&self, address: Address<'a, '_>) -> Lookup<'a> {
        let deployed = |name: &str| self.get(name).cloned();
        find(address, &self.rules, deployed)
    }

    /// Finds a function that is being deployed for the first time; the rules of its deploy count
    /// already.
    pub(crate) fn find_arriving<'a>(&self, address: Address<'a, '_>) -> Lookup<'a, Arc<Arriving>> {
        let announced: BTreeSet<_> = self.announced.iter().map(|rule| &rule.name).collect();
        let mut rules = self.announced.clone();
        rules.extend(self.rules.iter().filter(|rule| !announced.contains(&rule.name)).cloned());
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        find(address, &rules, |name: &str| self.arriving(name).cloned())
    }
}

/// The host name first, then the path.
fn find<'a, F>(
    address: Address<'a, '_>,
    rules: &[Arc<ApiRule>],
    get: impl Fn(&str) -> Option<F>,
) -> Lookup<'a, F> {
    let Address { host, method, target } = address;
    let by_host = host.map(|host| by_host(host, method, target, rules, &get));
    match by_host.unwrap_or(Lookup::Free) {
        Lookup::Free => {
            let by_path = Route::from_path(target).and_then(|route| by_route(&route, target, get));
            by_path.map_or(Lookup::Free, Lookup::Found)
        }
        other => other,
    }
}

/// `<function>.<namespace>.<anything>`, then the hosts of API rules.
fn by_host<'a, F>(
    host: &str,
    method: &str,
    target: &'a str,
    rules: &[Arc<ApiRule>],
    get: impl Fn(&str) -> Option<F>,
) -> Lookup<'a, F> {
    let name = host.split(':').next().unwrap_or(host).trim_end_matches('.');
    let whole = |own: &String| own.contains('.') && own.eq_ignore_ascii_case(name);
    // A name that a rule has in full is the rule's, also where a function is called so.
    if !rules.iter().any(|rule| rule.hosts.iter().any(whole))
        && let Some(route) = Route::from_host(host, target)
        && let Some(found) = by_route(&route, target, &get)
    {
        return Lookup::Found(found);
    }
    let path = target.split('?').next().unwrap_or(target);
    let mut owning = rules.iter().filter(|rule| rule.owns(name)).peekable();
    if owning.peek().is_none() {
        return Lookup::Free;
    }
    let Some(found) = owning.clone().find_map(|rule| rule.find(name, method, path)) else {
        let mut methods: Vec<String> = owning.flat_map(|rule| rule.methods(path)).collect();
        methods.sort();
        methods.dedup();
        return Lookup::Closed { methods };
    };
    match get(found.as_str()) {
        Some(function) => Lookup::Found(Found { function, url: Cow::Borrowed(target) }),
        None => Lookup::Closed { methods: Vec::new() },
    }
}

fn by_route<'a, F>(
    route: &Route<'_>,
    target: &'a str,
    get: impl Fn(&str) -> Option<F>,
) -> Option<Found<'a, F>> {
    Some(Found { function: get(route.key())?, url: lasting(route.url(), target) })
}

/// `url` for as long as `target` lives, whose end it nearly always is.
fn lasting<'a>(url: &str, target: &'a str) -> Cow<'a, str> {
    match target.len().checked_sub(url.len()).and_then(|at| target.get(at..)) {
        Some(end) if end == url => Cow::Borrowed(end),
        _ if url == "/" => Cow::Borrowed("/"),
        _ => Cow::Owned(url.to_owned()),
    }
}
