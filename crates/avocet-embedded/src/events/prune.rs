//! Deleting events that nobody needs.

use rusqlite::{Connection, params};

use super::EventLimits;
use super::rows::bounded;

/// Events looked at in one transaction, so that new ones do not wait long.
const STEP: u64 = 500;

/// Bytes of all events.
pub(super) fn bytes(db: &Connection) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT value FROM meta WHERE key = 'bytes'")?.query_row([], |row| row.get(0))
}

/// Looks at a step of the events behind `from`, oldest first, and deletes those that are too old, or
/// over the size with `more` bytes on top; none that a subscription needs. Gives where the next step
/// begins; `None` where there is nothing beyond to be deleted.
pub(super) fn step(
    connection: &mut Connection,
    limits: &EventLimits,
    now_ms: u64,
    more: u64,
    from: u64,
) -> rusqlite::Result<Option<u64>> {
    let db = connection.transaction()?;
    let before = |age: std::time::Duration| {
        bounded(now_ms.saturating_sub(u64::try_from(age.as_millis()).unwrap_or(u64::MAX)))
    };
    let (oldest, oldest_dead) = (before(limits.keep), before(limits.keep_dead));
    let mut over = (bytes(&db)? + more).saturating_sub(limits.bytes);
    let (mut gone, mut next, mut looked_at) = (Vec::new(), None, 0);
    {
        let mut candidates = db.prepare_cached(
            "SELECT position, accepted_ms, bytes,
                 EXISTS (SELECT 1 FROM deliveries
                         WHERE deliveries.position = events.position
                             AND (state IN (1, 2, 3) OR (state = 4 AND accepted_ms > ?3)))
             FROM events
             WHERE position > ?1
                 AND position <= (SELECT coalesce(min(cursor), 9223372036854775807)
                                  FROM subscriptions)
             ORDER BY position LIMIT ?2",
        )?;
        let mut rows = candidates.query(params![bounded(from), STEP, oldest_dead])?;
        while let Some(row) = rows.next()? {
            let (position, accepted_ms, size): (u64, u64, u64) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if accepted_ms > oldest && over == 0 {
                looked_at = 0;
                break;
            }
            looked_at += 1;
            next = Some(position);
            let is_needed: bool = row.get(3)?;
            if !is_needed {
                over = over.saturating_sub(size);
                gone.push((position, size));
            }
        }
    }
    gone.iter().try_for_each(|(position, size)| delete(&db, *position, *size))?;
    db.commit()?;
    Ok(next.filter(|_| looked_at == STEP))
}

/// Deletes those of `positions` that no subscription needs, dead ones too; gives their number.
pub(super) fn purge(db: &Connection, positions: &[u64]) -> rusqlite::Result<u64> {
    let mut unneeded = db.prepare_cached(
        "SELECT bytes FROM events
         WHERE position = ?1
             AND position <= (SELECT coalesce(min(cursor), 9223372036854775807)
                              FROM subscriptions)
             AND NOT EXISTS (SELECT 1 FROM deliveries
                             WHERE deliveries.position = ?1 AND state IN (1, 2, 3))",
    )?;
    let mut count = 0;
    for position in positions {
        let mut rows = unneeded.query([bounded(*position)])?;
        let size: Option<u64> = rows.next()?.map(|row| row.get(0)).transpose()?;
        drop(rows);
        if let Some(size) = size {
            delete(db, *position, size)?;
            count += 1;
        }
    }
    Ok(count)
}

fn delete(db: &Connection, position: u64, size: u64) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM notes WHERE position = ?1",
        "DELETE FROM deliveries WHERE position = ?1",
        "DELETE FROM events WHERE position = ?1",
    ] {
        db.prepare_cached(sql)?.execute([bounded(position)])?;
    }
    db.prepare_cached("UPDATE meta SET value = value - ?1 WHERE key = 'bytes'")?.execute([size])?;
    Ok(())
}
