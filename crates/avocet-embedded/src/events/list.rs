//! Lists of events: what drives the search is the one condition that an index serves best, the
//! others are looked at event by event.

use std::collections::{BTreeMap, BTreeSet};

use avocet_backplane::delivery::Entry;
use avocet_backplane::{
    DeliveryFilter, Event, EventList, EventOrder, EventQuery, ListedDelivery, ListedEvent,
    StateKind,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};

use super::read;
use super::rows::{State, bounded, entry_of, kind_of};
use crate::database::Fail;

/// Events that one call looks at, so that it does not take long where few match.
const MOST_LOOKED_AT: usize = 20_000;

/// Positions that are taken from an index at once.
const CHUNK: usize = 1000;

/// Types of a pattern that are looked up by themselves.
const MOST_TYPES: usize = 100;

/// Bytes of content at which a page ends: it has one event more at most.
const PAGE_BYTES: usize = 8 << 20;

/// Answers a query.
pub(super) fn list(db: &Connection, query: &EventQuery) -> Result<EventList, Fail> {
    let search = Search { db, query, floor: floor(db, query.since_ms)? };
    let limit = query.limit.clamp(1, EventQuery::MAX);
    let (mut events, mut bytes, mut looked_at) = (Vec::new(), 0, 0);
    let mut from = query.from;
    loop {
        let (positions, more) = search.chunk(from)?;
        for position in positions {
            if events.len() == limit || bytes > PAGE_BYTES || looked_at == MOST_LOOKED_AT {
                return Ok(EventList { events, next: from });
            }
            looked_at += 1;
            if search.is_wanted(position)?
                && let Some(event) = read::event(db, position)?
            {
                bytes += event.data.len() + event.attributes.as_str().len();
                events.push(listed(db, event)?);
            }
            from = Some(position);
        }
        if !more {
            return Ok(EventList { events, next: None });
        }
    }
}

