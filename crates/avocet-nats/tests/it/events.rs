//! Events in JetStream.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use avocet_backplane::delivery::{Batch, DeadReason, Entry, Pull, Record, Tries};
use avocet_backplane::{
    Document, ErrorKind, EventFilter, EventLog, NewEvent, Start, StateKind, conformance, wait,
};
use avocet_embedded::{Embedded, EventLimits, FolderError, Options};
use avocet_nats::testing::{Release, Server};
use avocet_nats::{EventOptions, Nats};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::common::{connected, other};

/// A machine with its folder, connected to a server.
struct Machine {
    runtime: Runtime,
    nats: Nats,
    folder: TempDir,
}

impl Machine {
    fn at(server: &Server) -> Self {
        let runtime = Runtime::new().unwrap();
        let nats = runtime.block_on(connected(server));
        Self { runtime, nats, folder: tempfile::tempdir().unwrap() }
    }

    fn log_in(&self, folder: &TempDir) -> Arc<dyn EventLog> {
        // The tasks of a log that was dropped let its folder go a moment later.
        let embedded = loop {
            match Embedded::open(folder.path(), Options::default()) {
                Err(FolderError::Locked { .. }) => std::thread::yield_now(),
                opened => break opened.unwrap(),
            }
        };
        let view = embedded.event_view(EventLimits::default()).unwrap();
        self.runtime.block_on(self.nats.events(view, EventOptions::default())).unwrap()
    }

    fn log(&self) -> Arc<dyn EventLog> {
        self.log_in(&self.folder)
    }

    /// A log of streams that are made anew, with a view of its own.
    fn empty(&self, server: &Server, folder: &TempDir) -> Arc<dyn EventLog> {
        self.runtime.block_on(async {
            let jetstream = async_nats::jetstream::new(other(server).await);
            for stream in ["AVOCET_EVENTS", "AVOCET_LEDGER"] {
                jetstream.delete_stream(stream).await.ok();
            }
        });
        self.log_in(folder)
    }
}

fn event(id: &str) -> NewEvent {
    NewEvent {
        source: "/shop".into(),
        id: id.into(),
        kind: "order.created".into(),
        subject: None,
        attributes: Document::parse("{}").unwrap(),
        data: id.to_owned().into(),
        not_before_ms: None,
    }
}

fn pull(subscription: u64) -> Pull {
    Pull {
        subscription,
        filter: EventFilter::default(),
        condition: None,
        after: 0,
        fresh: 1000,
        returned: 1000,
        now_ms: 1 << 50,
        written_after_ms: 1 << 51,
    }
}

fn conforms(release: Release) {
    let server = Server::start(release);
    let machine = Machine::at(&server);
    let folders = RefCell::new(Vec::new());
    conformance::events(|| {
        let folder = tempfile::tempdir().unwrap();
        let log = machine.empty(&server, &folder);
        folders.borrow_mut().push(folder);
        log
    });
}

#[test]
fn the_event_log_conforms_at_an_old_server() {
    conforms(Release::Old);
}

#[test]
fn the_event_log_conforms_at_a_new_server() {
    conforms(Release::New);
}

#[test]
fn a_view_that_is_lost_is_made_again() {
    let server = Server::start(Release::New);
    let machine = Machine::at(&server);
    let tries = Tries { failed: 1, refused: 0 };
    let waiting = Entry::Waiting { tries, at_ms: 7, written_ms: 5 };
    let dead = Entry::Dead { tries, reason: DeadReason::MaxAge };
    let positions = {
        let log = machine.log();
        wait(log.subscribe("gone", Start::First)).unwrap();
        let id = wait(log.subscribe("s", Start::First)).unwrap().id;
        wait(log.unsubscribe("gone")).unwrap();
        let events = ["a", "b", "c", "d", "e"].map(event);
        let appended = wait(log.append(events.to_vec())).unwrap();
        let positions: Vec<u64> = appended.iter().map(|appended| appended.position).collect();
        let record = |position, entry, note: &str| Record {
            subscription: id,
            position,
            entry,
            note: Some(note.into()),
            emitted: Vec::new(),
        };
        let records = vec![
            record(positions[0], Entry::Done, "one"),
            record(positions[1], waiting, "two"),
            record(positions[2], dead, "three"),
            record(positions[3], dead, "four"),
        ];
        let cursors = vec![(id, positions[3])];
        let batch = Batch { session: log.session(), id: 1, records, cursors };
        wait(log.write(batch)).unwrap();
        assert_eq!(wait(log.replay(id, vec![positions[2]])).unwrap(), 1);
        assert_eq!(wait(log.purge(vec![positions[3]])).unwrap(), 1);
        positions
    };
    let other = tempfile::tempdir().unwrap();
    for folder in [&machine.folder, &other, &other] {
        let log = machine.log_in(folder);
        let all = wait(log.subscriptions()).unwrap();
        assert_eq!((all.len(), &*all[0].name, all[0].cursor), (1, "s", positions[3]));
        let pulled = wait(log.pull(Pull { after: positions[3], ..pull(all[0].id) })).unwrap();
        let given: Vec<_> = pulled.events.iter().map(|event| event.position).collect();
        assert_eq!(given.len(), 3);
        assert!(given.contains(&positions[1]) && given.contains(&positions[2]));
        assert_eq!(given[2], positions[4]);
        let notes = wait(log.notes(positions[0])).unwrap();
        assert_eq!(notes, [("s".to_owned(), "one".to_owned())]);
        assert_eq!(wait(log.event(positions[3])).unwrap(), None);
        assert_eq!(wait(log.event(positions[4])).unwrap().unwrap().data, "e");
    }
}

