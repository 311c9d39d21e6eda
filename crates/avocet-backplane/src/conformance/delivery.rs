//! Cases for what an event log gives to a delivery engine, and takes from it.

use std::cell::Cell;

use super::events::event;
use crate::delivery::{Batch, DeadReason, Entry, Origin, Pull, Pulled, PulledEvent, Record, Tries};
use crate::{
    Condition, DeliveryQuery, ErrorKind, EventFilter, EventLog, NewEvent, Start, StateKind, wait,
};

type Case = fn(&dyn EventLog);

pub(super) const CASES: &[(&str, Case)] = &[
    ("fresh events are given from behind a position, up to a number", gives_fresh),
    ("events that a filter does not let through are passed over", passes_over),
    ("an event with a row is not fresh", knows_rows),
    ("rows that wait are given from their time on, the longest ready first", gives_waiting),
    ("a row that waits after a failure is given where the clock went back", clock_goes_back),
    ("a row that is behind is given when it is the first of its key", gives_behind),
    ("what holds back a key is told of every event", tells_behind),
    ("a taken row is given at once", gives_taken),
    ("what is done or dead stays so", is_final),
    ("dead events wait again where they are replayed", replays),
    ("cursors only move forward", moves_cursors),
    ("batches take effect in the order of their numbers", in_order),
    ("what is about nothing that is there is left out", leaves_out),
    ("subscriptions have rows of their own", apart),
    ("the ledger has each line once", notes),
];

const NO: Tries = Tries { failed: 0, refused: 0 };
const FAILED: Tries = Tries { failed: 2, refused: 1 };

/// A log with one subscription and an engine's session.
struct Bench<'a> {
    log: &'a dyn EventLog,
    id: u64,
    session: u64,
    batches: Cell<u64>,
}

impl<'a> Bench<'a> {
    /// With events of these subjects; an empty one stands for none.
    fn new(log: &'a dyn EventLog, subjects: &[&str]) -> (Self, Vec<u64>) {
        let id = wait(log.subscribe("s", Start::First)).unwrap().id;
        let bench = Self { log, id, session: log.session(), batches: Cell::new(0) };
        let events = subjects.iter().enumerate().map(|(n, subject)| NewEvent {
            subject: (!subject.is_empty()).then(|| (*subject).to_owned()),
            ..event(&n.to_string(), "")
        });
        let appended = wait(log.append(events.collect())).unwrap();
        (bench, appended.iter().map(|appended| appended.position).collect())
    }

    fn pull(&self) -> Pull {
        Pull {
            subscription: self.id,
            filter: EventFilter::default(),
            condition: None,
            after: 0,
            fresh: 100,
            returned: 100,
            now_ms: 1_000,
            written_after_ms: 61_000,
        }
    }

    fn pulled(&self, pull: Pull) -> Pulled {
        wait(self.log.pull(pull)).unwrap()
    }

    /// Rows that are given.
    fn returned(&self) -> Vec<u64> {
        let pulled = self.pulled(self.pull());
        let rows = pulled.events.iter().filter(|event| event.origin == Origin::Returned);
        rows.map(|event| event.position).collect()
    }

    fn batch(&self) -> Batch {
        self.batches.set(self.batches.get() + 1);
        Batch { session: self.session, id: self.batches.get(), ..Batch::default() }
    }

    fn record(&self, position: u64, entry: Entry) -> Record {
        Record { subscription: self.id, position, entry, note: None, emitted: Vec::new() }
    }

    fn write(&self, entries: &[(u64, Entry)]) {
        let records = entries.iter().map(|(position, entry)| self.record(*position, *entry));
        wait(self.log.write(Batch { records: records.collect(), ..self.batch() })).unwrap();
    }

    fn state(&self, state: StateKind) -> Vec<(u64, Entry)> {
        let found = wait(self.log.deliveries(DeliveryQuery::new(self.id, state))).unwrap();
        found.iter().map(|delivery| (delivery.position, delivery.entry)).collect()
    }
}

fn waiting(tries: Tries, at_ms: u64) -> Entry {
    Entry::Waiting { tries, at_ms, written_ms: 900 }
}

fn positions(events: &[PulledEvent]) -> Vec<u64> {
    events.iter().map(|event| event.position).collect()
}

