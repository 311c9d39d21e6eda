//! Changes of a view inside a transaction.

use avocet_backplane::PlacedEvent;
use rusqlite::{Connection, params};

use super::rows::{bounded, key_of};
use crate::sql::Sql;

/// Change of a view.
#[derive(Debug)]
pub(super) enum Change {
    /// Events get their places.
    Place(Vec<PlacedEvent>),
    /// A number is remembered.
    Mark(&'static str, u64),
    /// Everything goes.
    Clear,
}

impl Change {
    pub(super) fn carry_out(&self, db: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Place(events) => place(db, events),
            Self::Mark(name, number) => db
                .prepare_cached(
                    "INSERT INTO meta (key, value) VALUES ('view ' || ?1, ?2)
                     ON CONFLICT DO UPDATE SET value = excluded.value",
                )?
                .execute(params![name, bounded(*number)])
                .map(drop),
            Self::Clear => db.execute_batch(
                "DELETE FROM notes; DELETE FROM deliveries; DELETE FROM subscriptions;
                 DELETE FROM events; DELETE FROM sqlite_sequence; DELETE FROM meta;
                 INSERT INTO meta VALUES ('bytes', 0);",
            ),
        }
    }
}

/// Inserts events at their positions; one that is there already stays.
fn place(db: &Connection, events: &[PlacedEvent]) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO events (position, accepted_ms, not_before_ms, bytes, source, id,
             kind, subject, key, attributes, data)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut bytes = 0;
    for PlacedEvent { position, accepted_ms, event } in events {
        let inserted = insert.execute(params![
            bounded(*position),
            bounded(*accepted_ms),
            event.not_before_ms.map(bounded),
            event.weight(),
            event.source,
            event.id,
            event.kind,
            event.subject,
            event.subject.as_deref().map(key_of),
            Sql(&event.attributes),
            &event.data[..],
        ])?;
        bytes += if inserted > 0 { event.weight() } else { 0 };
    }
    db.prepare_cached("UPDATE meta SET value = value + ?1 WHERE key = 'bytes'")?
        .execute([bytes])?;
    Ok(())
}
