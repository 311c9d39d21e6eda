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

    /// All functions, in no order.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Arc<Function>> + Clone {
        self.functions.values()
    }

    pub(crate) fn set_rule(&mut self, rule: ApiRule) {
        self.remove_rule(&rule.name.namespace, &rule.name.name);
        self.rules.push(Arc::new(rule));
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
    pub(crate) fn by_host<'a>(
        &self,
        host: &str,
        method: &str,
        target: &'a str,
    ) -> Option<Found<'a>> {
        if let Some(found) = Route::from_host(host, target).and_then(|r| self.by_route(&r, target))
        {
            return Some(found);
        }
        if self.rules.is_empty() {
            return None;
        }
        let host = host.split(':').next().unwrap_or(host);
        let path = target.split('?').next().unwrap_or(target);
        let name = self.rules.iter().find_map(|rule| rule.find(host, method, path))?;
        let function = self.functions.get(name)?.clone();
        Some(Found { function, url: Cow::Borrowed(target) })
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