/// First position that was accepted at `since_ms` or later, taking it that the clock went forward.
fn floor(db: &Connection, since_ms: Option<u64>) -> Result<u64, Fail> {
    let Some(since_ms) = since_ms else { return Ok(0) };
    let mut accepted = db.prepare_cached(
        "SELECT position, accepted_ms FROM events WHERE position >= ?1 ORDER BY position LIMIT 1",
    )?;
    let (mut low, mut high) = (0, read::last(db)? + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(u64, u64)> = accepted
            .query_row([bounded(middle)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match found {
            Some((position, accepted_ms)) if accepted_ms < since_ms => low = position + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// Index that positions are taken from, by a condition with its values.
struct Source {
    table: &'static str,
    condition: &'static str,
    values: Vec<Value>,
}

impl Source {
    fn new(
        table: &'static str,
        condition: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Self {
        Self { table, condition, values: values.into_iter().collect() }
    }
}

struct Search<'a> {
    db: &'a Connection,
    query: &'a EventQuery,
    /// Positions before this one are too old.
    floor: u64,
}

impl Search<'_> {
    /// The next positions that may be wanted, in the query's order, and whether there may be more.
    fn chunk(&self, from: Option<u64>) -> Result<(Vec<u64>, bool), Fail> {
        let (mut found, mut whole) = (Vec::new(), true);
        // Beyond the end of an index that has more nothing is known.
        let mut end: Option<u64> = None;
        for source in self.sources()? {
            let positions = self.positions(&source, from)?;
            if positions.len() == CHUNK {
                whole = false;
                end =
                    positions.last().copied().into_iter().chain(end).min_by(|a, b| self.cmp(a, b));
            }
            found.extend(positions);
        }
        let listed = self.query.deliveries.iter().flat_map(|own| &own.positions).copied();
        found.extend(listed.filter(|position| self.is_beyond(*position, from)));
        found.sort_unstable_by(|a, b| self.cmp(a, b));
        found.dedup();
        if let Some(end) = end {
            found.retain(|position| self.cmp(position, &end).is_le());
        }
        Ok((found, !whole))
    }

    fn cmp(&self, a: &u64, b: &u64) -> std::cmp::Ordering {
        match self.query.order {
            EventOrder::OldestFirst => a.cmp(b),
            EventOrder::NewestFirst => b.cmp(a),
        }
    }

    fn is_beyond(&self, position: u64, from: Option<u64>) -> bool {
        position >= self.floor && from.is_none_or(|from| self.cmp(&position, &from).is_gt())
    }

    fn sources(&self) -> Result<Vec<Source>, Fail> {
        let EventQuery { id, deliveries, filter, .. } = self.query;
        if let Some(id) = id {
            return Ok(vec![Source::new("events", "id = ?4", [text(id)])]);
        }
        if let Some(deliveries) = deliveries {
            return Ok(of_deliveries(deliveries));
        }
        if !filter.types.is_empty() {
            let of_type = |kind: &String| Source::new("events", "kind = ?4", [text(kind)]);
            let types = self.types(&filter.types)?;
            // Of too many every event is looked at, so many in one call.
            return Ok(types.map_or_else(|| vec![all()], |own| own.iter().map(of_type).collect()));
        }
        Ok(vec![match &filter.source {
            Some(source) => Source::new("events", "source = ?4", [text(source)]),
            None => all(),
        }])
    }

    /// Types that there are of these patterns; `None` where they are too many.
    fn types(&self, patterns: &[String]) -> Result<Option<BTreeSet<String>>, Fail> {
        let mut next = self.db.prepare_cached(
            "SELECT kind FROM events WHERE kind > ?1 AND kind < ?2 ORDER BY kind LIMIT 1",
        )?;
        let mut types = BTreeSet::new();
        for pattern in patterns {
            let Some((prefix, _)) = pattern.split_once('*') else {
                types.insert(pattern.clone());
                continue;
            };
            let (mut last, end) = (prefix.to_owned(), format!("{prefix}{}", char::MAX));
            while let Some(kind) = next.query_row([&last, &end], |row| row.get(0)).optional()? {
                if types.len() == MOST_TYPES {
                    return Ok(None);
                }
                last = kind;
                types.insert(last.clone());
            }
        }
        Ok(Some(types))
    }

    fn positions(&self, source: &Source, from: Option<u64>) -> Result<Vec<u64>, Fail> {
        let Source { table, condition, values } = source;
        let order = match self.query.order {
            EventOrder::OldestFirst => "ASC",
            EventOrder::NewestFirst => "DESC",
        };
        let sql = format!(
            "SELECT position FROM {table}
             WHERE position BETWEEN ?1 AND ?2 AND {condition} ORDER BY position {order} LIMIT ?3"
        );
        let (low, high) = match (self.query.order, from) {
            (EventOrder::OldestFirst, Some(from)) => (self.floor.max(from + 1), u64::MAX),
            (EventOrder::NewestFirst, Some(from)) => (self.floor, from.saturating_sub(1)),
            (_, None) => (self.floor, u64::MAX),
        };
        let bounds = [number(low), number(high), Value::Integer(CHUNK as i64)];
        let values = bounds.iter().chain(values);
        let mut statement = self.db.prepare_cached(&sql)?;
        let found = statement.query_map(params_from_iter(values), |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Whether an event meets the conditions that did not drive the search, too.
    fn is_wanted(&self, position: u64) -> Result<bool, Fail> {
        let EventQuery { filter, id, since_ms, .. } = self.query;
        let row = self
            .db
            .prepare_cached("SELECT source, id, kind, accepted_ms FROM events WHERE position = ?1")?
            .query_row([bounded(position)], |row| {
                let (source, own_id, kind): (String, String, String) =
                    (row.get(0)?, row.get(1)?, row.get(2)?);
                let accepted_ms: u64 = row.get(3)?;
                Ok(filter.selects(&source, &kind)
                    && id.as_ref().is_none_or(|id| *id == own_id)
                    && since_ms.is_none_or(|since| accepted_ms >= since))
            })
            .optional()?;
        Ok(row.unwrap_or(false))
    }
}

/// Every event.
fn all() -> Source {
    Source::new("events", "true", [])
}

fn of_deliveries(filter: &DeliveryFilter) -> Vec<Source> {
    let rows = filter.subscriptions.iter().flat_map(|subscription| {
        filter.states.iter().map(|state| {
            let values = [number(*subscription), Value::Integer(State::from(*state) as i64)];
            Source::new("deliveries", "subscription = ?4 AND state = ?5", values)
        })
    });
    let fresh =
        filter.fresh_after.map(|after| Source::new("events", "position > ?4", [number(after)]));
    rows.chain(fresh).collect()
}

/// An event with its rows and their ledger.
fn listed(db: &Connection, event: Event) -> Result<ListedEvent, Fail> {
    let position = bounded(event.position);
    let mut notes = notes(db, position)?;
    let deliveries = db
        .prepare_cached(
            "SELECT subscription, name, failed, refused, ready_ms, written_ms, reason, state
             FROM deliveries JOIN subscriptions ON subscriptions.id = subscription
             WHERE position = ?1 ORDER BY name",
        )?
        .query_map([position], |row| {
            let (subscription, state): (u64, StateKind) = (row.get(0)?, kind_of(row.get(7)?)?);
            let entry: Entry = entry_of(row, 2, state)?;
            Ok(ListedDelivery {
                subscription,
                name: row.get(1)?,
                entry,
                notes: notes.remove(&subscription).unwrap_or_default(),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(ListedEvent { event, deliveries })
}

/// Lines of the ledger by subscription.
fn notes(db: &Connection, position: u64) -> Result<BTreeMap<u64, Vec<String>>, Fail> {
    let mut statement = db.prepare_cached(
        "SELECT subscription, text FROM notes WHERE position = ?1 ORDER BY subscription, number",
    )?;
    let mut rows = statement.query(params![position])?;
    let mut notes = BTreeMap::<u64, Vec<String>>::new();
    while let Some(row) = rows.next()? {
        notes.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(notes)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn number(number: u64) -> Value {
    Value::Integer(bounded(number).cast_signed())
}
