//! Cases for keys and values.

use std::collections::HashSet;
use std::time::Duration;

use super::KeyValueWorld;
use crate::kv::{Entry, KeyList, MAX_KEY_BYTES, Watched, Write, Written};
use crate::{Bucket, Error, ErrorKind, Incoming, KeyValue, wait};

type Case = fn(&dyn KeyValueWorld);

pub(super) const CASES: &[(&str, Case)] = &[
    ("a value comes back as it was set, with its metadata", keeps_values),
    ("a missing key, and one in another bucket, is none", separates),
    ("deleting is no error where there is nothing", deletes),
    ("keys are sorted", sorts_keys),
    ("keys that break the rules are refused by every call", refuses_keys),
    ("a write whose condition is not met changes nothing", compares),
    ("one of many writers with the same condition wins", compares_at_once),
    ("an increment counts, and refuses what is no number", increments),
    ("increments at the same time are all counted", increments_at_once),
    ("a batch is made in its order", batches),
    ("pages follow each other", pages),
    ("who watches gets each change once, in order", watches),
    ("a write over the bucket's size changes nothing", bounds),
    ("a purged bucket is empty", purges),
    ("what was acknowledged is there after a restart", restarts),
    ("a key whose time is over is gone", expires),
];

fn bucket() -> Bucket {
    Bucket::kv("shop", "cart")
}

fn set(store: &dyn KeyValue, key: &str, value: &str) -> Written {
    wait(store.write_one(&bucket(), Write::set(key, value.to_owned()))).unwrap()
}

fn entry(store: &dyn KeyValue, key: &str) -> Option<Entry> {
    wait(store.get(&bucket(), key)).unwrap()
}

fn text(store: &dyn KeyValue, key: &str) -> Option<String> {
    entry(store, key).map(|entry| String::from_utf8(entry.value.to_vec()).unwrap())
}

fn refused(store: &dyn KeyValue, write: Write) -> Error {
    wait(store.write_one(&bucket(), write)).unwrap_err()
}

fn keys(store: &dyn KeyValue) -> Vec<String> {
    wait(store.keys(&bucket())).unwrap()
}

fn keeps_values(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    let bytes: Vec<u8> = (0..=255).collect();
    let written = wait(store.write_one(&bucket(), Write::set("a", bytes.clone()))).unwrap();
    let found = entry(store, "a").unwrap();
    assert_eq!((&found.value[..], found.revision), (&bytes[..], written.revision));
    assert!(found.created_ms > 1_700_000_000_000, "{}", found.created_ms);
    assert_eq!(found.expires_ms, None);
    let empty = set(store, "a", "");
    assert!(empty.revision > written.revision);
    assert_eq!(entry(store, "a").unwrap().value.len(), 0);
    assert_eq!(entry(store, "a").unwrap().revision, empty.revision);
}

fn separates(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    assert_eq!(entry(store, "a"), None);
    set(store, "a", "1");
    assert_eq!(entry(store, "b"), None);
    for other in [Bucket::kv("shop", "other"), Bucket::kv("other", "cart")] {
        assert_eq!(wait(store.get(&other, "a")).unwrap(), None);
        assert!(wait(store.keys(&other)).unwrap().is_empty());
        wait(store.write_one(&other, Write::set("a", "2"))).unwrap();
    }
    assert_eq!(text(store, "a").unwrap(), "1");
}

fn deletes(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    let delete = |key| wait(store.write_one(&bucket(), Write::delete(key))).unwrap();
    delete("a");
    set(store, "a", "1");
    let before = set(store, "b", "2").revision;
    assert!(delete("a").revision >= before);
    delete("a");
    assert_eq!(entry(store, "a"), None);
    assert_eq!(keys(store), ["b"]);
    assert!(set(store, "a", "3").revision > before);
    assert_eq!(text(store, "a").unwrap(), "3");
}

fn sorts_keys(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    assert_eq!(keys(store), [""; 0]);
    for key in ["b", "a.b", "a", "B", "a/b", "_", "-=.1", "a.c", "10", "9"] {
        set(store, key, "x");
    }
    assert_eq!(keys(store), ["-=.1", "10", "9", "B", "_", "a", "a.b", "a.c", "a/b", "b"]);
}

