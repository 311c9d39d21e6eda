//! Reading log lines.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::inbox::Source;
use super::rows::{LINE_COLUMNS, stored_line};
use crate::database::Fail;
use avocet_backplane::{LogPage, LogQuery, Order, StoredLine};

pub(super) fn query(db: &Connection, query: &LogQuery) -> Result<LogPage, Fail> {
    let limit = query.limit.unwrap_or(LogQuery::MAX).min(LogQuery::MAX);
    let mut best = Best { limit, order: query.order, lines: BTreeMap::new(), more: false };
    for (id, source) in sources(db, query)? {
        read(db, query, id, &source, &mut best)?;
    }
    let last: u64 =
        db.query_row("SELECT value FROM meta WHERE key = 'cursor'", [], |row| row.get(0))?;
    let more = best.more;
    let lines: Vec<StoredLine> = best.lines.into_values().collect();
    let cursor = match lines.last() {
        Some(line) if more && query.order == Order::First => line.cursor,
        _ => last,
    };
    Ok(LogPage { lines, more, cursor })
}

fn sources(db: &Connection, query: &LogQuery) -> rusqlite::Result<Vec<(i64, Source)>> {
    db.prepare_cached(
        "SELECT id, namespace, function FROM sources
         WHERE (?1 IS NULL OR namespace IN (?1, '')) AND (?2 IS NULL OR function = ?2)",
    )?
    .query_map(params![query.namespace, query.function], |row| {
        Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))
    })?
    .collect()
}

/// The first or last lines over all functions that were read so far.
struct Best {
    limit: usize,
    order: Order,
    lines: BTreeMap<u64, StoredLine>,
    more: bool,
}

impl Best {
    /// Cursors outside of this range cannot get in any more.
    fn range(&self) -> (u64, u64) {
        let all = (0, i64::MAX as u64);
        if self.lines.len() < self.limit {
            return all;
        }
        match self.order {
            Order::First => (0, self.lines.last_key_value().map_or(0, |(cursor, _)| *cursor)),
            Order::Last => {
                (self.lines.first_key_value().map_or(all.1, |(cursor, _)| *cursor), all.1)
            }
        }
    }

    /// Takes a line in, and perhaps another one out; `false` where it does not get in.
    fn offer(&mut self, line: StoredLine) -> bool {
        let cursor = line.cursor;
        self.lines.insert(cursor, line);
        if self.lines.len() <= self.limit {
            return true;
        }
        self.more = true;
        let out = match self.order {
            Order::First => self.lines.pop_last(),
            Order::Last => self.lines.pop_first(),
        };
        out.is_some_and(|(out, _)| out != cursor)
    }
}

fn read(
    db: &Connection,
    query: &LogQuery,
    id: i64,
    source: &Source,
    best: &mut Best,
) -> rusqlite::Result<()> {
    let direction = match query.order {
        Order::First => "ASC",
        Order::Last => "DESC",
    };
    let of_call = match query.call {
        Some(_) => "AND call = ?5",
        // The value is there and says nothing.
        None => "AND ?5 IS NULL",
    };
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM lines
         WHERE source = ?1 AND cursor > ?2 AND time_ms >= ?3 AND level >= ?4 {of_call}
         ORDER BY cursor {direction}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let after = query.after.unwrap_or(0).min(i64::MAX as u64);
    let since = query.since_ms.unwrap_or(0).min(i64::MAX as u64);
    let level = query.level.map_or(0, |level| level as i64);
    let mut rows = statement.query(params![id, after, since, level, query.call])?;
    while let Some(row) = rows.next()? {
        let (from, to) = best.range();
        let cursor: u64 = row.get(0)?;
        if cursor < from || cursor > to {
            best.more = true;
            break;
        }
        if !best.offer(stored_line(row, source)?) {
            break;
        }
    }
    Ok(())
}
