//! A registry that stores a change and then cannot be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use avocet_backplane::{
    Activation, Applied, Backplane, Change, Changes, Error, Key, List, Page, Pending, Registry,
    Resource, Revision, RevisionContent, Which,
};
use avocet_embedded::{Embedded, Options};
use avocet_server::Server;
use tokio::sync::watch;

use crate::support::{function, http, options, until};

/// The registry that it holds, but for as many readings of changes as are to fail.
struct Failing {
    registry: Arc<dyn Registry>,
    readings: AtomicUsize,
}

impl Registry for Failing {
    fn apply(&self, changes: Vec<Change>) -> Pending<Vec<Applied>> {
        self.registry.apply(changes)
    }

    fn get(&self, key: Key) -> Pending<Option<Resource>> {
        self.registry.get(key)
    }

    fn list(&self, list: List) -> Pending<Page> {
        self.registry.list(list)
    }

    fn revisions(&self, key: Key, before: Option<u64>, limit: usize) -> Pending<Vec<Revision>> {
        self.registry.revisions(key, before, limit)
    }

    fn revision(&self, key: Key, which: Which) -> Pending<Option<RevisionContent>> {
        self.registry.revision(key, which)
    }

    fn history(&self, key: Key, limit: usize) -> Pending<Vec<Activation>> {
        self.registry.history(key, limit)
    }

    fn changes_since(&self, sequence: u64, limit: usize) -> Pending<Changes> {
        if self.readings.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
            return Box::pin(std::future::ready(Err(Error::Busy)));
        }
        self.registry.changes_since(sequence, limit)
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.registry.watch()
    }
}

#[tokio::test]
async fn what_is_stored_and_cannot_be_read_back_at_once_is_routed_later() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path().join("store"), Options::default()).unwrap();
    let failing = Arc::new(Failing { registry: store.registry(), readings: AtomicUsize::new(0) });
    let backplane = Backplane { registry: failing.clone(), ..store.backplane() };
    let server = Server::bind(options(folder.path(), |_| {})).await.unwrap();
    let server = server.start(backplane).await.unwrap();
    failing.readings.store(1, Relaxed);
    let files = serde_json::json!([{ "path": "f.yaml", "text": function("f", "text f") }]);
    let body = serde_json::json!({ "files": files }).to_string();
    let kind = "content-type: application/json\r\n";
    let apply =
        || http::request(server.admin_addr(), "POST", "/api/v1/apply", kind, body.as_bytes());
    let answer = apply().await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    let get = || http::request(server.listen_addr(), "GET", "/default/f", "", b"");
    until(async || get().await.text() == "f").await;
    assert_eq!(apply().await.json()["results"][0]["outcome"], "unchanged");
}
