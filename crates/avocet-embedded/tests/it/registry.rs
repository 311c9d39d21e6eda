//! Limits of the embedded registry.

use avocet_backplane::{
    Change, Document, Error, ErrorKind, Expect, Key, Put, ResourceKind, SourceFile, wait,
};
use avocet_embedded::Embedded;

use crate::common::{hello, open};

fn with_store(test: impl FnOnce(&Embedded)) {
    let folder = tempfile::tempdir().unwrap();
    test(&open(folder.path()));
}

#[test]
fn a_watcher_that_is_too_far_behind_is_told_to_begin_again() {
    with_store(|store| {
        let registry = store.registry();
        let keys = |from: usize, to| {
            (from..to).map(|n| Key::new(ResourceKind::ConfigMap, "default", format!("c{n:05}")))
        };
        let put = |key| Change::Put(Put::new(key, Document::parse("{}").unwrap()));
        let delete = |key| Change::Delete { key, expect: Expect::Any };
        wait(registry.apply(keys(0, 10_005).map(put).collect())).unwrap();
        let before = *registry.watch().borrow();
        wait(registry.apply(keys(0, 10_000).map(delete).collect())).unwrap();
        let all = wait(registry.changes_since(before, 10_000)).unwrap();
        assert_eq!((all.changes.len(), all.more, all.reset), (10_000, false, false));
        wait(registry.apply(keys(10_000, 10_005).map(delete).collect())).unwrap();
        assert!(wait(registry.changes_since(before, 10)).unwrap().reset);
        assert!(!wait(registry.changes_since(all.sequence, 10)).unwrap().reset);
    });
}

#[test]
fn what_waits_is_bounded_by_its_bytes() {
    with_store(|store| {
        let registry = store.registry();
        let large = bytes::Bytes::from(vec![b'x'; 32 << 20]);
        let deploy = |name: &str| {
            let mut deploy = hello("x");
            deploy.key.name = name.to_owned();
            deploy.files = vec![SourceFile { path: "a".into(), bytes: large.clone() }];
            Change::Deploy(deploy)
        };
        let changes = (0..9).map(|n| deploy(&n.to_string())).collect();
        let error = wait(registry.apply(changes)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(wait(registry.get(Key::function("default", "0"))).unwrap().is_none());
    });
}

#[test]
fn a_full_queue_says_so_and_loses_nothing_that_it_took() {
    with_store(|store| {
        let registry = store.registry();
        let pending: Vec<_> =
            (0..5000).map(|n| registry.deploy(hello(format!("source {n}")))).collect();
        let results: Vec<_> = pending.into_iter().map(wait).collect();
        let done = results.iter().filter(|result| result.is_ok()).count() as u64;
        let refused = results.iter().filter(|result| matches!(result, Err(Error::Busy))).count();
        assert_eq!(done as usize + refused, 5000);
        let now = crate::common::hello_now(&registry);
        assert_eq!(now.generation, done);
    });
}

#[test]
fn a_caller_that_goes_away_does_not_take_its_change_back() {
    with_store(|store| {
        let registry = store.registry();
        drop(registry.deploy(hello("one")));
        assert_eq!(wait(registry.deploy(hello("one"))).unwrap().generation, 1);
        assert_eq!(wait(registry.deploy(hello("two"))).unwrap().generation, 2);
    });
}

#[test]
fn unused_files_are_deleted_with_their_function() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let registry = store.registry();
    wait(registry.deploy(hello("one"))).unwrap();
    wait(registry.deploy(hello("two"))).unwrap();
    let other = avocet_backplane::Deploy { key: Key::function("default", "other"), ..hello("two") };
    wait(registry.deploy(other)).unwrap();
    wait(registry.delete(Key::function("default", "hello"), Expect::Any)).unwrap();
    drop((store, registry));
    let database = rusqlite::Connection::open(folder.path().join("registry.db")).unwrap();
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        database.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let tables = ["resources", "revisions", "files", "blobs", "activations", "labels"];
    assert_eq!(tables.map(count), [1, 1, 1, 1, 1, 0]);
}
