//! Subscriptions inside a transaction.

use avocet_backplane::{Error, Start, Subscription};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::read;
use super::rows::bounded;
use crate::database::Fail;

/// Longest name of a subscription, bytes.
const MAX_NAME_BYTES: usize = 1024;

/// Makes a subscription where there is none of that name.
pub(super) fn subscribe(db: &Connection, name: &str, start: Start) -> Result<Subscription, Fail> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        let reason = format!("must have 1 to {MAX_NAME_BYTES} bytes");
        return Err(Error::Invalid { field: "subscription".into(), reason }.into());
    }
    let last = read::last(db)?;
    let cursor = match start {
        Start::Next => last,
        Start::First => 0,
        Start::After(position) => bounded(position).min(last),
    };
    db.prepare_cached("INSERT OR IGNORE INTO subscriptions (name, cursor) VALUES (?1, ?2)")?
        .execute(params![name, cursor])?;
    Ok(read::subscription(db, name)?)
}

/// Deletes a subscription with its rows and their notes.
pub(super) fn unsubscribe(db: &Connection, name: &str) -> Result<(), Fail> {
    let id: Option<i64> = db
        .prepare_cached("SELECT id FROM subscriptions WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    let Some(id) = id else {
        let reason = format!("there is no subscription {name:?}");
        return Err(Error::Invalid { field: "subscription".into(), reason }.into());
    };
    db.execute(
        "DELETE FROM notes WHERE subscription = ?1 AND position IN
             (SELECT position FROM deliveries WHERE subscription = ?1)",
        [id],
    )?;
    db.execute("DELETE FROM deliveries WHERE subscription = ?1", [id])?;
    db.execute("DELETE FROM subscriptions WHERE id = ?1", [id])?;
    Ok(())
}