fn refuses_keys(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    let long = "k".repeat(MAX_KEY_BYTES + 1);
    for key in ["", ".a", "a.", "a..b", "a b", "a*", ">", "é", "a\n", "$", &*long] {
        let read = wait(store.get(&bucket(), key)).unwrap_err();
        assert_eq!(read.kind(), ErrorKind::Invalid, "{key:?}");
        for write in [Write::set(key, "x"), Write::delete(key), Write::increment(key, 1)] {
            let error = refused(store, write);
            assert_eq!(error.kind(), ErrorKind::Invalid, "{key:?}");
        }
    }
    for prefix in [".", "a..", "a b", "*"] {
        let error = wait(store.watch(&bucket(), prefix)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{prefix:?}");
        let list = KeyList { prefix: prefix.into(), ..KeyList::default() };
        let error = wait(store.list(&bucket(), list)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{prefix:?}");
    }
    let error = refused(store, Write::set("a", "x").ttl(Duration::from_millis(1)));
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(keys(store), [""; 0]);
    set(store, &"k".repeat(200), "x");
}

fn compares(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    let new = |value: &str| Write::set("a", value.to_owned()).if_revision(0);
    let first = wait(store.write_one(&bucket(), new("1"))).unwrap().revision;
    let again = refused(store, new("2"));
    assert_eq!(again.kind(), ErrorKind::Conflict);
    assert!(again.to_string().contains("\"a\""), "{again}");
    let second = Write::set("a", "2").if_revision(first);
    let second = wait(store.write_one(&bucket(), second)).unwrap().revision;
    for stale in [Write::set("a", "3"), Write::delete("a"), Write::increment("a", 1)] {
        assert_eq!(refused(store, stale.if_revision(first)).kind(), ErrorKind::Conflict);
    }
    assert_eq!(text(store, "a").unwrap(), "2");
    let missing = refused(store, Write::set("b", "3").if_revision(second));
    assert_eq!(missing.kind(), ErrorKind::Conflict);
    wait(store.write_one(&bucket(), Write::delete("a").if_revision(second))).unwrap();
    assert_eq!(entry(store, "a"), None);
    wait(store.write_one(&bucket(), new("4"))).unwrap();
    assert_eq!(keys(store), ["a"]);
}

fn compares_at_once(world: &dyn KeyValueWorld) {
    let store = world.open();
    let base = set(&*store, "a", "0").revision;
    let won: usize = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer: u32| {
                let store = &*store;
                let write = Write::set("a", writer.to_string()).if_revision(base);
                scope.spawn(move || wait(store.write_one(&bucket(), write)).is_ok())
            })
            .collect();
        writers.into_iter().map(|writer| usize::from(writer.join().unwrap())).sum()
    });
    assert_eq!(won, 1);
}

