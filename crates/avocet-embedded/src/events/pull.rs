//! Events that a subscription can deliver, at one moment.

use avocet_backplane::Candidate;
use avocet_backplane::delivery::{Origin, Pull, Pulled, PulledEvent, Tries};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::rows::{bounded, tries_of};
use crate::database::Fail;

/// Events that one pull looks at for fresh ones, so that it does not take long where few match.
const MOST_LOOKED_AT: usize = 10_000;

/// Most events of each kind that a pull gives.
const MOST_GIVEN: usize = 10_000;

/// Answers a pull.
pub(super) fn pull(db: &Connection, pull: &Pull) -> Result<Pulled, Fail> {
    let limit = pull.returned.min(MOST_GIVEN);
    let mut events = returned(db, pull, limit)?;
    let more_ready = events.len() > limit;
    events.truncate(limit);
    let next_ms = match more_ready {
        true => Some(pull.now_ms),
        false => next(db, pull)?,
    };
    let (scanned, more) = fresh(db, pull, &mut events)?;
    let behind = db
        .prepare_cached(
            "SELECT 1 FROM deliveries
             WHERE subscription = ?1 AND state = 2 AND ready_ms IS NULL LIMIT 1",
        )?
        .exists([bounded(pull.subscription)])?;
    Ok(Pulled { events, scanned, more, next_ms, behind })
}

const ROW: &str = "SELECT d.position, accepted_ms, not_before_ms, d.key, failed, refused
     FROM deliveries d JOIN events ON events.position = d.position
     WHERE d.subscription = ?1";

/// Rows that are ready, the longest ready ones first, up to one more than `limit`.
fn returned(db: &Connection, pull: &Pull, limit: usize) -> Result<Vec<PulledEvent>, Fail> {
    let subscription = bounded(pull.subscription);
    let (now, written_after) = (bounded(pull.now_ms), bounded(pull.written_after_ms));
    let ready = format!("{ROW} AND d.ready_ms <= ?2 ORDER BY d.ready_ms, d.position LIMIT ?3");
    let mut events = db
        .prepare_cached(&ready)?
        .query_map(params![subscription, now, limit + 1], |row| event_of(row, Origin::Returned))?
        .collect::<Result<Vec<_>, _>>()?;
    // Written in the future: the clock went back since.
    let early = format!(
        "{ROW} AND d.state = 1 AND d.holds = 1 AND d.written_ms > ?2 AND d.ready_ms > ?3
         ORDER BY d.written_ms, d.position LIMIT ?4"
    );
    let room = (limit + 1).saturating_sub(events.len());
    let early = db
        .prepare_cached(&early)?
        .query_map(params![subscription, written_after, now, room], |row| {
            event_of(row, Origin::Returned)
        })?
        .collect::<Result<Vec<_>, _>>()?;
    events.extend(early);
    for event in &mut events {
        event.behind = is_behind(db, pull.subscription, event)?;
    }
    Ok(events)
}

/// Time of the next row that is not ready yet.
fn next(db: &Connection, pull: &Pull) -> rusqlite::Result<Option<u64>> {
    db.prepare_cached(
        "SELECT ready_ms FROM deliveries WHERE subscription = ?1 AND ready_ms > ?2
             AND NOT (state = 1 AND holds = 1 AND written_ms > ?3)
         ORDER BY ready_ms LIMIT 1",
    )?
    .query_row(
        params![bounded(pull.subscription), bounded(pull.now_ms), bounded(pull.written_after_ms)],
        |row| row.get(0),
    )
    .optional()
}

/// Adds fresh events; gives the position up to which there are no others, and whether there may be
/// some beyond.
fn fresh(db: &Connection, pull: &Pull, events: &mut Vec<PulledEvent>) -> Result<(u64, bool), Fail> {
    let mut statement = db.prepare_cached(
        "SELECT e.position, e.accepted_ms, e.not_before_ms, e.key, 0, 0, e.source, e.kind,
             EXISTS (SELECT 1 FROM deliveries d
                     WHERE d.position = e.position AND d.subscription = ?1), e.attributes
         FROM events e WHERE e.position > ?2 ORDER BY e.position",
    )?;
    let mut rows = statement.query(params![bounded(pull.subscription), bounded(pull.after)])?;
    let (mut scanned, mut given, mut looked_at) = (pull.after, 0, 0);
    while let Some(row) = rows.next()? {
        let known: bool = row.get(8)?;
        let wanted = !known && is_wanted(pull, row)?;
        if looked_at == MOST_LOOKED_AT || (wanted && given == pull.fresh.min(MOST_GIVEN)) {
            return Ok((scanned, true));
        }
        let mut event = event_of(row, Origin::Fresh)?;
        if wanted {
            event.behind = is_behind(db, pull.subscription, &event)?;
            events.push(event);
            given += 1;
        }
        looked_at += 1;
        scanned = event.position;
    }
    Ok((scanned, false))
}

/// Whether an event of the columns `source, kind` from 6 and `attributes` at 9 is one that is wanted.
fn is_wanted(pull: &Pull, row: &Row<'_>) -> Result<bool, Fail> {
    let text = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str()?);
    let (source, kind) = (text(6)?, text(7)?);
    let Some(condition) = &pull.condition else { return Ok(pull.filter.matches(source, kind)) };
    Ok(pull.filter.matches(source, kind)
        && condition.holds(&Candidate { source, kind, attributes: text(9)? }))
}

fn event_of(row: &Row<'_>, origin: Origin) -> rusqlite::Result<PulledEvent> {
    Ok(PulledEvent {
        position: row.get(0)?,
        origin,
        accepted_ms: row.get(1)?,
        not_before_ms: row.get(2)?,
        key: row.get::<_, Option<i64>>(3)?.map(i64::cast_unsigned),
        tries: match origin {
            Origin::Fresh => Tries::default(),
            Origin::Returned => tries_of(row, 4)?,
        },
        behind: false,
    })
}

/// Whether an earlier row holds back the key of an event.
fn is_behind(db: &Connection, subscription: u64, event: &PulledEvent) -> rusqlite::Result<bool> {
    let Some(key) = event.key else { return Ok(false) };
    db.prepare_cached(
        "SELECT 1 FROM deliveries
         WHERE subscription = ?1 AND key = ?2 AND holds = 1 AND position < ?3 LIMIT 1",
    )?
    .exists(params![bounded(subscription), key.cast_signed(), bounded(event.position)])
}