fn gives_fresh(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["a", "a", "", "b"]);
    let later = NewEvent { not_before_ms: Some(77), ..event("later", "") };
    let last = wait(log.append(vec![later])).unwrap()[0].position;
    let first = bench.pulled(Pull { fresh: 2, ..bench.pull() });
    assert_eq!(positions(&first.events), ids[..2]);
    assert!(first.more && first.scanned >= ids[1] && first.scanned < ids[2]);
    assert_eq!((first.next_ms, first.behind), (None, false));
    let rest = bench.pulled(Pull { after: first.scanned, ..bench.pull() });
    assert_eq!(positions(&rest.events), [ids[2], ids[3], last]);
    assert!(!rest.more && rest.scanned >= last);
    let all: Vec<_> = first.events.iter().chain(&rest.events).collect();
    assert!(all.iter().all(|event| event.origin == Origin::Fresh && event.accepted_ms > 0));
    assert!(all.iter().all(|event| event.tries == NO && !event.behind));
    assert_eq!(all[0].key, all[1].key);
    assert!(all[0].key.is_some() && all[2].key.is_none() && all[0].key != all[3].key);
    assert_eq!((all[3].not_before_ms, all[4].not_before_ms), (None, Some(77)));
    let none = bench.pulled(Pull { fresh: 0, ..bench.pull() });
    assert!(none.events.is_empty() && none.more && none.scanned < ids[0]);
}

fn passes_over(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["", ""]);
    let other = NewEvent { kind: "other".into(), ..event("other", "") };
    let last = wait(log.append(vec![other])).unwrap()[0].position;
    let types = vec!["order.*".to_owned()];
    let filter = EventFilter { types, ..EventFilter::default() };
    let pulled = bench.pulled(Pull { filter, fresh: 2, ..bench.pull() });
    assert_eq!(positions(&pulled.events), ids);
    assert!(!pulled.more && pulled.scanned >= last);
    let condition = Some(Condition::new(|event| {
        event.kind == "other" && event.source == "/shop" && event.attributes.contains("other")
    }));
    let pulled = bench.pulled(Pull { condition, ..bench.pull() });
    assert_eq!(positions(&pulled.events), [last]);
    assert!(!pulled.more && pulled.scanned >= last);
    // A row was wanted once.
    bench.write(&[(last, waiting(NO, 0))]);
    let filter = EventFilter { source: Some("/else".into()), ..EventFilter::default() };
    let pulled = bench.pulled(Pull { filter, ..bench.pull() });
    assert_eq!(positions(&pulled.events), [last]);
}

fn knows_rows(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &[""; 6]);
    bench.write(&[
        (ids[0], Entry::Done),
        (ids[1], waiting(NO, 5_000)),
        (ids[2], Entry::Dead { tries: NO, reason: DeadReason::Rejected }),
        (ids[3], Entry::Taken { tries: NO }),
        (ids[4], Entry::Return),
    ]);
    let pulled = bench.pulled(Pull { returned: 0, ..bench.pull() });
    assert_eq!(positions(&pulled.events), ids[4..]);
}

fn gives_waiting(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &[""; 5]);
    let (first, second) = (waiting(FAILED, 400), waiting(NO, 1_000));
    bench.write(&[
        (ids[0], second),
        (ids[1], waiting(FAILED, 1_001)),
        (ids[2], first),
        (ids[3], waiting(NO, 2_000)),
        (ids[4], Entry::Done),
    ]);
    let pulled = bench.pulled(bench.pull());
    assert_eq!(positions(&pulled.events), [ids[2], ids[0]]);
    assert_eq!((pulled.events[0].tries, pulled.events[1].tries), (FAILED, NO));
    assert!(pulled.events.iter().all(|event| event.origin == Origin::Returned));
    assert_eq!(pulled.next_ms, Some(1_001));
    let one = bench.pulled(Pull { returned: 1, ..bench.pull() });
    assert_eq!(positions(&one.events), [ids[2]]);
    assert_eq!(one.next_ms, Some(1_000), "more are ready");
    let later = bench.pulled(Pull { now_ms: 2_000, ..bench.pull() });
    assert_eq!(positions(&later.events), [ids[2], ids[0], ids[1], ids[3]]);
    assert_eq!(later.next_ms, None);
    assert_eq!(bench.state(StateKind::Waiting)[2], (ids[2], first));
    assert_eq!(wait(log.subscriptions()).unwrap()[0].open, 4);
}

