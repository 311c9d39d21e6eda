//! The registry: resources, and functions with all their revisions.

mod change;
mod digest;
mod file;
mod key;
mod labels;
mod resource;

use tokio::sync::watch;

pub use change::{
    Activate, Applied, Change, Deploy, Expect, MAX_DOCUMENT_BYTES, MAX_FILES, MAX_REVISION_BYTES,
    Outcome, Put,
};
pub use digest::Digest;
pub use file::{FileInfo, SourceFile};
pub use key::{Key, ResourceKind, UnknownKind};
pub use labels::{Labels, Operator, Requirement, Selector};
pub use resource::{
    Action, Activation, Cause, Changed, Changes, List, Page, Resource, Revision, RevisionContent,
    Which,
};

use crate::{Pending, Result};

/// Holds the resources of the platform.
///
/// A change that was acknowledged is durable: it is there after a crash of the process or of the
/// machine. Reading after an acknowledged change sees it.
pub trait Registry: Send + Sync + 'static {
    /// Makes all `changes` in their order, or none of them: the first that fails refuses all.
    /// Gives one [`Applied`] for each. Watchers see them together.
    fn apply(&self, changes: Vec<Change>) -> Pending<Vec<Applied>>;

    /// One resource; a function with the document of its active revision.
    fn get(&self, key: Key) -> Pending<Option<Resource>>;

    /// Resources of one kind, ordered by namespace and name, a page at a time.
    fn list(&self, list: List) -> Pending<Page>;

    /// The revisions of a function, newest first: at most `limit`, those before `before` (all where
    /// it is `None`). Files without their bytes. [`crate::Error::NotFound`] where there is no such
    /// function.
    fn revisions(&self, key: Key, before: Option<u64>, limit: usize) -> Pending<Vec<Revision>>;

    /// One revision with document and the bytes of its files. `None` where there is no such
    /// function or revision.
    fn revision(&self, key: Key, which: Which) -> Pending<Option<RevisionContent>>;

    /// Activations of a function's revisions, with time and cause, newest first, at most `limit`.
    fn history(&self, key: Key, limit: usize) -> Pending<Vec<Activation>>;

    /// Changes after the change `sequence`, each resource once with its last change, in the
    /// order of the changes; at most `limit`. Begin with the `sequence` of a [`Page`].
    fn changes_since(&self, sequence: u64, limit: usize) -> Pending<Changes>;

    /// The number of the last change, now and whenever it grows. It grows after the change is
    /// durable; several changes may appear as one. Waiting for it fails once the store is closed.
    fn watch(&self) -> watch::Receiver<u64>;

    /// Deploys one function: [`Registry::apply`] with one change.
    fn deploy(&self, deploy: Deploy) -> Pending<Applied> {
        one(self.apply(vec![Change::Deploy(deploy)]))
    }

    /// Stores one resource that has no revisions.
    fn put(&self, put: Put) -> Pending<Applied> {
        one(self.apply(vec![Change::Put(put)]))
    }

    /// Makes a revision of a function active again.
    fn activate(&self, activate: Activate) -> Pending<Applied> {
        one(self.apply(vec![Change::Activate(activate)]))
    }

    /// Deletes one resource, a function with everything that belongs to it.
    /// [`crate::Error::NotFound`] where it does not exist.
    fn delete(&self, key: Key, expect: Expect) -> Pending<Applied> {
        one(self.apply(vec![Change::Delete { key, expect }]))
    }
}

fn one(applied: Pending<Vec<Applied>>) -> Pending<Applied> {
    Box::pin(async move {
        let result: Result<Vec<Applied>> = applied.await;
        result.map(|mut all| all.pop().expect("one change gives one result"))
    })
}
