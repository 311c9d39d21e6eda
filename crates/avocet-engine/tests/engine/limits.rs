//! Limits of heap and time, and what a stopped realm can still do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use avocet_engine::event_loop::LoopEnd;
use avocet_engine::limits::{TimeLimits, Watchdog, heap_limit};
use avocet_engine::realm::{Realm, RealmOptions, run_script};
use avocet_engine::run::{Ended, main_file};
use avocet_engine::v8::HandleScope;

use crate::support::{Printed, Source, bootstrap, paused_loop, realm};

fn files(source: &str) -> BTreeMap<String, String> {
    [("main.js".to_owned(), source.to_owned())].into()
}

/// The realm can go on after what was stopped.
fn assert_usable(scope: &mut HandleScope<'_>) {
    scope.cancel_terminate_execution();
    let value = run_script(scope, "after.js", "[1, 2].map((n) => n + 1).join()").unwrap();
    assert_eq!(value.to_rust_string_lossy(scope), "2,3");
}

#[test]
fn what_runs_too_long_is_stopped_and_the_realm_goes_on() {
    let both = [
        TimeLimits { wall: Some(Duration::from_millis(20)), processor: None },
        TimeLimits { wall: None, processor: Some(Duration::from_millis(20)) },
    ];
    for limits in both {
        let (mut realm, ..) = realm(files("for (;;) {}"), Source::Snapshot);
        let watchdog = Watchdog::start(realm.handle(), limits).unwrap();
        let ended = realm.enter(|scope| main_file(scope, "main.js"));
        assert_eq!(ended, Ended::Stopped);
        assert!(watchdog.stop());
        realm.enter(assert_usable);
    }
}

#[test]
fn a_timer_that_loops_stops_the_event_loop() {
    let (mut realm, events, _) =
        realm(files("setTimeout(() => { for (;;) {} }, 1);"), Source::Snapshot);
    let limits = TimeLimits { wall: Some(Duration::from_millis(20)), processor: None };
    let watchdog = Watchdog::start(realm.handle(), limits).unwrap();
    realm.enter(|scope| {
        assert_eq!(main_file(scope, "main.js"), Ended::Well);
        assert_eq!(events.run(scope), LoopEnd::Stopped);
    });
    assert!(watchdog.stop());
}

#[test]
fn what_ends_in_time_is_left_alone() {
    let (mut realm, _, printed) = realm(files("console.log('done')"), Source::Snapshot);
    let limits = TimeLimits { wall: Some(Duration::from_secs(600)), processor: None };
    let watchdog = Watchdog::start(realm.handle(), limits).unwrap();
    realm.enter(|scope| assert_eq!(main_file(scope, "main.js"), Ended::Well));
    assert!(!watchdog.stop());
    assert_eq!(printed.text(), "done\n");
}

#[test]
fn the_heap_has_a_limit() {
    let events = paused_loop();
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
    realm.free_memory();
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
