//! Deleting events that nobody needs.

use rusqlite::{Connection, params};

use super::EventLimits;
use super::rows::bounded;

/// Events looked at in one transaction, so that new ones do not wait long.
const STEP: u32 = 500;

/// Bytes of all events.
pub(super) fn bytes(db: &Connection) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT value FROM meta WHERE key = 'bytes'")?.query_row([], |row| row.get(0))
}

/// Deletes a step of the oldest events that are too old, or over the size with `more` bytes on top;
/// none that a subscription needs. Gives the number of events that were deleted.
pub(super) fn step(
    connection: &mut Connection,
    limits: &EventLimits,
    now_ms: u64,
    more: u64,
) -> rusqlite::Result<usize> {
    let db = connection.transaction()?;
    let age = u64::try_from(limits.keep.as_millis()).unwrap_or(u64::MAX);
    let oldest = bounded(now_ms.saturating_sub(age));
    let mut over = (bytes(&db)? + more).saturating_sub(limits.bytes);
    let mut gone = Vec::new();
    {
        let mut unneeded = db.prepare_cached(
            "SELECT position, accepted_ms, bytes FROM events
             WHERE position <= (SELECT coalesce(min(cursor), 9223372036854775807)
                                FROM subscriptions)
                 AND NOT EXISTS (SELECT 1 FROM deliveries
                                 WHERE deliveries.position = events.position AND state <> 0)
             ORDER BY position LIMIT ?1",
        )?;
        let mut rows = unneeded.query([STEP])?;
        while let Some(row) = rows.next()? {
            let (position, accepted_ms, size): (u64, u64, u64) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if accepted_ms > oldest && over == 0 {
                break;
            }
            over = over.saturating_sub(size);
            gone.push((position, size));
        }
    }
    for (position, size) in &gone {
        for table in ["notes", "deliveries", "events"] {
            let sql = format!("DELETE FROM {table} WHERE position = ?1");
            db.prepare_cached(&sql)?.execute([position])?;
        }
        db.prepare_cached("UPDATE meta SET value = value - ?1 WHERE key = 'bytes'")?
            .execute(params![size])?;
    }
    db.commit()?;
    Ok(gone.len())
}