fn clock_goes_back(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &[""; 3]);
    let at = |tries, written_ms| Entry::Waiting { tries, at_ms: written_ms + 9, written_ms };
    let (failed, refused) = (Tries { failed: 1, refused: 0 }, Tries { failed: 0, refused: 1 });
    bench.write(&[(ids[0], at(failed, 70_000)), (ids[1], at(refused, 61_000))]);
    bench.write(&[(ids[2], at(NO, 90_000))]);
    let pulled = bench.pulled(bench.pull());
    assert_eq!(positions(&pulled.events), [ids[0]], "the last one is scheduled");
    assert_eq!(pulled.next_ms, Some(61_009));
    let none = bench.pulled(Pull { returned: 0, ..bench.pull() });
    assert_eq!((none.events.len(), none.next_ms), (0, Some(1_000)));
}

fn gives_behind(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["a", "a", "a", "b", ""]);
    let behind = Entry::Behind { tries: FAILED };
    let rows = [(ids[3], behind), (ids[2], behind), (ids[1], behind), (ids[4], behind)];
    bench.write(&[(ids[0], waiting(FAILED, 5_000))]);
    bench.write(&rows);
    let pulled = bench.pulled(bench.pull());
    assert_eq!(positions(&pulled.events), [ids[3], ids[4]], "others of a key hold back");
    assert!(pulled.behind && pulled.events.iter().all(|event| event.tries == FAILED));
    bench.write(&[(ids[0], Entry::Done)]);
    assert_eq!(bench.returned(), [ids[1], ids[3], ids[4]]);
    // One before it fails again, or comes back.
    bench.write(&[(ids[1], waiting(FAILED, 5_000))]);
    assert_eq!(bench.returned(), [ids[3], ids[4]]);
    bench.write(&[(ids[1], Entry::Dead { tries: FAILED, reason: DeadReason::MaxAge })]);
    let pulled = bench.pulled(bench.pull());
    assert_eq!(positions(&pulled.events), [ids[2], ids[3], ids[4]]);
    assert!(!pulled.behind);
    assert_eq!(bench.state(StateKind::Behind)[0], (ids[2], behind));
}

fn tells_behind(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["a", "b", "c", "d", "a", "b", "c", "d", ""]);
    bench.write(&[
        (ids[0], waiting(NO, 5_000)),
        (ids[1], waiting(FAILED, 500)),
        (ids[2], Entry::Taken { tries: NO }),
        (ids[3], Entry::Done),
        (ids[6], waiting(FAILED, 500)),
    ]);
    let told: Vec<_> = bench
        .pulled(bench.pull())
        .events
        .iter()
        .map(|event| (event.position, event.behind))
        .collect();
    let expected = [
        (ids[2], false),
        (ids[1], false),
        (ids[6], true),
        (ids[4], false),
        (ids[5], true),
        (ids[7], false),
        (ids[8], false),
    ];
    assert_eq!(told, expected);
}

fn gives_taken(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["a", "a"]);
    bench.write(&[(ids[1], waiting(NO, 1)), (ids[0], Entry::Taken { tries: FAILED })]);
    let pulled = bench.pulled(bench.pull());
    assert_eq!(positions(&pulled.events), ids);
    assert_eq!(pulled.events[0].tries, FAILED);
    assert_eq!(bench.state(StateKind::Taken), [(ids[0], Entry::Taken { tries: FAILED })]);
}

fn is_final(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["a", "a", "a"]);
    let dead = Entry::Dead { tries: FAILED, reason: DeadReason::MaxDeliveries };
    bench.write(&[(ids[0], Entry::Done), (ids[1], dead), (ids[0], waiting(FAILED, 1))]);
    bench.write(&[(ids[1], Entry::Behind { tries: NO }), (ids[0], dead), (ids[1], Entry::Done)]);
    assert_eq!(bench.state(StateKind::Done), [(ids[0], Entry::Done)]);
    assert_eq!(bench.state(StateKind::Dead), [(ids[1], dead)]);
    let pulled = bench.pulled(bench.pull());
    assert_eq!(positions(&pulled.events), ids[2..]);
    assert!(!pulled.events[0].behind && !pulled.behind);
    let subscription = &wait(log.subscriptions()).unwrap()[0];
    assert_eq!((subscription.open, subscription.dead), (0, 1));
}

