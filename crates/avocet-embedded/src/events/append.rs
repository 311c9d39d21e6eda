//! Appending events inside a transaction.

use avocet_backplane::{Appended, NewEvent};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::{bounded, key_of};
use crate::sql::Sql;

/// Appends `events`; those of the same source and id since `window_ms` are duplicates.
pub(super) fn append(
    db: &Connection,
    events: &[NewEvent],
    now_ms: u64,
    window_ms: u64,
) -> rusqlite::Result<Vec<Appended>> {
    let since = now_ms.saturating_sub(window_ms);
    let mut first = db.prepare_cached(
        "SELECT position FROM events WHERE source = ?1 AND id = ?2 AND accepted_ms > ?3
         ORDER BY position DESC LIMIT 1",
    )?;
    let mut insert = db.prepare_cached(
        "INSERT INTO events (accepted_ms, not_before_ms, bytes, source, id, kind, subject,
             key, attributes, data)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let mut bytes = 0;
    let mut appended = Vec::with_capacity(events.len());
    for event in events {
        let before = first
            .query_row(params![event.source, event.id, bounded(since)], |row| row.get(0))
            .optional()?;
        if let Some(position) = before {
            appended.push(Appended { position, duplicate: true });
            continue;
        }
        let position = insert.insert(params![
            bounded(now_ms),
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
        bytes += event.weight();
        appended.push(Appended { position: position.unsigned_abs(), duplicate: false });
    }
    db.prepare_cached("UPDATE meta SET value = value + ?1 WHERE key = 'bytes'")?
        .execute([bytes])?;
    Ok(appended)
}
