//! Cases for what people see and do with events.

use super::events::event;
use crate::delivery::{
    Batch, DeadReason, Entry, MAX_NOTE_BYTES, MAX_NOTES, Origin, Pull, Record, Tries,
};
use crate::{EventDelivery, EventFilter, EventLog, NewEvent, Start, wait};

type Case = fn(&dyn EventLog);

pub(super) const CASES: &[(&str, Case)] = &[
    ("an event is found by its id, from every source", finds),
    ("an event has a state for each subscription that came to it", states),
    ("done events and those without a row are replayed, open ones are not", replays),
    ("what is dead or done is purged, what is needed is not", purges),
    ("what a handler emitted is there with its entry, once", emits),
    ("what a handler emitted is not there where its entry takes no effect", emits_nothing),
    ("a long line of the ledger is cut", cuts),
    ("the ledger has the first line and the latest ones", forgets),
];

const FAILED: Tries = Tries { failed: 1, refused: 0 };
const DEAD: Entry = Entry::Dead { tries: FAILED, reason: DeadReason::Rejected };
const WAITING: Entry = Entry::Waiting { tries: FAILED, at_ms: 5_000, written_ms: 900 };

fn append(log: &dyn EventLog, ids: &[&str]) -> Vec<u64> {
    let events = ids.iter().map(|id| event(id, id)).collect();
    wait(log.append(events)).unwrap().iter().map(|appended| appended.position).collect()
}

fn record(subscription: u64, position: u64, entry: Entry) -> Record {
    Record { subscription, position, entry, note: None, emitted: Vec::new() }
}

/// Writes records, and a cursor for each of their subscriptions, in a session of their own.
fn write(log: &dyn EventLog, records: Vec<Record>, cursor: u64) {
    let cursors = records.iter().map(|record| (record.subscription, cursor)).collect();
    wait(log.write(Batch { session: log.session(), id: 1, records, cursors })).unwrap();
}

fn finds(log: &dyn EventLog) {
    let first = append(log, &["a", "b"])[0];
    let other = NewEvent { source: "/else".into(), ..event("a", "") };
    let second = wait(log.append(vec![other])).unwrap()[0].position;
    let found = wait(log.find("a")).unwrap();
    assert_eq!(found.iter().map(|event| event.position).collect::<Vec<_>>(), [second, first]);
    assert_eq!(found[1].data, "a");
    assert!(wait(log.find("c")).unwrap().is_empty());
}

fn states(log: &dyn EventLog) {
    let positions = append(log, &["a", "b"]);
    let id = |name| wait(log.subscribe(name, Start::First)).unwrap().id;
    let (t, s, _) = (id("t"), id("s"), id("u"));
    write(log, vec![record(t, positions[0], Entry::Done), record(s, positions[0], DEAD)], 0);
    let of =
        |subscription, name: &str, entry| EventDelivery { subscription, name: name.into(), entry };
    let expected = [of(s, "s", DEAD), of(t, "t", Entry::Done)];
    assert_eq!(wait(log.states(positions[0])).unwrap(), expected);
    assert!(wait(log.states(positions[1])).unwrap().is_empty());
}

fn replays(log: &dyn EventLog) {
    let positions = append(log, &["a", "b", "c", "d"]);
    let id = wait(log.subscribe("s", Start::Next)).unwrap().id;
    let rows = [DEAD, Entry::Done, WAITING].into_iter().zip(&positions);
    write(log, rows.map(|(entry, position)| record(id, *position, entry)).collect(), positions[3]);
    assert_eq!(wait(log.replay(id, positions.clone())).unwrap(), 3);
    let pull = Pull {
        subscription: id,
        filter: EventFilter::default(),
        condition: None,
        after: positions[3],
        fresh: 10,
        returned: 10,
        now_ms: u64::MAX >> 2,
        written_after_ms: u64::MAX >> 2,
    };
    let pulled = wait(log.pull(pull)).unwrap();
    let mut given: Vec<_> = pulled.events.iter().map(|event| event.position).collect();
    given.sort_unstable();
    assert_eq!(given, positions);
    assert!(pulled.events.iter().all(|event| event.origin == Origin::Returned));
}