fn replays(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["a", "a", "a"]);
    let dead = Entry::Dead { tries: FAILED, reason: DeadReason::Rejected };
    bench.write(&[(ids[0], dead), (ids[1], Entry::Done), (ids[2], dead)]);
    assert_eq!(wait(log.replay(bench.id, vec![ids[0], ids[2] + 7])).unwrap(), 1);
    assert_eq!(wait(log.replay(bench.id + 7, vec![ids[2]])).unwrap(), 0);
    assert_eq!(bench.state(StateKind::Dead), [(ids[2], dead)]);
    let rows = bench.state(StateKind::Waiting);
    let Entry::Waiting { tries, at_ms, written_ms } = rows[0].1 else { panic!("{rows:?}") };
    assert_eq!((rows.len(), rows[0].0, tries, at_ms), (1, ids[0], NO, written_ms));
    let pulled = bench.pulled(Pull { now_ms: at_ms, ..bench.pull() });
    assert_eq!(positions(&pulled.events), [ids[0]]);
    bench.write(&[(ids[0], Entry::Done)]);
    assert_eq!(bench.state(StateKind::Done).len(), 2);
}

fn moves_cursors(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["", "", ""]);
    for (to, expected) in [(ids[1], ids[1]), (ids[0], ids[1]), (ids[2], ids[2])] {
        let cursors = vec![(bench.id, to), (bench.id + 7, to)];
        wait(log.write(Batch { cursors, ..bench.batch() })).unwrap();
        assert_eq!(wait(log.subscriptions()).unwrap()[0].cursor, expected);
    }
}

fn in_order(log: &dyn EventLog) {
    let (mut bench, ids) = Bench::new(log, &["", ""]);
    let early = bench.batch();
    bench.write(&[(ids[0], waiting(FAILED, 5_000))]);
    let records = vec![bench.record(ids[0], waiting(NO, 1))];
    let error = wait(log.write(Batch { records, ..early })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(bench.state(StateKind::Waiting), [(ids[0], waiting(FAILED, 5_000))]);
    // Another engine numbers its batches anew, and is the only one from then on.
    let late = bench.batch();
    assert!(log.session() > bench.session);
    bench.session = log.session();
    bench.batches.set(0);
    bench.write(&[(ids[1], Entry::Done)]);
    let records = vec![bench.record(ids[0], Entry::Done)];
    assert_eq!(wait(log.write(Batch { records, ..late })).unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(bench.state(StateKind::Done), [(ids[1], Entry::Done)]);
}

fn leaves_out(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["a"]);
    let other = Record { subscription: bench.id + 7, ..bench.record(ids[0], Entry::Done) };
    let gone = Record { note: Some("x".into()), ..bench.record(ids[0] + 7, Entry::Done) };
    let right = bench.record(ids[0], waiting(FAILED, 5));
    wait(log.write(Batch { records: vec![other, gone, right], ..bench.batch() })).unwrap();
    assert!(bench.state(StateKind::Done).is_empty());
    assert_eq!(bench.returned(), ids);
    assert!(wait(log.notes(ids[0] + 7)).unwrap().is_empty());
    let query = DeliveryQuery { after: ids[0], ..DeliveryQuery::new(bench.id, StateKind::Waiting) };
    assert!(wait(log.deliveries(query)).unwrap().is_empty());
}

fn apart(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["a", "a"]);
    let other = wait(log.subscribe("t", Start::First)).unwrap().id;
    bench.write(&[(ids[0], waiting(FAILED, 5_000)), (ids[1], Entry::Behind { tries: NO })]);
    let pulled = bench.pulled(Pull { subscription: other, ..bench.pull() });
    assert_eq!(positions(&pulled.events), ids);
    assert!(pulled.events.iter().all(|event| !event.behind && event.origin == Origin::Fresh));
    assert_eq!((pulled.next_ms, pulled.behind), (None, false));
}

fn notes(log: &dyn EventLog) {
    let (bench, ids) = Bench::new(log, &["a"]);
    let failed =
        |note: &str| Record { note: Some(note.into()), ..bench.record(ids[0], waiting(FAILED, 5)) };
    let records = vec![failed("one"), failed("two"), failed("two")];
    wait(log.write(Batch { records, ..bench.batch() })).unwrap();
    wait(log.write(Batch { records: vec![failed("two")], ..bench.batch() })).unwrap();
    let done = Record { entry: Entry::Done, ..failed("one") };
    wait(log.write(Batch { records: vec![done], ..bench.batch() })).unwrap();
    let expected = ["one", "two", "one"].map(|text| ("s".to_owned(), text.to_owned()));
    assert_eq!(wait(log.notes(ids[0])).unwrap(), expected);
}
