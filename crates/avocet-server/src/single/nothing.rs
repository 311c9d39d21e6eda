//! A registry that holds nothing and takes nothing: one function by itself has no past.

use avocet_backplane::{
    Activation, Applied, Change, Changes, Error, Key, List, Page, Pending, Registry, Resource,
    Result, Revision, RevisionContent, Which,
};
use tokio::sync::watch;

/// See the module.
#[derive(Debug)]
pub(super) struct Nothing;

fn gives<T: Send + 'static>(result: Result<T>) -> Pending<T> {
    Box::pin(std::future::ready(result))
}

impl Registry for Nothing {
    fn apply(&self, _: Vec<Change>) -> Pending<Vec<Applied>> {
        gives(Err(Error::Closed))
    }

    fn get(&self, _: Key) -> Pending<Option<Resource>> {
        gives(Ok(None))
    }

    fn list(&self, _: List) -> Pending<Page> {
        gives(Ok(Page { items: Vec::new(), next: None, sequence: 0 }))
    }

    fn revisions(&self, key: Key, _: Option<u64>, _: usize) -> Pending<Vec<Revision>> {
        gives(Err(Error::NotFound(key)))
    }

    fn revision(&self, _: Key, _: Which) -> Pending<Option<RevisionContent>> {
        gives(Ok(None))
    }

    fn history(&self, key: Key, _: usize) -> Pending<Vec<Activation>> {
        gives(Err(Error::NotFound(key)))
    }

    fn changes_since(&self, sequence: u64, _: usize) -> Pending<Changes> {
        gives(Ok(Changes { changes: Vec::new(), sequence, more: false, reset: false }))
    }

    fn watch(&self) -> watch::Receiver<u64> {
        // Nobody will tell of a change, which a receiver without its sender knows.
        watch::channel(0).1
    }
}