fn purges(log: &dyn EventLog) {
    let positions = append(log, &["dead", "done", "waiting", "unread", "other"]);
    let id = wait(log.subscribe("s", Start::First)).unwrap().id;
    let noted = Record { note: Some("x".into()), ..record(id, positions[0], DEAD) };
    let done = record(id, positions[1], Entry::Done);
    write(log, vec![noted, done, record(id, positions[2], WAITING)], positions[2]);
    assert_eq!(wait(log.purge(positions[..4].to_vec())).unwrap(), 2);
    let left = wait(log.read(0, 10)).unwrap().events;
    assert_eq!(left.iter().map(|event| event.position).collect::<Vec<_>>(), positions[2..]);
    assert!(wait(log.notes(positions[0])).unwrap().is_empty());
    assert_eq!(wait(log.subscriptions()).unwrap()[0].dead, 0);
    assert_eq!(wait(log.purge(positions)).unwrap(), 0);
}

fn emits(log: &dyn EventLog) {
    let position = append(log, &["a"])[0];
    let id = wait(log.subscribe("s", Start::First)).unwrap().id;
    let done = Record {
        emitted: vec![event("b", "of a"), event("c", "of a")],
        ..record(id, position, Entry::Done)
    };
    let mut watch = log.watch();
    watch.borrow_and_update();
    write(log, vec![done.clone()], position);
    assert!(watch.has_changed().unwrap());
    // Nobody knew that it was written.
    write(log, vec![done], position);
    let events = wait(log.read(position, 10)).unwrap().events;
    let ids: Vec<_> = events.iter().map(|event| (&*event.id, &event.data[..])).collect();
    assert_eq!(ids, [("b", &b"of a"[..]), ("c", b"of a")]);
}

fn emits_nothing(log: &dyn EventLog) {
    let position = append(log, &["a"])[0];
    let id = wait(log.subscribe("s", Start::First)).unwrap().id;
    write(log, vec![record(id, position, DEAD)], position);
    let late = |subscription, position| Record {
        emitted: vec![event("b", "")],
        ..record(subscription, position, Entry::Done)
    };
    write(log, vec![late(id, position), late(id + 7, position), late(id, position + 7)], 0);
    assert!(wait(log.read(position, 10)).unwrap().events.is_empty());
}

fn cuts(log: &dyn EventLog) {
    let position = append(log, &["a"])[0];
    let id = wait(log.subscribe("s", Start::First)).unwrap().id;
    let note = format!("x{}", "\u{1f980}".repeat(MAX_NOTE_BYTES));
    let long = Record { note: Some(note.as_str().into()), ..record(id, position, WAITING) };
    write(log, vec![long.clone()], 0);
    write(log, vec![long], 0);
    let notes = wait(log.notes(position)).unwrap();
    assert_eq!(notes.len(), 1, "the same line is kept once");
    assert!(note.starts_with(&notes[0].1) && notes[0].1.len() > MAX_NOTE_BYTES - 4);
    assert!(notes[0].1.len() <= MAX_NOTE_BYTES);
}

fn forgets(log: &dyn EventLog) {
    let position = append(log, &["a"])[0];
    let id = wait(log.subscribe("s", Start::First)).unwrap().id;
    let failed =
        |n: u64| Record { note: Some(n.to_string().into()), ..record(id, position, WAITING) };
    write(log, (1..=MAX_NOTES + 5).map(failed).collect(), 0);
    let notes = wait(log.notes(position)).unwrap();
    let lines: Vec<u64> = notes.iter().map(|(_, line)| line.parse().unwrap()).collect();
    let expected: Vec<u64> = std::iter::once(1).chain(7..=MAX_NOTES + 5).collect();
    assert_eq!(lines, expected);
}
