//! Announcements of the functions that deploys are about to add, so that calls wait for them.

use std::sync::Arc;

use avocet_functions::model::{ApiRule, Function as Definition, Limits};
use tokio::sync::{Semaphore, watch};

use super::arriving::{Arriving, WaitError};
use super::table::RouteTable;
use crate::options::ArrivalOptions;

/// Announcements of all deploys, and the places of the calls that wait.
pub(crate) struct Arrivals {
    routes: Arc<RouteTable>,
    /// Places for calls that wait, over all functions.
    places: Arc<Semaphore>,
    /// The first deploy has not announced its functions yet.
    unannounced: watch::Sender<bool>,
    options: ArrivalOptions,
}

/// Functions that one deploy adds. Dropping it ends the wait for those that were not deployed.
pub(crate) struct Announcement<'a> {
    arrivals: &'a Arrivals,
    functions: Vec<Arc<Arriving>>,
    rules: Vec<Arc<ApiRule>>,
}

impl Arrivals {
    pub(crate) fn new(routes: Arc<RouteTable>, options: ArrivalOptions) -> Self {
        Self {
            routes,
            places: Arc::new(Semaphore::new(options.calls_of_all)),
            unannounced: watch::Sender::new(false),
            options,
        }
    }

    /// From now until [`Arrivals::announced`], calls of functions that are not there wait.
    pub(crate) fn expect_announcement(&self) {
        self.unannounced.send_replace(true);
    }

    /// The functions to come are known.
    pub(crate) fn announced(&self) {
        self.unannounced.send_replace(false);
    }

    /// Waits until the functions to come are known; nearly always they are.
    pub(crate) async fn until_announced(&self) -> Result<(), WaitError> {
        if !*self.unannounced.borrow() {
            return Ok(());
        }
        let _place = self.places.try_acquire().map_err(|_| WaitError::Full)?;
        let mut unannounced = self.unannounced.subscribe();
        let announced = unannounced.wait_for(|unannounced| !unannounced);
        match tokio::time::timeout(self.options.wait, announced).await {
            Ok(_) => Ok(()),
            Err(_) => Err(WaitError::TimedOut),
        }
    }

    /// Number of calls that wait now.
    pub(crate) fn waiting(&self) -> usize {
        self.options.calls_of_all - self.places.available_permits()
    }

    /// Lets calls wait for those of `functions` that are not deployed, also by `rules`.
    pub(crate) fn announce<'f>(
        &self,
        functions: impl Iterator<Item = (&'f Definition, Limits)>,
        rules: impl Iterator<Item = ApiRule>,
    ) -> Announcement<'_> {
        let there = self.routes.load();
        let functions: Vec<_> = functions
            .filter(|(function, _)| there.get(function.name.as_str()).is_none())
            .map(|(function, limits)| {
                Arc::new(Arriving::new(function, &limits, &self.options, &self.places))
            })
            .collect();
        let rules = if functions.is_empty() { Vec::new() } else { rules.map(Arc::new).collect() };
        if !functions.is_empty() {
            self.routes.change(|routes| {
                functions.iter().for_each(|function| routes.announce(function.clone()));
                rules.iter().for_each(|rule| routes.announce_rule(Arc::clone(rule)));
            });
        }
        self.announced();
        Announcement { arrivals: self, functions, rules }
    }
}

impl Announcement<'_> {
    /// Ends the wait for one function: it is refused.
    pub(crate) fn withdraw(&mut self, (namespace, name): (&str, &str)) {
        self.end(|own| own.name.namespace() == namespace && own.name.name() == name);
    }

    /// Ends the wait for all of them: the deploy is refused.
    pub(crate) fn withdraw_all(&mut self) {
        self.end(|_| true);
    }

    fn end(&mut self, which: impl Fn(&Arriving) -> bool) {
        let ended: Vec<_> = self.functions.extract_if(.., |function| which(function)).collect();
        let over = self.functions.is_empty();
        let rules = if over { std::mem::take(&mut self.rules) } else { Vec::new() };
        if ended.is_empty() && rules.is_empty() {
            return;
        }
        let before = self.arrivals.routes.change(|routes| {
            ended.iter().for_each(|function| routes.withdraw(function));
            rules.iter().for_each(|rule| routes.withdraw_rule(rule));
        });
        for function in ended.iter().filter(|function| before.is_arriving(function)) {
            function.refused();
        }
    }
}

impl Drop for Announcement<'_> {
    fn drop(&mut self) {
        self.withdraw_all();
    }
}
