//! Cases for lists of events.

use super::events::event;
use crate::delivery::{Batch, DeadReason, Entry, Record, Tries};
use crate::{
    DeliveryFilter, EventFilter, EventLog, EventOrder, EventQuery, NewEvent, Start, StateKind, wait,
};

type Case = fn(&dyn EventLog);

pub(super) const CASES: &[(&str, Case)] = &[
    ("events are listed in either order, page by page", pages),
    ("events are found by what they say", finds),
    ("events are found by a pattern of many types", finds_among_many_types),
    ("events are found by the time of their acceptance", since),
    ("events are found by what became of them", by_deliveries),
    ("a listed event has its rows and their ledger", has_rows),
];

fn append(log: &dyn EventLog, events: Vec<NewEvent>) -> Vec<u64> {
    wait(log.append(events)).unwrap().iter().map(|appended| appended.position).collect()
}

/// Every page of a query, together.
fn all(log: &dyn EventLog, query: &EventQuery) -> Vec<u64> {
    let (mut query, mut found) = (query.clone(), Vec::new());
    loop {
        let page = wait(log.list(query.clone())).unwrap();
        assert!(page.events.len() <= query.limit);
        found.extend(page.events.iter().map(|listed| listed.event.position));
        query.from = page.next;
        if query.from.is_none() {
            return found;
        }
    }
}

fn pages(log: &dyn EventLog) {
    let ids = append(log, (0..7).map(|n| event(&n.to_string(), "x")).collect());
    let newest: Vec<u64> = ids.iter().rev().copied().collect();
    for limit in [1, 2, 7, EventQuery::MAX] {
        let query = EventQuery { limit, ..EventQuery::default() };
        assert_eq!(all(log, &query), newest);
        assert_eq!(all(log, &EventQuery { order: EventOrder::OldestFirst, ..query }), ids);
    }
    let beyond = EventQuery { from: Some(ids[3]), ..EventQuery::default() };
    assert_eq!(all(log, &beyond), newest[4..]);
    let beyond = EventQuery { order: EventOrder::OldestFirst, ..beyond };
    assert_eq!(all(log, &beyond), ids[4..]);
}

fn finds_among_many_types(log: &dyn EventLog) {
    let of = |n: usize| NewEvent { kind: format!("t.{n}"), ..event(&n.to_string(), "") };
    let ids = append(log, (0..300).map(of).collect());
    let by = |kind: &str| {
        let filter = EventFilter { source: None, types: vec![kind.to_owned()] };
        all(log, &EventQuery { filter, order: EventOrder::OldestFirst, ..EventQuery::default() })
    };
    assert_eq!(by("t.*"), ids);
    assert_eq!(by("t.29*").len(), 10);
    assert_eq!(by("t.299"), ids[299..]);
}

fn finds(log: &dyn EventLog) {
    let of = |id: &str, source: &str, kind: &str| NewEvent {
        source: source.into(),
        kind: kind.into(),
        ..event(id, "")
    };
    let ids = append(
        log,
        vec![
            of("a", "/shop", "order.created"),
            of("b", "/shop", "order.paid"),
            of("a", "/else", "order.created"),
            of("c", "/else", "invoice.sent"),
        ],
    );
    let by = |id: Option<&str>, source: Option<&str>, types: &[&str]| {
        let types = types.iter().map(|kind| (*kind).to_owned()).collect();
        let filter = EventFilter { source: source.map(Into::into), types };
        let order = EventOrder::OldestFirst;
        all(log, &EventQuery { id: id.map(Into::into), filter, order, ..EventQuery::default() })
    };
    assert_eq!(by(Some("a"), None, &[]), [ids[0], ids[2]]);
    assert_eq!(by(Some("a"), Some("/else"), &[]), [ids[2]]);
    assert!(by(Some("d"), None, &[]).is_empty());
    assert_eq!(by(None, Some("/shop"), &[]), ids[..2]);
    assert_eq!(by(None, None, &["order.created"]), [ids[0], ids[2]]);
    assert_eq!(by(None, None, &["order.*"]), ids[..3]);
    assert_eq!(by(None, None, &["order.paid", "invoice.*"]), [ids[1], ids[3]]);
    assert_eq!(by(None, None, &["*.created"]), [ids[0], ids[2]]);
    assert_eq!(by(None, Some("/shop"), &["order.*", "order.created"]), ids[..2]);
    assert!(by(None, Some("/shop"), &["invoice.sent"]).is_empty());
}

