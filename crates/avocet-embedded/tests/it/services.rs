//! Stores of functions and their messages: the suite, and processes that are killed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::conformance::{self, KeyValueWorld, ObjectWorld};
use avocet_backplane::kv::Write;
use avocet_backplane::{Bucket, Error, Incoming, KeyValue, ObjectStore, wait};
use avocet_embedded::{Clock, Embedded, Options, ServiceLimits};
use tempfile::TempDir;

use crate::common::{FOLDER, child, open, said};

/// Stores in new folders, which go away with it.
#[derive(Default)]
struct Folders {
    clock: Clock,
    opened: RefCell<Vec<(TempDir, Option<Embedded>)>>,
}

impl Folders {
    fn open(&self, services: ServiceLimits) -> Embedded {
        let folder = tempfile::tempdir().unwrap();
        let store = self.open_in(folder.path(), services);
        self.opened.borrow_mut().push((folder, None));
        store
    }

    fn open_in(&self, folder: &Path, services: ServiceLimits) -> Embedded {
        let options = Options { services, clock: self.clock.clone(), ..Options::default() };
        Embedded::open(folder, options).unwrap()
    }

    /// Keeps the last store until it is opened again.
    fn keep(&self, store: Embedded) {
        self.opened.borrow_mut().last_mut().unwrap().1 = Some(store);
    }

    fn last(&self) -> PathBuf {
        self.opened.borrow().last().unwrap().0.path().to_owned()
    }

    /// Opens the last folder again.
    fn again(&self) -> Embedded {
        drop(self.opened.borrow_mut().last_mut().unwrap().1.take());
        self.open_in(&self.last(), ServiceLimits::default())
    }
}

impl KeyValueWorld for Folders {
    fn open(&self) -> Arc<dyn KeyValue> {
        let store = self.open(ServiceLimits::default());
        let kv = store.kv();
        self.keep(store);
        kv
    }

    fn restart(&self, store: Arc<dyn KeyValue>) -> Option<Arc<dyn KeyValue>> {
        drop(store);
        let store = self.again();
        let kv = store.kv();
        self.keep(store);
        Some(kv)
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    fn batches_are_atomic(&self) -> bool {
        true
    }
}

impl ObjectWorld for Folders {
    fn open(&self) -> Arc<dyn ObjectStore> {
        let store = self.open(ServiceLimits::default());
        let objects = store.objects();
        self.keep(store);
        objects
    }

    fn open_small(&self) -> Arc<dyn ObjectStore> {
        let store = self.open(ServiceLimits { object_bytes: 1 << 20, ..ServiceLimits::default() });
        let objects = store.objects();
        self.keep(store);
        objects
    }

    fn restart(&self, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        drop(store);
        let store = self.again();
        let objects = store.objects();
        self.keep(store);
        Some(objects)
    }

    fn damage(&self, _: &Bucket, name: &str) -> bool {
        let db = rusqlite::Connection::open(self.last().join("objects.db")).unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let (file, data): (Option<u64>, Option<Vec<u8>>) =
            db.query_row("SELECT file, data FROM objects WHERE name = ?1", [name], row).unwrap();
        match (file, data) {
            (Some(file), _) => {
                let path = self.last().join("objects").join(format!("{file:016x}"));
                let mut bytes = fs::read(&path).unwrap();
                bytes[500_000] ^= 1;
                fs::write(&path, bytes).unwrap();
            }
            (None, data) => {
                let mut data = data.unwrap();
                data[500] ^= 1;
                let sql = "UPDATE objects SET data = ?2 WHERE name = ?1";
                db.execute(sql, rusqlite::params![name, data]).unwrap();
            }
        }
        true
    }

