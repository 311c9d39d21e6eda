//! The embedded event log: restarts, kills, retention, and a disk without room.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::delivery::{Batch, DeadReason, Entry, Record, Tries};
use avocet_backplane::{
    DeliveryQuery, Document, Error, ErrorKind, EventLog, NewEvent, Start, StateKind, conformance,
    wait,
};
use avocet_embedded::{Embedded, EventLimits, Options};

use crate::common::{FOLDER, child, said};

/// The first subscription of a new log.
const ONE: u64 = 1;

fn event(id: impl Into<String>, data: Vec<u8>) -> NewEvent {
    NewEvent {
        source: "/test".into(),
        id: id.into(),
        kind: "test".into(),
        subject: None,
        attributes: Document::parse("{}").unwrap(),
        data: data.into(),
        not_before_ms: None,
    }
}

fn log_of(folder: &Path, limits: EventLimits) -> (Embedded, Arc<dyn EventLog>) {
    let store = Embedded::open(folder, Options { events: limits, ..Options::default() }).unwrap();
    let log = store.events();
    (store, log)
}

fn append(log: &dyn EventLog, id: impl Into<String>, bytes: usize) -> Result<u64, Error> {
    let appended = wait(log.append(vec![event(id, vec![b'x'; bytes])]))?;
    Ok(appended[0].position)
}

fn kept(log: &dyn EventLog) -> Vec<u64> {
    wait(log.read(0, 10_000)).unwrap().events.iter().map(|event| event.position).collect()
}

fn subscribe(log: &dyn EventLog) {
    assert_eq!(wait(log.subscribe("s", Start::First)).unwrap().id, ONE);
}

/// Writes one entry and the cursor. Each is of a session of its own.
fn write(log: &dyn EventLog, position: u64, entry: Entry, cursor: u64) {
    let records =
        vec![Record { subscription: ONE, position, entry, note: None, emitted: Vec::new() }];
    let batch = Batch { session: log.session(), id: 1, records, cursors: vec![(ONE, cursor)] };
    wait(log.write(batch)).unwrap();
}

const fn waiting(at_ms: u64) -> Entry {
    Entry::Waiting { tries: Tries { failed: 1, refused: 0 }, at_ms, written_ms: 1 }
}

const DEAD: Entry =
    Entry::Dead { tries: Tries { failed: 1, refused: 0 }, reason: DeadReason::Rejected };

#[test]
fn the_embedded_event_log_conforms() {
    let folders = std::cell::RefCell::new(Vec::new());
    conformance::events(|| {
        let folder = tempfile::tempdir().unwrap();
        let (_, log) = log_of(folder.path(), EventLimits::default());
        folders.borrow_mut().push(folder);
        log
    });
}

#[test]
fn a_restart_brings_events_cursors_and_rows_back() {
    let folder = tempfile::tempdir().unwrap();
    let (store, log) = log_of(folder.path(), EventLimits::default());
    let (first, second) = (append(&*log, "a", 1).unwrap(), append(&*log, "b", 1).unwrap());
    subscribe(&*log);
    write(&*log, second, waiting(7), first);
    store.close();
    assert!(matches!(append(&*log, "c", 1), Err(Error::Closed)));
    assert!(matches!(wait(log.read(0, 1)), Err(Error::Closed)));
    drop((store, log));
    let (_store, log) = log_of(folder.path(), EventLimits::default());
    assert_eq!(*log.watch().borrow(), second);
    assert_eq!(kept(&*log), [first, second]);
    let subscription = &wait(log.subscriptions()).unwrap()[0];
    assert_eq!((subscription.cursor, subscription.open), (first, 1));
    let found = wait(log.deliveries(DeliveryQuery::new(ONE, StateKind::Waiting))).unwrap();
    assert_eq!((found[0].position, found[0].entry), (second, waiting(7)));
    // The window for duplicates goes over the restart too.
    assert_eq!(append(&*log, "a", 1).unwrap(), first);
    assert!(append(&*log, "c", 1).unwrap() > second);
}

#[test]
fn outside_of_the_window_the_same_id_is_another_event() {
    let folder = tempfile::tempdir().unwrap();
    let limits = EventLimits { duplicates: Duration::ZERO, ..EventLimits::default() };
    let (_store, log) = log_of(folder.path(), limits);
    let first = append(&*log, "a", 1).unwrap();
    assert!(append(&*log, "a", 1).unwrap() > first);
}

/// Room for about ten events of 10,000 bytes.
fn small() -> EventLimits {
    EventLimits { bytes: 100_000, ..EventLimits::default() }
}

#[test]
fn over_its_size_the_log_deletes_the_oldest_that_nobody_needs() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, log) = log_of(folder.path(), small());
    let positions: Vec<u64> =
        (0..30).map(|n| append(&*log, n.to_string(), 9_000).unwrap()).collect();
    let kept = kept(&*log);
    assert!((8..=10).contains(&kept.len()), "{kept:?}");
    assert!(positions.ends_with(&kept), "{kept:?}");
}