#[test]
fn events_of_other_clients_are_taken_and_what_is_none_is_dead() {
    for release in Release::ALL {
        let server = Server::start(release);
        let machine = Machine::at(&server);
        let log = machine.log();
        let id = wait(log.subscribe("s", Start::First)).unwrap().id;
        let mut last = log.watch();
        machine.runtime.block_on(async {
            let client = other(&server).await;
            let json = r#"{"specversion":"1.0","id":"1","source":"/x","type":"a.b","data":1}"#;
            client.request("avocet.events.a.b", json.into()).await.unwrap();
            client.request("avocet.events.a.b", "no event".into()).await.unwrap();
            last.wait_for(|last| *last == 2).await.unwrap();
        });
        let found = wait(log.event(1)).unwrap().unwrap();
        assert_eq!((&*found.source, &*found.kind, &found.data[..]), ("/x", "a.b", &b"1"[..]));
        // Also after a start.
        drop(log);
        let log = machine.log();
        let pulled = wait(log.pull(pull(id))).unwrap();
        assert_eq!(pulled.events.iter().map(|event| event.position).collect::<Vec<_>>(), [1]);
        let dead = avocet_backplane::DeliveryQuery::new(id, StateKind::Dead);
        assert_eq!(wait(log.deliveries(dead)).unwrap()[0].position, 2);
        assert!(wait(log.notes(2)).unwrap()[0].1.contains("no CloudEvent"));
    }
}

#[test]
fn a_full_stream_refuses_and_keeps_what_it_has() {
    let server = Server::start(Release::Old);
    let machine = Machine::at(&server);
    let embedded = Embedded::open(machine.folder.path(), Options::default()).unwrap();
    let view = embedded.event_view(EventLimits::default()).unwrap();
    let options = EventOptions { bytes: Some(100_000), ..EventOptions::default() };
    let log = machine.runtime.block_on(machine.nats.events(view, options)).unwrap();
    let large = |id: &str| NewEvent { data: vec![0; 40_000].into(), ..event(id) };
    wait(log.append(vec![large("a"), large("b")])).unwrap();
    let error = wait(log.append(vec![large("c")])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert!(error.to_string().contains("AVOCET_EVENTS"), "{error}");
    let error = wait(log.append(vec![NewEvent { data: vec![0; 2 << 20].into(), ..event("d") }]));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(wait(log.read(0, 10)).unwrap().events.len(), 2);
}

/// Kills of the server: 10, or `AVOCET_KILLS`.
fn kills() -> usize {
    std::env::var("AVOCET_KILLS").map_or(10, |text| text.parse().unwrap())
}

/// Publishes events, as a publisher does each until it is accepted, and finishes those of before;
/// gives their positions and ids.
fn publish(log: &Arc<dyn EventLog>, id: u64, ended: &AtomicBool) -> Vec<(u64, String)> {
    let (mut receipts, mut batch) = (Vec::new(), 0);
    let session = log.session();
    while !ended.load(Ordering::Relaxed) {
        let name = receipts.len().to_string();
        let position = loop {
            if let Ok(appended) = wait(log.append(vec![event(&name)])) {
                break appended[0].position;
            }
        };
        receipts.push((position, name));
        // As an engine does: the same entries in a later batch, until one is written.
        loop {
            batch += 1;
            let note = Some("once".into());
            let (entry, emitted) = (Entry::Done, Vec::new());
            let record = Record { subscription: id, position, entry, note, emitted };
            let cursors = vec![(id, position)];
            let batch = Batch { session, id: batch, records: vec![record], cursors };
            if wait(log.write(batch)).is_ok() {
                break;
            }
        }
    }
    receipts
}

/// A server that is killed again and again loses nothing that was acknowledged, and nothing is
/// there twice.
#[test]
fn a_server_that_is_killed_again_and_again_loses_nothing() {
    for release in Release::ALL {
        let mut server = Server::start(release);
        let machine = Machine::at(&server);
        let log = machine.log();
        let id = wait(log.subscribe("s", Start::First)).unwrap().id;
        let ended = AtomicBool::new(false);
        let receipts = std::thread::scope(|scope| {
            let publisher = scope.spawn(|| publish(&log, id, &ended));
            for kill in 0..kills() {
                let mut last = log.watch();
                let seen = *last.borrow();
                // At another moment each time, but never without something published between.
                let more = last.wait_for(|last| *last > seen + 3 * (kill as u64 % 7));
                machine.runtime.block_on(more).unwrap();
                server.kill();
                server.restart();
            }
            ended.store(true, Ordering::Relaxed);
            publisher.join().unwrap()
        });
        println!("{release:?}: {} events, {} kills", receipts.len(), kills());
        drop(log);
        let other = tempfile::tempdir().unwrap();
        let log = machine.log_in(&other);
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let page = wait(log.read(after, 1000)).unwrap();
            found.extend(page.events.into_iter().map(|event| (event.position, event.id)));
            after = found.last().map_or(0, |(position, _)| *position);
            if !page.more {
                break;
            }
        }
        assert_eq!(found, receipts);
        let found = wait(log.subscriptions()).unwrap().remove(0);
        assert_eq!((found.cursor, found.open, found.dead), (after, 0, 0));
        let pulled = wait(log.pull(pull(found.id))).unwrap();
        assert!(pulled.events.is_empty(), "{:?}", pulled.events);
        for (position, _) in &receipts {
            assert_eq!(wait(log.notes(*position)).unwrap().len(), 1, "{position}");
        }
    }
}
