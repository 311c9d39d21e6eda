//! Reading events, subscriptions, rows and notes; each function sees one moment.

use avocet_backplane::{
    Delivery, DeliveryQuery, Event, EventDelivery, EventPage, StateKind, Subscription,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::rows::{State, bounded, entry_of, kind_of};
use crate::database::Fail;
use crate::sql::column;

/// Most events of a page.
const MAX_EVENTS: usize = 10_000;

/// Bytes at which a page ends: it has one event more at most.
const PAGE_BYTES: usize = 8 << 20;

const EVENT_COLUMNS: &str =
    "position, accepted_ms, not_before_ms, source, id, kind, subject, attributes, data";

fn event_of(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        position: row.get(0)?,
        accepted_ms: row.get(1)?,
        not_before_ms: row.get(2)?,
        source: row.get(3)?,
        id: row.get(4)?,
        kind: row.get(5)?,
        subject: row.get(6)?,
        attributes: column(row, 7)?,
        data: row.get::<_, Vec<u8>>(8)?.into(),
    })
}

pub(super) fn page(db: &Connection, after: u64, limit: usize) -> Result<EventPage, Fail> {
    let limit = limit.clamp(1, MAX_EVENTS);
    let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE position > ?1 ORDER BY position");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([bounded(after)])?;
    let (mut events, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if events.len() == limit || bytes > PAGE_BYTES {
            return Ok(EventPage { events, more: true });
        }
        let event = event_of(row)?;
        bytes += event.data.len() + event.attributes.as_str().len();
        events.push(event);
    }
    Ok(EventPage { events, more: false })
}

pub(super) fn event(db: &Connection, position: u64) -> Result<Option<Event>, Fail> {
    let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE position = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([bounded(position)], event_of).optional()?)
}

/// Most events of the same id that are found.
const MAX_FOUND: u32 = 100;

pub(super) fn find(db: &Connection, id: &str) -> Result<Vec<Event>, Fail> {
    let sql =
        format!("SELECT {EVENT_COLUMNS} FROM events WHERE id = ?1 ORDER BY position DESC LIMIT ?2");
    let mut statement = db.prepare_cached(&sql)?;
    Ok(statement.query_map(params![id, MAX_FOUND], event_of)?.collect::<Result<_, _>>()?)
}

/// Position of the last event, also of one that was deleted; 0 where there was none.
pub(super) fn last(db: &Connection) -> rusqlite::Result<u64> {
    let last = db
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0))
}

const SUBSCRIPTIONS: &str = "SELECT id, name, cursor,
         (SELECT count(*) FROM deliveries WHERE subscription = id AND state IN (1, 2, 3)),
         (SELECT count(*) FROM deliveries WHERE subscription = id AND state = 4)
     FROM subscriptions";

fn subscription_of(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    let (id, name, cursor) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(Subscription { id, name, cursor, open: row.get(3)?, dead: row.get(4)? })
}

pub(super) fn subscriptions(db: &Connection) -> rusqlite::Result<Vec<Subscription>> {
    db.prepare_cached(&format!("{SUBSCRIPTIONS} ORDER BY name"))?
        .query_map([], subscription_of)?
        .collect()
}

pub(super) fn subscription(db: &Connection, name: &str) -> rusqlite::Result<Subscription> {
    db.prepare_cached(&format!("{SUBSCRIPTIONS} WHERE name = ?1"))?
        .query_row([name], subscription_of)
}

pub(super) fn deliveries(db: &Connection, query: &DeliveryQuery) -> Result<Vec<Delivery>, Fail> {
    let DeliveryQuery { subscription, state, after, limit } = *query;
    let limit = limit.min(DeliveryQuery::MAX);
    Ok(db
        .prepare_cached(
            "SELECT position, failed, refused, ready_ms, written_ms, reason FROM deliveries
             WHERE subscription = ?1 AND state = ?2 AND position > ?3
             ORDER BY position LIMIT ?4",
        )?
        .query_map(
            params![bounded(subscription), State::from(state) as i64, bounded(after), limit],
            |row| Ok(Delivery { position: row.get(0)?, entry: entry_of(row, 1, state)? }),
        )?
        .collect::<Result<_, _>>()?)
}

pub(super) fn states(db: &Connection, position: u64) -> Result<Vec<EventDelivery>, Fail> {
    let of = |row: &Row<'_>| {
        let state: StateKind = kind_of(row.get(2)?)?;
        let (subscription, name) = (row.get(0)?, row.get(1)?);
        Ok(EventDelivery { subscription, name, entry: entry_of(row, 3, state)? })
    };
    Ok(db
        .prepare_cached(
            "SELECT id, name, state, failed, refused, ready_ms, written_ms, reason
             FROM deliveries JOIN subscriptions ON subscriptions.id = subscription
             WHERE position = ?1 ORDER BY name",
        )?
        .query_map([bounded(position)], of)?
        .collect::<Result<_, _>>()?)
}

pub(super) fn notes(db: &Connection, position: u64) -> Result<Vec<(String, String)>, Fail> {
    Ok(db
        .prepare_cached(
            "SELECT name, text FROM notes JOIN subscriptions ON subscriptions.id = subscription
             WHERE position = ?1 ORDER BY name, number",
        )?
        .query_map([bounded(position)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?)
}