#[test]
fn what_a_subscription_needs_is_never_deleted_and_fills_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, log) = log_of(folder.path(), small());
    subscribe(&*log);
    let mut taken = Vec::new();
    let error = loop {
        match append(&*log, taken.len().to_string(), 9_000) {
            Ok(position) => taken.push(position),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert!(error.to_string().contains("events.db"), "{error}");
    assert_eq!(kept(&*log), taken);
    // A smaller one may still fit, and results do in any case.
    append(&*log, "small", 10).unwrap();
    let last = *taken.last().unwrap();
    write(&*log, taken[0], DEAD, last);
    write(&*log, taken[1], waiting(1), last);
    write(&*log, taken[2], Entry::Done, last);
    append(&*log, "large", 50_000).unwrap();
    let kept = kept(&*log);
    assert_eq!(kept[..2], taken[..2], "dead and waiting ones stay: {kept:?}");
    assert!(!kept.contains(&taken[2]), "{kept:?}");
}

#[test]
fn dead_events_are_kept_for_their_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let (store, log) = log_of(folder.path(), small());
    let first = append(&*log, "dead", 50_000).unwrap();
    subscribe(&*log);
    write(&*log, first, DEAD, first);
    assert_eq!(append(&*log, "b", 60_000).unwrap_err().kind(), ErrorKind::StorageFull);
    assert_eq!(kept(&*log), [first]);
    drop((store, log));
    let limits = EventLimits { keep_dead: Duration::ZERO, ..small() };
    let (_store, log) = log_of(folder.path(), limits);
    let second = append(&*log, "b", 60_000).unwrap();
    assert_eq!(kept(&*log), [second]);
}

#[test]
fn a_batch_for_which_there_is_no_room_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, log) = log_of(folder.path(), small());
    let batch = (0..20).map(|n| event(n.to_string(), vec![0; 9_000])).collect();
    assert_eq!(wait(log.append(batch)).unwrap_err().kind(), ErrorKind::StorageFull);
    assert!(kept(&*log).is_empty());
}

#[test]
fn a_disk_without_its_reserve_refuses_events_and_takes_results() {
    let folder = tempfile::tempdir().unwrap();
    let (store, log) = log_of(folder.path(), EventLimits::default());
    let first = append(&*log, "a", 1).unwrap();
    subscribe(&*log);
    drop((store, log));
    let limits = EventLimits { reserve: u64::MAX, ..EventLimits::default() };
    let (_store, log) = log_of(folder.path(), limits);
    assert_eq!(append(&*log, "b", 1).unwrap_err().kind(), ErrorKind::StorageFull);
    write(&*log, first, Entry::Done, first);
    assert_eq!(wait(log.subscriptions()).unwrap()[0].cursor, first);
    assert_eq!(kept(&*log), [first]);
}

#[test]
fn a_corrupt_page_is_told_and_takes_nothing_else() {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let folder = tempfile::tempdir().unwrap();
    let (store, log) = log_of(folder.path(), EventLimits::default());
    let positions: Vec<u64> =
        (0..200).map(|n| append(&*log, n.to_string(), 3_000).unwrap()).collect();
    store.close();
    drop((store, log));
    let path = folder.path().join("events.db");
    let size = path.metadata().unwrap().len();
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(size / 2 / 4096 * 4096)).unwrap();
    file.write_all(&[0xa5; 4096]).unwrap();
    drop(file);
    let (_store, log) = log_of(folder.path(), EventLimits::default());
    let found: Vec<_> = positions.iter().map(|position| wait(log.event(*position))).collect();
    let lost = found.iter().filter(|found| !matches!(found, Ok(Some(_)))).count();
    assert!((1..=3).contains(&lost), "{lost} of 200 are behind the page");
    let error = found.into_iter().find_map(Result::err).expect("it is no missing event");
    assert_eq!(error.kind(), ErrorKind::Unusable);
    assert!(error.to_string().contains("events.db"), "{error}");
    // Publishers go on.
    let next = append(&*log, "next", 10).unwrap();
    assert!(wait(log.event(next)).unwrap().is_some());
}

/// Appends and writes until it is killed, and says each after it was acknowledged. Does nothing
/// unless the other test starts it.
#[test]
fn publish_for_ever() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let (_store, log) = log_of(Path::new(&folder), EventLimits::default());
    subscribe(&*log);
    let last = *log.watch().borrow();
    for n in last + 1.. {
        let position = append(&*log, n.to_string(), (n as usize * 37) % 20_000).unwrap();
        println!("CHILD event {position}");
        write(&*log, position, Entry::Done, position);
        println!("CHILD done {position}");
    }
}

#[test]
fn a_killed_process_keeps_every_event_and_result_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (mut events, mut done) = (Vec::new(), Vec::new());
    for round in 0..8 {
        let mut child = child(&[], "events::publish_for_ever", folder.path()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        for line in lines.map_while(Result::ok) {
            let Some((kind, position)) = said(&line).and_then(|said| said.split_once(' ')) else {
                continue;
            };
            let acknowledged = if kind == "event" { &mut events } else { &mut done };
            acknowledged.push(position.parse::<u64>().unwrap());
            seen += 1;
            if seen == 9 + round * 5 {
                // SIGKILL. What it says until it dies is read too: it was acknowledged.
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(seen >= 9, "the child ended by itself");
        let (_store, log) = log_of(folder.path(), EventLimits::default());
        let kept = kept(&*log);
        assert_eq!(kept, (1..=kept.len() as u64).collect::<Vec<_>>());
        assert!(events.iter().all(|event| kept.contains(event)), "{kept:?} {events:?}");
        let found = wait(log.deliveries(DeliveryQuery::new(ONE, StateKind::Done))).unwrap();
        let found: Vec<u64> = found.iter().map(|delivery| delivery.position).collect();
        assert!(done.iter().all(|position| found.contains(position)), "{found:?} {done:?}");
        assert!(wait(log.subscriptions()).unwrap()[0].cursor >= *done.last().unwrap());
    }
}
