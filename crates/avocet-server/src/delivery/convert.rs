//! Types of the engine to those of the log and back: they map one to one.

use avocet_backplane::{Condition, EventFilter, NewEvent, delivery as log};
use avocet_delivery as engine;

pub(super) fn pull(
    pull: &engine::Pull,
    filter: EventFilter,
    condition: Option<Condition>,
) -> log::Pull {
    log::Pull {
        subscription: pull.subscription.0,
        filter,
        condition,
        after: pull.after.0,
        fresh: pull.fresh,
        returned: pull.returned,
        now_ms: pull.now.0,
        written_after_ms: pull.written_after.0,
    }
}

pub(super) fn pulled(id: engine::PullId, pulled: &log::Pulled) -> engine::Pulled {
    let event = |event: &log::PulledEvent| engine::Event {
        position: engine::Position(event.position),
        origin: match event.origin {
            log::Origin::Fresh => engine::Origin::Fresh,
            log::Origin::Returned => engine::Origin::Returned,
        },
        accepted: engine::Timestamp(event.accepted_ms),
        due: event.not_before_ms.map(engine::Timestamp),
        key: event.key,
        tries: engine::Tries { failed: event.tries.failed, refused: event.tries.refused },
        behind: event.behind,
    };
    engine::Pulled {
        id,
        events: pulled.events.iter().map(event).collect(),
        scanned: engine::Position(pulled.scanned),
        more: pulled.more,
        next: pulled.next_ms.map(engine::Timestamp),
        behind: pulled.behind,
    }
}

pub(super) fn batch(
    session: u64,
    batch: &engine::Batch,
    emitted: impl Fn(&engine::Record) -> Vec<NewEvent>,
) -> log::Batch {
    let record = |record: &engine::Record| log::Record {
        subscription: record.subscription.0,
        position: record.position.0,
        entry: entry(record.entry),
        note: record.note.clone(),
        emitted: emitted(record),
    };
    log::Batch {
        session,
        id: batch.id.0,
        records: batch.records.iter().map(record).collect(),
        cursors: batch.cursors.iter().map(|(id, cursor)| (id.0, cursor.0)).collect(),
    }
}

fn entry(entry: engine::Entry) -> log::Entry {
    match entry {
        engine::Entry::Done => log::Entry::Done,
        engine::Entry::Waiting { tries: own, at, written } => {
            log::Entry::Waiting { tries: tries(own), at_ms: at.0, written_ms: written.0 }
        }
        engine::Entry::Behind { tries: own } => log::Entry::Behind { tries: tries(own) },
        engine::Entry::Taken { tries: own } => log::Entry::Taken { tries: tries(own) },
        engine::Entry::Dead { tries: own, reason } => {
            let reason = match reason {
                engine::DeadReason::Rejected => log::DeadReason::Rejected,
                engine::DeadReason::MaxDeliveries => log::DeadReason::MaxDeliveries,
                engine::DeadReason::MaxAge => log::DeadReason::MaxAge,
            };
            log::Entry::Dead { tries: tries(own), reason }
        }
        engine::Entry::Return => log::Entry::Return,
    }
}

fn tries(tries: engine::Tries) -> log::Tries {
    log::Tries { failed: tries.failed, refused: tries.refused }
}
