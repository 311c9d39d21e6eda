//! The immutable table in which functions are found.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use avocet_functions::model::{Admission, ApiRule, FunctionName, RequestPath};
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
    /// Functions with a closed route in one of `rules`.
    guarded: HashSet<FunctionName>,
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
    /// The host or the function is an API rule's, which has no open route for the request: nothing
    /// else may answer it.
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
    /// Namespace of the function that asks: inside of it, API rules guard nothing.
    pub within: Option<&'h str>,
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
        self.guarded.clear();
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
        self.guarded.extend(rule.guarded().cloned());
        self.rules.push(rule);
        self.rules.sort_by(|a, b| a.name.cmp(&b.name));
    }

    pub(crate) fn remove_rule(&mut self, namespace: &str, name: &str) {
        self.rules.retain(|rule| rule.name.namespace != namespace || rule.name.name != name);
        self.guarded = self.rules.iter().flat_map(|rule| rule.guarded()).cloned().collect();
    }

    pub(super) fn announce_rule(&mut self, rule: Arc<ApiRule>) {
        self.announced.push(rule);
    }

    pub(super) fn withdraw_rule(&mut self, rule: &Arc<ApiRule>) {
        self.announced.retain(|own| !Arc::ptr_eq(own, rule));
    }

    /// Finds a deployed function.
    pub(crate) fn find<'a>(&self, address: Address<'a, '_>) -> Lookup<'a> {
        let guarded = |name: &str| self.guarded.contains(name);
        let search = Search { address, rules: &self.rules, guarded: &guarded };
        search.run(|name| self.get(name).cloned())
    }

    /// Finds a function that is being deployed for the first time; the rules of its deploy count
    /// already.
    pub(crate) fn find_arriving<'a>(&self, address: Address<'a, '_>) -> Lookup<'a, Arc<Arriving>> {
        let announced: BTreeSet<_> = self.announced.iter().map(|rule| &rule.name).collect();
        let mut rules = self.announced.clone();
        rules.extend(self.rules.iter().filter(|rule| !announced.contains(&rule.name)).cloned());
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        let closed = || rules.iter().flat_map(|rule| rule.guarded());
        let guarded = |name: &str| closed().any(|own| own.as_str() == name);
        let search = Search { address, rules: &rules, guarded: &guarded };
        search.run(|name| self.arriving(name).cloned())
    }
}

/// Parts of a request that a function is looked for by.
struct Search<'a, 's> {
    address: Address<'a, 's>,
    rules: &'s [Arc<ApiRule>],
    /// Whether a function has a closed route.
    guarded: &'s dyn Fn(&str) -> bool,
}

impl<'a> Search<'a, '_> {
    /// The host name first, then the path.
    fn run<F>(&self, get: impl Fn(&str) -> Option<F>) -> Lookup<'a, F> {
        let by_host = self.address.host.map(|host| self.by_host(host, &get));
        match by_host.unwrap_or(Lookup::Free) {
            Lookup::Free => match Route::from_path(self.address.target) {
                Some(route) => self.by_route(&route, get),
                None => Lookup::Free,
            },
            other => other,
        }
    }

    /// `<function>.<namespace>.<anything>`, then the hosts of API rules.
    fn by_host<F>(&self, host: &str, get: impl Fn(&str) -> Option<F>) -> Lookup<'a, F> {
        let Address { method, target, .. } = self.address;
        let name = host.split(':').next().unwrap_or(host).trim_end_matches('.');
        let whole = |own: &String| own.contains('.') && own.eq_ignore_ascii_case(name);
        // A name that a rule has in full is the rule's, also where a function is called so.
        if !self.rules.iter().any(|rule| rule.hosts.iter().any(whole))
            && let Some(route) = Route::from_host(host, target)
        {
            match self.by_route(&route, &get) {
                Lookup::Free => {}
                other => return other,
            }
        }
        let mut owning = self.rules.iter().filter(|rule| rule.owns(name)).peekable();
        if owning.peek().is_none() {
            return Lookup::Free;
        }
        let path = RequestPath::of(target);
        if owning.clone().any(|rule| rule.shuts(method, &path)) {
            return Lookup::Closed { methods: Vec::new() };
        }
        let Some(found) = owning.clone().find_map(|rule| rule.find(method, &path)) else {
            let mut methods: Vec<String> = owning.flat_map(|rule| rule.methods(&path)).collect();
            methods.sort();
            methods.dedup();
            return Lookup::Closed { methods };
        };
        match get(found.as_str()) {
            Some(function) => Lookup::Found(Found { function, url: path.into_target() }),
            None => Lookup::Closed { methods: Vec::new() },
        }
    }

    fn by_route<F>(&self, route: &Route<'_>, get: impl Fn(&str) -> Option<F>) -> Lookup<'a, F> {
        let Some(function) = get(route.key()) else { return Lookup::Free };
        let url = lasting(route.url(), self.address.target);
        let inside = self.address.within == Some(route.namespace());
        if inside || !(self.guarded)(route.key()) {
            return Lookup::Found(Found { function, url });
        }
        let path = RequestPath::of(&url);
        if !self.admits(route.key(), &path) {
            return Lookup::Closed { methods: Vec::new() };
        }
        let other = match path.into_target() {
            Cow::Borrowed(_) => None,
            Cow::Owned(other) => Some(Cow::Owned(other)),
        };
        Lookup::Found(Found { function, url: other.unwrap_or(url) })
    }

    /// Whether the rules open a path of a function that has a closed one.
    fn admits(&self, function: &str, path: &RequestPath<'_>) -> bool {
        let says = self.rules.iter().filter_map(|r| r.admits(function, self.address.method, path));
        // One that is closed counts more than any that is open.
        says.max() == Some(Admission::Open)
    }
}

/// `url` for as long as `target` lives, whose end it nearly always is.
fn lasting<'a>(url: &str, target: &'a str) -> Cow<'a, str> {
    match target.len().checked_sub(url.len()).and_then(|at| target.get(at..)) {
        Some(end) if end == url => Cow::Borrowed(end),
        _ if url == "/" => Cow::Borrowed("/"),
        _ => Cow::Owned(url.to_owned()),
    }
}