    fn reads_outlive_objects(&self) -> bool {
        true
    }
}

#[test]
fn embedded_keys_and_values_conform() {
    conformance::key_value(&Folders::default());
}

#[test]
fn embedded_objects_conform() {
    conformance::objects(&Folders::default());
}

#[test]
fn embedded_messages_conform() {
    let folders = Folders::default();
    let open = || {
        let store = folders.open(ServiceLimits::default());
        let messaging = store.messaging();
        folders.keep(store);
        messaging
    };
    conformance::messaging(open, |case| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(case);
    });
}

const BYTES: usize = 200_000;

/// Sets a key and puts an object by turns until it is killed, and says each after it was acknowledged.
/// Does nothing unless the other test starts it.
#[test]
fn store_for_ever() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = open(Path::new(&folder));
    let (kv, objects) = (store.kv(), store.objects());
    for n in 0_u64.. {
        let key = format!("k{}", n % 7);
        let before = wait(kv.get(&Bucket::kv("a", "b"), &key)).unwrap();
        let number = before.map_or(0, |entry| {
            std::str::from_utf8(&entry.value).unwrap().parse::<u64>().unwrap() + 1
        });
        let write = Write::set(&*key, number.to_string());
        wait(kv.write_one(&Bucket::kv("a", "b"), write)).unwrap();
        println!("CHILD {key} {number}");
        let data = Incoming::ready([Ok(vec![n as u8; BYTES].into()), Ok(vec![n as u8; 7].into())]);
        let info = wait(objects.put(&Bucket::objects("a", "b"), &key, data)).unwrap();
        println!("CHILD object {key} {}", info.digest);
    }
}

#[test]
fn a_killed_process_keeps_every_value_and_object_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (mut values, mut objects) = (HashMap::new(), HashMap::new());
    for round in 0..5 {
        let mut child = child(&[], "services::store_for_ever", folder.path()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        for line in lines.map_while(Result::ok) {
            let Some(said) = said(&line) else { continue };
            match *said.split(' ').collect::<Vec<_>>() {
                ["object", key, digest] => objects.insert(key.to_owned(), digest.to_owned()),
                [key, number] => values.insert(key.to_owned(), number.to_owned()),
                _ => panic!("{said}"),
            };
            seen += 1;
            if seen == 5 + round * 3 {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(seen >= 5, "the child ended by itself");
        let store = open(folder.path());
        for (key, number) in &values {
            let found = wait(store.kv().get(&Bucket::kv("a", "b"), key)).unwrap().unwrap();
            let found: u64 = std::str::from_utf8(&found.value).unwrap().parse().unwrap();
            let number: u64 = number.parse().unwrap();
            // The write after the last that it said may have been made.
            assert!((number..=number + 1).contains(&found), "{key}: {number} {found}");
        }
        let bucket = Bucket::objects("a", "b");
        for key in objects.keys() {
            let object = wait(store.objects().get(&bucket, key)).unwrap().unwrap();
            assert_eq!(wait(object.read(1 << 20)).unwrap().len(), BYTES + 7);
        }
        // Uploads that the end of the process broke off left no files.
        let listed = wait(store.objects().list(&bucket)).unwrap();
        assert_eq!(fs::read_dir(folder.path().join("objects")).unwrap().count(), listed.len());
    }
}

#[test]
fn a_closed_store_answers_that_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (kv, objects, bucket) = (store.kv(), store.objects(), Bucket::kv("a", "b"));
    wait(kv.write_one(&bucket, Write::set("k", "v"))).unwrap();
    let mut watch = wait(kv.watch(&bucket, "")).unwrap();
    store.close();
    assert!(matches!(wait(kv.get(&bucket, "k")), Err(Error::Closed)));
    assert!(matches!(wait(kv.write_one(&bucket, Write::delete("k"))), Err(Error::Closed)));
    assert!(matches!(wait(kv.watch(&bucket, "")), Err(Error::Closed)));
    assert_eq!(wait(watch.next()), None);
    assert!(matches!(wait(objects.list(&bucket)), Err(Error::Closed)));
    let put = objects.put(&bucket, "o", Incoming::ready([Ok("x".into())]));
    assert!(matches!(wait(put), Err(Error::Closed)));
}
