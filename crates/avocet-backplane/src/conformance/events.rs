//! Cases for event logs.

use crate::delivery::{Batch, Entry, Record, Tries};
use crate::{
    Appended, DeliveryQuery, Document, ErrorKind, EventLog, NewEvent, Start, StateKind, wait,
};

type Case = fn(&dyn EventLog);

pub(super) const CASES: &[(&str, Case)] = &[
    ("an event comes back as it was appended", keeps_events),
    ("events are read in their order, page by page", pages),
    ("a duplicate has the position of the first, whose data stays", duplicates),
    ("events are appended all or not at all", all_or_nothing),
    ("the last position is watched", watches),
    ("a subscription begins where it is asked to, once", subscribes),
    ("a deleted subscription takes its rows with it, and its number", unsubscribes),
    ("publishers at the same time get positions of their own", publishes_at_once),
];

pub(super) fn event(id: &str, data: &str) -> NewEvent {
    NewEvent {
        source: "/shop".into(),
        id: id.into(),
        kind: "order.created".into(),
        subject: Some("order/1".into()),
        attributes: Document::parse(format!(r#"{{"id":{id:?}}}"#)).unwrap(),
        data: data.to_owned().into(),
        not_before_ms: None,
    }
}

fn append(log: &dyn EventLog, ids: &[&str]) -> Vec<u64> {
    let events = ids.iter().map(|id| event(id, id)).collect();
    wait(log.append(events)).unwrap().iter().map(|appended| appended.position).collect()
}

fn keeps_events(log: &dyn EventLog) {
    let full = NewEvent { not_before_ms: Some(1_700_000_000_123), ..event("a", "\0\u{1f980}") };
    let least = NewEvent { subject: None, data: Vec::new().into(), ..event("b", "") };
    let appended = wait(log.append(vec![full.clone(), least])).unwrap();
    assert!(appended.iter().all(|appended| !appended.duplicate));
    let (first, second) = (appended[0].position, appended[1].position);
    assert!(first > 0 && second > first);
    let found = wait(log.event(first)).unwrap().unwrap();
    assert_eq!((&found.source, &found.id, &found.kind), (&full.source, &full.id, &full.kind));
    assert_eq!((&found.subject, &found.data), (&full.subject, &full.data));
    assert_eq!(found.attributes, full.attributes);
    assert_eq!(found.not_before_ms, full.not_before_ms);
    assert!(found.accepted_ms > 0);
    let found = wait(log.event(second)).unwrap().unwrap();
    assert_eq!((found.subject, found.data.len(), found.not_before_ms), (None, 0, None));
    assert_eq!(wait(log.event(second + 1)).unwrap(), None);
}

fn pages(log: &dyn EventLog) {
    let positions = append(log, &["a", "b", "c", "d", "e"]);
    let (mut after, mut read, mut more) = (0, Vec::new(), true);
    while more {
        let page = wait(log.read(after, 2)).unwrap();
        assert!(page.events.len() <= 2);
        read.extend(page.events.iter().map(|event| event.position));
        after = *read.last().unwrap();
        more = page.more;
    }
    assert_eq!(read, positions);
    let end = wait(log.read(after, 2)).unwrap();
    assert!(end.events.is_empty() && !end.more);
}

fn duplicates(log: &dyn EventLog) {
    let first = append(log, &["a"])[0];
    let twice = vec![event("a", "other"), event("b", "x"), event("b", "y")];
    let again = wait(log.append(twice)).unwrap();
    assert_eq!(again[0], Appended { position: first, duplicate: true });
    assert!(!again[1].duplicate);
    assert_eq!(again[2], Appended { position: again[1].position, duplicate: true });
    let other = NewEvent { source: "/else".into(), ..event("a", "z") };
    assert!(!wait(log.append(vec![other])).unwrap()[0].duplicate);
    let page = wait(log.read(0, 10)).unwrap();
    let data: Vec<&[u8]> = page.events.iter().map(|event| &event.data[..]).collect();
    assert_eq!(data, [b"a", b"x", b"z"]);
}

fn all_or_nothing(log: &dyn EventLog) {
    let wrong = NewEvent { id: String::new(), ..event("", "") };
    let error = wait(log.append(vec![event("a", ""), wrong])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let large = NewEvent { data: vec![0; crate::MAX_EVENT_BYTES].into(), ..event("b", "") };
    let error = wait(log.append(vec![event("a", ""), large])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(wait(log.read(0, 10)).unwrap().events.is_empty());
    assert!(wait(log.append(Vec::new())).unwrap().is_empty());
}

fn watches(log: &dyn EventLog) {
    let mut watch = log.watch();
    assert_eq!(*watch.borrow_and_update(), 0);
    let last = *append(log, &["a", "b"]).last().unwrap();
    wait(watch.changed()).unwrap();
    assert_eq!(*watch.borrow_and_update(), last);
    append(log, &["b"]);
    assert!(!watch.has_changed().unwrap(), "a duplicate is no new event");
}

fn subscribes(log: &dyn EventLog) {
    let positions = append(log, &["a", "b"]);
    let cursor = |name, start| wait(log.subscribe(name, start)).unwrap().cursor;
    assert_eq!(cursor("next", Start::Next), positions[1]);
    assert!(cursor("first", Start::First) < positions[0]);
    assert_eq!(cursor("after", Start::After(positions[0])), positions[0]);
    append(log, &["c"]);
    assert_eq!(cursor("next", Start::Next), positions[1], "it is there already");
    let names: Vec<_> =
        wait(log.subscriptions()).unwrap().into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["after", "first", "next"]);
    let empty = wait(log.subscribe("", Start::Next)).unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::Invalid);
}

fn unsubscribes(log: &dyn EventLog) {
    let position = append(log, &["a"])[0];
    let id = wait(log.subscribe("s", Start::First)).unwrap().id;
    let record = Record {
        subscription: id,
        position,
        entry: Entry::Behind { tries: Tries::default() },
        note: Some("first".into()),
        emitted: Vec::new(),
    };
    let batch = |id| Batch { session: 1, id, records: vec![record.clone()], cursors: vec![] };
    wait(log.write(batch(1))).unwrap();
    assert_eq!(wait(log.subscriptions()).unwrap()[0].open, 1);
    wait(log.unsubscribe("s")).unwrap();
    assert!(wait(log.subscriptions()).unwrap().is_empty());
    let again = wait(log.subscribe("s", Start::First)).unwrap();
    assert_ne!(again.id, id);
    // A batch that was on its way is of nobody.
    wait(log.write(batch(2))).unwrap();
    for id in [id, again.id] {
        let query = DeliveryQuery::new(id, StateKind::Behind);
        assert!(wait(log.deliveries(query)).unwrap().is_empty());
    }
    assert!(wait(log.notes(position)).unwrap().is_empty());
    assert_eq!(wait(log.unsubscribe("t")).unwrap_err().kind(), ErrorKind::Invalid);
    assert!(wait(log.event(position)).unwrap().is_some());
}

fn publishes_at_once(log: &dyn EventLog) {
    let mut all: Vec<u64> = std::thread::scope(|scope| {
        let publishers: Vec<_> = (0..8)
            .map(|publisher| {
                scope.spawn(move || {
                    let one = |n: usize| append(log, &[&format!("{publisher}-{n}")])[0];
                    let own: Vec<u64> = (0..25).map(one).collect();
                    assert!(own.is_sorted());
                    own
                })
            })
            .collect();
        publishers.into_iter().flat_map(|publisher| publisher.join().unwrap()).collect()
    });
    all.sort_unstable();
    let read = wait(log.read(0, 1000)).unwrap().events;
    assert_eq!(read.iter().map(|event| event.position).collect::<Vec<_>>(), all);
    assert_eq!(all.len(), 200);
    all.dedup();
    assert_eq!(all.len(), 200);
}
