//! Batches of a delivery engine inside a transaction.

use avocet_backplane::delivery::{
    Batch, DeadReason, Entry, MAX_NOTE_BYTES, MAX_NOTES, Record, Tries,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::append::append;
use super::rows::{State, bounded, reason_number};

/// Columns of a row that an entry becomes.
struct Columns {
    state: State,
    tries: Tries,
    /// Time at which it is ready; of a row that is behind another it follows from the others.
    ready_ms: Option<u64>,
    written_ms: Option<u64>,
    reason: Option<DeadReason>,
}

impl Columns {
    fn of(entry: Entry) -> Option<Self> {
        let row = |state, tries| {
            Some(Self { state, tries, ready_ms: None, written_ms: None, reason: None })
        };
        match entry {
            Entry::Return => None,
            Entry::Done => row(State::Done, Tries::default()),
            Entry::Behind { tries } => row(State::Behind, tries),
            Entry::Taken { tries } => {
                row(State::Taken, tries).map(|row| Self { ready_ms: Some(0), ..row })
            }
            Entry::Waiting { tries, at_ms, written_ms } => {
                let (ready_ms, written_ms) = (Some(at_ms), Some(written_ms));
                row(State::Waiting, tries).map(|row| Self { ready_ms, written_ms, ..row })
            }
            Entry::Dead { tries, reason } => {
                row(State::Dead, tries).map(|row| Self { reason: Some(reason), ..row })
            }
        }
    }

    fn holds(&self) -> bool {
        match self.state {
            State::Waiting => self.tries != Tries::default(),
            State::Behind | State::Taken => true,
            State::Done | State::Dead => false,
        }
    }
}

/// Writes entries, appends what was emitted with those that take effect, and moves cursors. Events
/// since `window_ms` are looked at for duplicates.
pub(super) fn batch(
    db: &Connection,
    batch: &Batch,
    now_ms: u64,
    window_ms: u64,
) -> rusqlite::Result<()> {
    for record in &batch.records {
        if let Some(columns) = Columns::of(record.entry)
            && write(db, record, &columns)?
            && !record.emitted.is_empty()
        {
            append(db, &record.emitted, now_ms, window_ms)?;
        }
    }
    let mut forward =
        db.prepare_cached("UPDATE subscriptions SET cursor = ?2 WHERE id = ?1 AND cursor < ?2")?;
    for (subscription, cursor) in &batch.cursors {
        forward.execute(params![bounded(*subscription), bounded(*cursor)])?;
    }
    Ok(())
}

/// Whether it took effect.
fn write(db: &Connection, record: &Record, columns: &Columns) -> rusqlite::Result<bool> {
    // The key is the event's, so that no entry can tell it wrong. What is final stays.
    let key: Option<Option<i64>> = db
        .prepare_cached(
            "INSERT INTO deliveries (position, subscription, state, key, holds, failed, refused,
                 ready_ms, written_ms, reason)
             SELECT events.position, subscriptions.id, ?3, events.key, ?4, ?5, ?6, ?7, ?8, ?9
                 FROM events, subscriptions WHERE events.position = ?1 AND subscriptions.id = ?2
             ON CONFLICT DO UPDATE SET state = excluded.state, holds = excluded.holds,
                 failed = excluded.failed, refused = excluded.refused,
                 ready_ms = excluded.ready_ms, written_ms = excluded.written_ms,
                 reason = excluded.reason
             WHERE state NOT IN (0, 4)
             RETURNING key",
        )?
        .query_row(
            params![
                bounded(record.position),
                bounded(record.subscription),
                columns.state as i64,
                columns.holds(),
                columns.tries.failed,
                columns.tries.refused,
                columns.ready_ms.map(bounded),
                columns.written_ms.map(bounded),
                columns.reason.map(reason_number),
            ],
            |row| row.get(0),
        )
        .optional()?;
    let Some(key) = key else { return Ok(false) };
    match key {
        Some(key) => order(db, record.subscription, key)?,
        None if columns.state == State::Behind => without_order(db, record)?,
        None => {}
    }
    note(db, record)?;
    Ok(true)
}

/// Has the first of the rows that hold back a key be ready where it is behind, and no later one.
pub(super) fn order(db: &Connection, subscription: u64, key: i64) -> rusqlite::Result<()> {
    let first: Option<i64> = db
        .prepare_cached(
            "SELECT position FROM deliveries
             WHERE subscription = ?1 AND key = ?2 AND holds = 1 ORDER BY position LIMIT 1",
        )?
        .query_row(params![bounded(subscription), key], |row| row.get(0))
        .optional()?;
    // One at most: the first one so far.
    db.prepare_cached(
        "UPDATE deliveries SET ready_ms = NULL
         WHERE subscription = ?1 AND key = ?2 AND state = 2 AND ready_ms IS NOT NULL
             AND position IS NOT ?3",
    )?
    .execute(params![bounded(subscription), key, first])?;
    db.prepare_cached(
        "UPDATE deliveries SET ready_ms = 0
         WHERE position = ?2 AND subscription = ?1 AND state = 2 AND ready_ms IS NULL",
    )?
    .execute(params![bounded(subscription), first])?;
    Ok(())
}

/// Nothing can hold back an event without a key.
fn without_order(db: &Connection, record: &Record) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE deliveries SET ready_ms = 0 WHERE position = ?1 AND subscription = ?2 AND state = 2",
    )?
    .execute(params![bounded(record.position), bounded(record.subscription)])?;
    Ok(())
}

/// Adds a line to the ledger, unless it is the last one already.
fn note(db: &Connection, record: &Record) -> rusqlite::Result<()> {
    let Some(text) = &record.note else { return Ok(()) };
    let fits = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=MAX_NOTE_BYTES.min(text.len())).rev().find(fits).unwrap_or(0);
    let text = &text[..end];
    let (position, subscription) = (bounded(record.position), bounded(record.subscription));
    let last: Option<(u64, bool)> = db
        .prepare_cached(
            "SELECT number, text = ?3 FROM notes WHERE position = ?1 AND subscription = ?2
             ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![position, subscription, text], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let number = match last {
        Some((_, true)) => return Ok(()),
        Some((number, false)) => number + 1,
        None => 1,
    };
    db.prepare_cached("INSERT INTO notes VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        position,
        subscription,
        number,
        text
    ])?;
    if number > MAX_NOTES {
        db.prepare_cached(
            "DELETE FROM notes
             WHERE position = ?1 AND subscription = ?2 AND number > 1 AND number <= ?3",
        )?
        .execute(params![position, subscription, number - MAX_NOTES + 1])?;
    }
    Ok(())
}

/// Lets events wait again that are not open; gives their number.
pub(super) fn replay(
    db: &Connection,
    subscription: u64,
    positions: &[u64],
    now_ms: u64,
) -> rusqlite::Result<u64> {
    let mut revive = db.prepare_cached(
        "INSERT INTO deliveries (position, subscription, state, key, holds, failed, refused,
             ready_ms, written_ms)
         SELECT events.position, subscriptions.id, 1, events.key, 0, 0, 0, ?3, ?3
             FROM events, subscriptions WHERE events.position = ?1 AND subscriptions.id = ?2
         ON CONFLICT DO UPDATE SET state = 1, holds = 0, failed = 0, refused = 0,
             ready_ms = excluded.ready_ms, written_ms = excluded.written_ms, reason = NULL
         WHERE state IN (0, 4)",
    )?;
    let mut count = 0;
    for position in positions {
        let now = bounded(now_ms);
        count += revive.execute(params![bounded(*position), bounded(subscription), now])?;
    }
    Ok(count as u64)
}
