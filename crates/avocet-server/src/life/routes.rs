//! The immutable table in which the gateway finds functions.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use avocet_functions::model::{ApiRule, FunctionName};
use avocet_functions::request::Route;

use super::Function;

/// Everything that can be reached. A change makes a new table and swaps it in: finding a function
/// takes no lock and no allocation.
#[derive(Default, Clone)]
pub(crate) struct Routes {
    functions: HashMap<FunctionName, Arc<Function>>,
    rules: Vec<Arc<ApiRule>>,
}

/// A function and how it was found.
pub(crate) struct Found<'a> {
    pub function: Arc<Function>,
    /// Path and query as the function sees them.
    pub url: Cow<'a, str>,
}

/// What a host name leads to.
pub(crate) enum ByHost<'a> {
    /// A function.
    Found(Found<'a>),
    /// An API rule has the name and no route for the request: nothing else may answer it.
    Closed {
        /// The methods that the path has a route for.
        methods: Vec<String>,
    },
    /// The name says nothing: the path decides.
    Free,
}

impl Routes {
    pub(crate) fn insert(&mut self, function: Arc<Function>) -> Option<Arc<Function>> {
        self.functions.insert(function.name.clone(), function)
    }

    pub(crate) fn remove(&mut self, name: &FunctionName) -> Option<Arc<Function>> {
        self.functions.remove(name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions.get(name)
    }

    /// Whether no function is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// All functions, in no order.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Arc<Function>> + Clone {
        self.functions.values()
    }

    /// All API rules, in the order in which they are asked.
    pub(super) fn rules(&self) -> impl Iterator<Item = &Arc<ApiRule>> {
        self.rules.iter()
    }

    pub(crate) fn set_rule(&mut self, rule: impl Into<Arc<ApiRule>>) {
        let rule = rule.into();
        self.remove_rule(&rule.name.namespace, &rule.name.name);
        self.rules.push(rule);
        // Rules of the same host are asked in the order of their names, whenever they came.
        self.rules.sort_by(|a, b| a.name.cmp(&b.name));
    }

    pub(crate) fn remove_rule(&mut self, namespace: &str, name: &str) {
        self.rules.retain(|rule| rule.name.namespace != namespace || rule.name.name != name);
    }

    /// Finds by the route's name.
    fn by_route<'a>(&self, route: &Route<'_>, target: &'a str) -> Option<Found<'a>> {
        let function = self.functions.get(route.key())?.clone();
        Some(Found { function, url: lasting(route.url(), target) })
    }

    /// Finds `/<namespace>/<function>/rest`. `target` is path and query.
    pub(crate) fn by_path<'a>(&self, target: &'a str) -> Option<Found<'a>> {
        self.by_route(&Route::from_path(target)?, target)
    }

    /// Finds by host name: `<function>.<namespace>.<anything>`, then the hosts of API rules.
    pub(crate) fn by_host<'a>(&self, host: &str, method: &str, target: &'a str) -> ByHost<'a> {
        let name = host.split(':').next().unwrap_or(host).trim_end_matches('.');
        let whole = |own: &String| own.contains('.') && own.eq_ignore_ascii_case(name);
        // A name that a rule has in full is the rule's, also where a function is called so.
        if !self.rules.iter().any(|rule| rule.hosts.iter().any(whole))
            && let Some(route) = Route::from_host(host, target)
            && let Some(found) = self.by_route(&route, target)
        {
            return ByHost::Found(found);
        }
        let path = target.split('?').next().unwrap_or(target);
        let mut owning = self.rules.iter().filter(|rule| rule.owns(name)).peekable();
        if owning.peek().is_none() {
            return ByHost::Free;
        }
        let found = owning.clone().find_map(|rule| rule.find(name, method, path));
        match found.and_then(|name| self.functions.get(name)) {
            Some(function) => {
                ByHost::Found(Found { function: function.clone(), url: Cow::Borrowed(target) })
            }
            None if found.is_some() => ByHost::Closed { methods: Vec::new() },
            None => {
                let mut methods: Vec<String> = owning.flat_map(|rule| rule.methods(path)).collect();
                methods.sort();
                methods.dedup();
                ByHost::Closed { methods }
            }
        }
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