fn increments(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    let add = |key, by| wait(store.write_one(&bucket(), Write::increment(key, by)));
    assert_eq!(add("n", 5).unwrap().number, Some(5));
    assert_eq!(add("n", -7).unwrap().number, Some(-2));
    assert_eq!(text(store, "n").unwrap(), "-2");
    set(store, "n", "41");
    let written = add("n", 1).unwrap();
    assert_eq!(written.number, Some(42));
    assert_eq!(entry(store, "n").unwrap().revision, written.revision);
    set(store, "t", "text");
    assert_eq!(add("t", 1).unwrap_err().kind(), ErrorKind::Invalid);
    set(store, "m", &i64::MAX.to_string());
    assert_eq!(add("m", 1).unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(text(store, "m").unwrap(), i64::MAX.to_string());
}

fn increments_at_once(world: &dyn KeyValueWorld) {
    let store = world.open();
    let numbers: HashSet<i64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let add = || store.write_one(&bucket(), Write::increment("n", 1));
                let one = move |_| wait(add()).unwrap().number.unwrap();
                scope.spawn(move || (0..10).map(one).collect::<Vec<i64>>())
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(numbers, (1..=80).collect());
    assert_eq!(text(&*store, "n").unwrap(), "80");
}

fn batches(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    assert!(wait(store.write(&bucket(), Vec::new())).unwrap().is_empty());
    let batch = vec![
        Write::set("a", "1"),
        Write::increment("a", 1),
        Write::set("b", "x"),
        Write::delete("b"),
        Write::set("b", "y").if_revision(0),
    ];
    let written = wait(store.write(&bucket(), batch)).unwrap();
    assert_eq!(written.len(), 5);
    assert_eq!(written[1].number, Some(2));
    assert!(written.is_sorted_by_key(|written| written.revision));
    assert_eq!((text(store, "a").unwrap(), text(store, "b").unwrap()), ("2".into(), "y".into()));
    let wrong = vec![Write::set("c", "1"), Write::set("a", "3").if_revision(1_000_000)];
    assert_eq!(wait(store.write(&bucket(), wrong)).unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(text(store, "a").unwrap(), "2");
    assert_eq!(entry(store, "c").is_none(), world.batches_are_atomic());
    let bad = vec![Write::set("d", "1"), Write::set(".", "3")];
    assert_eq!(wait(store.write(&bucket(), bad)).unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(entry(store, "d"), None);
}

fn pages(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    for key in ["a", "b.1", "b.2", "b.3", "b/1", "c"] {
        set(store, key, "four");
    }
    let mut list = KeyList { prefix: "b".into(), limit: Some(2), cursor: None };
    let mut seen = Vec::new();
    loop {
        let page = wait(store.list(&bucket(), list.clone())).unwrap();
        assert!(page.keys.len() <= 2);
        seen.extend(page.keys);
        match page.cursor {
            Some(cursor) => list.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(
        seen.iter().map(|info| &*info.key).collect::<Vec<_>>(),
        ["b.1", "b.2", "b.3", "b/1"]
    );
    let found = entry(store, "b.2").unwrap();
    let info = &seen[1];
    assert_eq!((info.bytes, info.revision, info.expires_ms), (4, found.revision, None));
    assert_eq!(info.created_ms, found.created_ms);
    let all = wait(store.list(&bucket(), KeyList::default())).unwrap();
    assert_eq!((all.keys.len(), all.cursor), (6, None));
    let none = KeyList { prefix: "zz".into(), ..KeyList::default() };
    assert!(wait(store.list(&bucket(), none)).unwrap().keys.is_empty());
}

fn change(watch: &mut Incoming<Watched>) -> (String, Option<String>) {
    match wait(watch.next()).unwrap() {
        Watched::Set { key, entry } => {
            (key, Some(String::from_utf8(entry.value.to_vec()).unwrap()))
        }
        Watched::Deleted { key, .. } => (key, None),
        Watched::Missed(missed) => panic!("missed {missed}"),
    }
}

fn watches(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    set(store, "a.old", "0");
    let mut all = wait(store.watch(&bucket(), "")).unwrap();
    let mut some = wait(store.watch(&bucket(), "a.")).unwrap();
    let gone = wait(store.watch(&bucket(), "a.")).unwrap();
    drop(gone);
    set(store, "b", "1");
    set(store, "a.x", "2");
    wait(store.write_one(&bucket(), Write::increment("a.x", 1))).unwrap();
    wait(store.write_one(&Bucket::kv("shop", "other"), Write::set("a.z", "9"))).unwrap();
    wait(store.write_one(&bucket(), Write::delete("a.x"))).unwrap();
    set(store, "a.y", "4");
    let expected = [("a.x", Some("2")), ("a.x", Some("3")), ("a.x", None), ("a.y", Some("4"))];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.map(str::to_owned)));
    for (key, value) in expected.clone() {
        assert_eq!(change(&mut some), (key, value));
    }
    assert_eq!(change(&mut all), ("b".into(), Some("1".into())));
    for (key, value) in expected {
        assert_eq!(change(&mut all), (key, value));
    }
    assert!(some.try_next().is_none() && all.try_next().is_none());
}

fn bounds(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    let value = |byte: u8| vec![byte; 100 << 10];
    let put = |key: String, byte| store.write_one(&bucket(), Write::set(key, value(byte)));
    let large = vec![1; 600 << 10];
    let error = refused(store, Write::set("large", large));
    assert!(matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::TooLarge), "{error}");
    assert_eq!(entry(store, "large"), None);
    let mut stored = 0;
    let error = loop {
        match wait(put(format!("k{stored}"), 1)) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 10, "512 KiB are the limit");
    };
    assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    assert!(error.to_string().contains(bucket().as_str()), "{error}");
    assert!((4..=5).contains(&stored), "{stored}");
    assert_eq!(keys(store).len(), stored);
    let grown = Write::set("k0", vec![2; 300 << 10]);
    assert_eq!(refused(store, grown).kind(), ErrorKind::StorageFull);
    assert_eq!(&entry(store, "k0").unwrap().value[..], &value(1)[..]);
    wait(store.write_one(&bucket(), Write::delete("k0"))).unwrap();
    wait(put("k0".into(), 3)).unwrap();
    assert_eq!(&entry(store, "k0").unwrap().value[..], &value(3)[..]);
    // Other buckets have room of their own.
    wait(store.write_one(&Bucket::kv("shop", "other"), Write::set("a", value(1)))).unwrap();
}

fn purges(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    wait(store.purge(&bucket())).unwrap();
    set(store, "a", "1");
    set(store, "b", "2");
    wait(store.purge(&bucket())).unwrap();
    assert_eq!(entry(store, "a"), None);
    assert_eq!(keys(store), [""; 0]);
    wait(store.write_one(&bucket(), Write::set("a", "3").if_revision(0))).unwrap();
    assert_eq!(text(store, "a").unwrap(), "3");
}

fn restarts(world: &dyn KeyValueWorld) {
    let store = world.open();
    let first = set(&*store, "a", "1");
    set(&*store, "b", "2");
    wait(store.write_one(&bucket(), Write::delete("b"))).unwrap();
    let Some(store) = world.restart(store) else { return };
    let found = entry(&*store, "a").unwrap();
    assert_eq!((&found.value[..], found.revision), (&b"1"[..], first.revision));
    assert_eq!(entry(&*store, "b"), None);
    assert!(set(&*store, "a", "2").revision > first.revision);
}

fn expires(world: &dyn KeyValueWorld) {
    let store = &*world.open();
    let write = Write::set("a", "1").ttl(Duration::from_secs(2));
    match wait(store.write_one(&bucket(), write)) {
        Ok(_) => {}
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            assert!(error.to_string().contains("2.11"), "{error}");
            return;
        }
    }
    set(store, "b", "2");
    let found = entry(store, "a").unwrap();
    assert_eq!(found.expires_ms, Some(found.created_ms + 2000));
    let counter = Write::set("n", "1").ttl(Duration::from_secs(2));
    wait(store.write_one(&bucket(), counter)).unwrap();
    wait(store.write_one(&bucket(), Write::increment("n", 1))).unwrap();
    assert!(entry(store, "n").unwrap().expires_ms.is_some(), "an increment keeps the time");
    let kept = Write::set("c", "1").ttl(Duration::from_secs(2));
    wait(store.write_one(&bucket(), kept)).unwrap();
    set(store, "c", "2");
    let mut watch = wait(store.watch(&bucket(), "a")).unwrap();
    world.pass(Duration::from_millis(2500));
    assert_eq!((entry(store, "a"), entry(store, "n")), (None, None));
    assert_eq!(keys(store), ["b", "c"]);
    // A write gives the store a reason to look.
    wait(store.write_one(&bucket(), Write::set("d", "x").if_revision(0))).unwrap();
    assert_eq!(change(&mut watch), ("a".into(), None));
    let again = Write::set("a", "3").if_revision(0);
    wait(store.write_one(&bucket(), again)).unwrap();
    assert_eq!(text(store, "a").unwrap(), "3");
}
