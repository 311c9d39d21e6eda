//! The limit of a heap, terminating from another thread, and what a stopped realm can still do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use avocet_engine::limits::heap_limit;
use avocet_engine::realm::{Realm, RealmOptions};
use avocet_engine::run::{self, Ended};
use avocet_engine::v8::HandleScope;

use crate::driver::{Driver, LoopEnd, main_file};
use crate::support::{Printed, Source, bootstrap, realm};

fn files(source: &str) -> BTreeMap<String, String> {
    [("main.js".to_owned(), source.to_owned())].into()
}

/// The realm can go on after what was stopped.
fn assert_usable(scope: &mut HandleScope<'_>) {
    scope.cancel_terminate_execution();
    let value = run::script(scope, "after.js", "[1, 2].map((n) => n + 1).join()").unwrap();
    assert_eq!(value.to_rust_string_lossy(scope), "2,3");
}

#[test]
fn what_another_thread_terminates_stops_and_the_realm_goes_on() {
    let (mut realm, ..) = realm(files("test.terminate(); for (;;) {}"), Source::Snapshot);
    realm.enter(|scope| assert_eq!(main_file(scope, "main.js"), Ended::Stopped));
    realm.enter(assert_usable);
}

#[test]
fn a_timer_that_is_terminated_stops_the_loop() {
    let source = "setTimeout(() => { test.terminate(); for (;;) {} }, 1);";
    let (mut realm, events, _) = realm(files(source), Source::Snapshot);
    realm.enter(|scope| {
        assert_eq!(main_file(scope, "main.js"), Ended::Well);
        assert_eq!(events.run(scope), LoopEnd::Stopped);
    });
    realm.enter(assert_usable);
}

#[test]
fn the_heap_has_a_limit() {
    let events = Driver::default();
    let handle = Arc::new(std::sync::OnceLock::<avocet_engine::v8::IsolateHandle>::new());
    let stop = handle.clone();
    let options = RealmOptions {
        heap_limit: 8 << 20,
        near_heap_limit: Some(heap_limit(Arc::new(AtomicUsize::new(24 << 20)), move || {
            if let Some(handle) = stop.get() {
                handle.terminate_execution();
            }
        })),
        ..RealmOptions::new(
            bootstrap(Source::Snapshot),
            Box::new(Printed::default()),
            Arc::new(files("const all = []; for (;;) all.push({ n: all.length });")),
            events.clock(),
        )
    };
    let mut realm = Realm::new(options).unwrap();
    handle.set(realm.handle()).unwrap();
    realm.enter(|scope| {
        assert_eq!(main_file(scope, "main.js"), Ended::Stopped);
        assert_usable(scope);
    });
    realm.enter(|scope| scope.low_memory_notification());
    assert!(realm.memory_bytes() < 24 << 20);
}

#[test]
fn exit_stops_and_tells_the_host() {
    let (mut realm, _, printed) =
        realm(files("test.begin(4); test.exit(3); console.log('never');"), Source::Snapshot);
    realm.enter(|scope| {
        assert_eq!(main_file(scope, "main.js"), Ended::Stopped);
    });
    assert_eq!(printed.text(), "(exit 3)\n");
}

#[test]
fn heap_and_time_can_be_looked_into() {
    let source = "function busy() { let n = 0; for (let i = 0; i < 3e6; i++) n += i; return n; }\n\
                  globalThis.kept = { veryRecognisable: busy() };";
    let (mut realm, ..) = realm(files(source), Source::Snapshot);
    realm.enter(|scope| {
        assert!(scope.start_cpu_profile(100));
        assert_eq!(main_file(scope, "main.js"), Ended::Well);
        let profile = scope.stop_cpu_profile().unwrap();
        let profile: serde_json::Value = serde_json::from_str(&profile).unwrap();
        assert!(profile["nodes"].as_array().is_some_and(|nodes| !nodes.is_empty()));
        let mut heap = Vec::new();
        scope.write_heap_snapshot(&mut heap).unwrap();
        assert!(String::from_utf8_lossy(&heap).contains("veryRecognisable"));
        assert!(scope.heap_statistics().used_heap_size > 0);
    });
}
