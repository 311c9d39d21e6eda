//! Functions that are being deployed for the first time: calls of them wait, within bounds.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use avocet_functions::model::{Limits, ResolvedEnv, Resource};
use tokio::sync::{Semaphore, watch};

use super::environment::Environment;
use super::function::Times;
use super::read::Document;
use super::stored::Stored;
use super::{Function, Life, Routes, metrics};
use crate::options::ArrivalOptions;

/// What is on its way into the route table.
pub(crate) struct Arrivals {
    /// The functions of the deploys that run and are not deployed yet, with the rules that lead to
    /// them.
    pub table: ArcSwap<Routes>,
    /// Places for calls that wait, over all functions.
    places: Arc<Semaphore>,
    /// The first deploy has not said yet what it brings.
    unnamed: watch::Sender<bool>,
    options: ArrivalOptions,
}

/// The time until a function is there, or is not to come.
pub(crate) struct Arrival {
    /// It has no permit before the end; then one that goes from call to call, in the order in which
    /// they came, or none and is closed.
    turn: Semaphore,
    places: Arc<Semaphore>,
    all: Arc<Semaphore>,
    limit: Duration,
}

/// Why a call waits no longer, though what it waits for is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Impatient {
    /// Too many wait already.
    Full,
    /// It took too long.
    Late,
}

impl Arrivals {
    pub(super) fn new(options: ArrivalOptions) -> Self {
        Self {
            table: ArcSwap::default(),
            places: Arc::new(Semaphore::new(options.calls_of_all)),
            unnamed: watch::Sender::new(false),
            options,
        }
    }

    /// From now until [`Arrivals::named`], nobody knows which functions are to come.
    pub(crate) fn unnamed(&self) {
        self.unnamed.send_replace(true);
    }

    /// What is to come is known.
    pub(crate) fn named(&self) {
        self.unnamed.send_replace(false);
    }

    /// Whether it is.
    pub(crate) fn are_named(&self) -> bool {
        !*self.unnamed.borrow()
    }

    /// Waits until it is.
    pub(crate) async fn until_named(&self) -> Result<(), Impatient> {
        let _place = self.places.try_acquire().map_err(|_| Impatient::Full)?;
        let mut unnamed = self.unnamed.subscribe();
        let named = unnamed.wait_for(|unnamed| !unnamed);
        match tokio::time::timeout(self.options.wait, named).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Impatient::Late),
        }
    }

    /// Calls that wait now.
    pub(crate) fn waiting(&self) -> usize {
        self.options.calls_of_all - self.places.available_permits()
    }

    fn of(&self, limits: &Limits) -> Arrival {
        Arrival {
            turn: Semaphore::new(0),
            places: Arc::new(Semaphore::new(self.options.calls)),
            all: self.places.clone(),
            limit: self.options.wait.min(Duration::from_millis(limits.timeout_ms)),
        }
    }

    fn change(&self, change: impl Fn(&mut Routes)) {
        self.table.rcu(|table| {
            let mut table = Routes::clone(table);
            change(&mut table);
            table
        });
    }
}

impl Arrival {
    /// Waits for the end, however it is: the route table tells. The caller keeps its place until
    /// then, or until it goes away.
    pub(crate) async fn over(&self) -> Result<(), Impatient> {
        let full = |_| Impatient::Full;
        let _place = self.places.try_acquire().map_err(full)?;
        let _of_all = self.all.try_acquire().map_err(full)?;
        match tokio::time::timeout(self.limit, self.turn.acquire()).await {
            // The permit goes to the next one who waits.
            Ok(_) => Ok(()),
            Err(_) => Err(Impatient::Late),
        }
    }
}

/// What one deploy brings. Whoever still waits for any of it when this is dropped waits no longer.
pub(super) struct Brought<'a> {
    arrivals: &'a Arrivals,
    functions: Vec<Arc<Function>>,
}

impl Life {
    /// Lets calls wait for the functions among `documents` that are not there yet. The namespaces
    /// have been entered.
    pub(super) fn bring(&self, documents: &[Document], env: &Environment) -> Brought<'_> {
        let arrivals = &self.arrivals;
        let there = self.routes.load();
        let functions: Vec<_> = documents
            .iter()
            .filter_map(|document| match &document.resource {
                Resource::Function(function) if there.get(function.name.as_str()).is_none() => {
                    Some(function)
                }
                _ => None,
            })
            .map(|function| {
                // Where its environment is not complete it is refused soon.
                let limits = match ResolvedEnv::resolve(function, env) {
                    Ok(env) => Limits::with_env(function, &env),
                    Err(_) => Limits::of(function),
                };
                let stored =
                    Stored { function: Clone::clone(function), entry: String::new(), limits };
                let times = Times { created_ms: 0, updated_ms: 0 };
                let new = Function::new(&stored, 0, times, metrics(), self.sources.clone());
                Arc::new(new.arriving(arrivals.of(&limits)))
            })
            .collect();
        if !functions.is_empty() {
            arrivals.change(|table| {
                functions.iter().for_each(|function| drop(table.insert(function.clone())));
                there.rules().for_each(|rule| table.set_rule(rule.clone()));
                for document in documents {
                    if let Resource::ApiRule(rule) = &document.resource {
                        table.set_rule(Arc::new(rule.clone()));
                    }
                }
            });
        }
        arrivals.named();
        Brought { arrivals, functions }
    }
}

impl Brought<'_> {
    /// The function will not come.
    pub(super) fn refused(&mut self, (namespace, name): (&str, &str)) {
        self.end(|own| own.name.namespace() == namespace && own.name.name() == name);
    }

    /// None of them will come.
    pub(super) fn all_refused(&mut self) {
        self.end(|_| true);
    }

    /// They are in the route table: calls go on, one after the other.
    pub(super) fn arrived(mut self) {
        for function in &self.functions {
            if let Some(arrival) = &function.arrival {
                arrival.turn.add_permits(1);
            }
        }
        self.take(|_| true);
    }

    fn end(&mut self, which: impl Fn(&Function) -> bool) {
        for function in self.take(which) {
            if let Some(arrival) = &function.arrival {
                arrival.turn.close();
            }
        }
    }

    /// Takes those out of the table.
    fn take(&mut self, which: impl Fn(&Function) -> bool) -> Vec<Arc<Function>> {
        let taken: Vec<_> = self.functions.extract_if(.., |function| which(function)).collect();
        if !taken.is_empty() {
            self.arrivals.change(|table| {
                taken.iter().for_each(|function| drop(table.remove(&function.name)));
                if table.is_empty() {
                    *table = Routes::default();
                }
            });
        }
        taken
    }
}

impl Drop for Brought<'_> {
    fn drop(&mut self) {
        self.all_refused();
    }
}