fn since(log: &dyn EventLog) {
    let ids = append(log, vec![event("a", ""), event("b", "")]);
    let accepted = wait(log.event(ids[0])).unwrap().unwrap().accepted_ms;
    for (since_ms, expected) in [(0, 2), (accepted, 2), (accepted + 3_600_000, 0)] {
        for order in [EventOrder::NewestFirst, EventOrder::OldestFirst] {
            let query = EventQuery { since_ms: Some(since_ms), order, ..EventQuery::default() };
            assert_eq!(all(log, &query).len(), expected, "{since_ms}");
        }
    }
}

const TRIES: Tries = Tries { failed: 1, refused: 0 };
const DEAD: Entry = Entry::Dead { tries: TRIES, reason: DeadReason::MaxDeliveries };
const WAITING: Entry = Entry::Waiting { tries: TRIES, at_ms: 5, written_ms: 1 };

/// Two subscriptions, and five events with these rows: of the first subscription dead, done,
/// waiting and none; of the second dead for the last.
fn with_rows(log: &dyn EventLog) -> ([u64; 2], Vec<u64>) {
    let subscribe = |name| wait(log.subscribe(name, Start::First)).unwrap().id;
    let subscriptions = ["s", "t"].map(subscribe);
    let ids = append(log, (0..5).map(|n| event(&n.to_string(), "x")).collect());
    let [one, two] = subscriptions;
    let rows = [(one, 0, DEAD), (one, 1, Entry::Done), (one, 2, WAITING), (two, 4, DEAD)];
    let records = rows.map(|(subscription, n, entry)| Record {
        subscription,
        position: ids[n],
        entry,
        note: Some(format!("{n}").into()),
        emitted: Vec::new(),
    });
    let cursors = vec![(one, ids[2])];
    let batch = Batch { session: log.session(), id: 1, records: records.to_vec(), cursors };
    wait(log.write(batch)).unwrap();
    (subscriptions, ids)
}

fn by_deliveries(log: &dyn EventLog) {
    let ([one, two], ids) = with_rows(log);
    let by = |deliveries: DeliveryFilter| {
        let query = EventQuery { deliveries: Some(deliveries), ..EventQuery::default() };
        let paged = all(log, &EventQuery { limit: 1, ..query.clone() });
        assert_eq!(all(log, &query), paged);
        let oldest = EventQuery { order: EventOrder::OldestFirst, ..query };
        let mut found = all(log, &oldest);
        found.reverse();
        assert_eq!(found, paged);
        found.reverse();
        found
    };
    let rows = |subscriptions: &[u64], states: &[StateKind]| DeliveryFilter {
        subscriptions: subscriptions.to_vec(),
        states: states.to_vec(),
        ..DeliveryFilter::default()
    };
    assert_eq!(by(rows(&[one, two], &[StateKind::Dead])), [ids[0], ids[4]]);
    assert_eq!(by(rows(&[two], &[StateKind::Dead, StateKind::Done])), [ids[4]]);
    let ended = rows(&[one], &[StateKind::Done, StateKind::Dead]);
    assert_eq!(by(ended.clone()), ids[..2]);
    let fresh = DeliveryFilter { fresh_after: Some(ids[2]), ..DeliveryFilter::default() };
    assert_eq!(by(fresh), ids[3..]);
    let mixed =
        DeliveryFilter { fresh_after: Some(ids[3]), positions: vec![ids[2], ids[0]], ..ended };
    assert_eq!(by(mixed), [ids[0], ids[1], ids[2], ids[4]]);
    assert!(by(DeliveryFilter::default()).is_empty());
}

fn has_rows(log: &dyn EventLog) {
    let ([one, two], ids) = with_rows(log);
    let record = Record {
        subscription: two,
        position: ids[0],
        entry: Entry::Done,
        note: Some("later".into()),
        emitted: Vec::new(),
    };
    let batch = Batch { session: log.session(), id: 1, records: vec![record], ..Batch::default() };
    wait(log.write(batch)).unwrap();
    let query = EventQuery { id: Some("0".into()), ..EventQuery::default() };
    let listed = wait(log.list(query)).unwrap().events.remove(0);
    assert_eq!((&*listed.event.id, &listed.event.data[..]), ("0", &b"x"[..]));
    let rows: Vec<_> = listed
        .deliveries
        .iter()
        .map(|row| (row.subscription, &*row.name, row.entry, row.notes.join(" ")))
        .collect();
    let expected = [(one, "s", DEAD, "0".to_owned()), (two, "t", Entry::Done, "later".to_owned())];
    assert_eq!(rows, expected);
    let query = EventQuery { id: Some("3".into()), ..EventQuery::default() };
    assert!(wait(log.list(query)).unwrap().events[0].deliveries.is_empty());
}
