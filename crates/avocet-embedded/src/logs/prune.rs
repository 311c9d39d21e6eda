//! Keeping the limits.

use rusqlite::{Connection, params};

use super::LogLimits;
use super::rows::LINE_BYTES;
use super::sources::{SourceRow, Sources};

/// Lines deleted in one transaction, so that new ones do not wait long.
const STEP: u64 = 5_000;

/// Lines and bytes that one step takes away from a function.
struct Excess {
    id: i64,
    lines: u64,
    bytes: u64,
}

/// Deletes the oldest lines of the functions that have more than they may, once a tenth is over.
pub(super) fn prune(
    connection: &mut Connection,
    sources: &mut Sources,
    limits: &LogLimits,
) -> rusqlite::Result<()> {
    while let Some(excess) = excess(sources, limits) {
        if step(connection, sources, &excess)? == 0 {
            break;
        }
    }
    Ok(())
}

fn excess(sources: &Sources, limits: &LogLimits) -> Option<Excess> {
    let slack = |limit: u64| limit + limit / 10;
    let over = |row: &&SourceRow| {
        row.lines > slack(limits.function_lines) || row.bytes > slack(limits.function_bytes)
    };
    if let Some(row) = sources.all().find(over) {
        return Some(Excess {
            id: row.id,
            lines: row.lines.saturating_sub(limits.function_lines),
            bytes: row.bytes.saturating_sub(limits.function_bytes),
        });
    }
    if sources.total_bytes() <= slack(limits.total_bytes) {
        return None;
    }
    let largest = sources.all().max_by_key(|row| row.bytes)?;
    let bytes = sources.total_bytes() - limits.total_bytes;
    Some(Excess { id: largest.id, lines: 0, bytes: bytes.min(largest.bytes / 2 + 1) })
}

/// Deletes the oldest lines until the excess or the step is reached; gives the number of lines.
fn step(
    connection: &mut Connection,
    sources: &mut Sources,
    excess: &Excess,
) -> rusqlite::Result<u64> {
    let db = connection.transaction()?;
    let (mut lines, mut bytes, mut last) = (0, 0, 0u64);
    {
        let mut oldest = db.prepare_cached(
            "SELECT cursor, octet_length(text) FROM lines WHERE source = ?1 ORDER BY cursor LIMIT ?2",
        )?;
        let mut rows = oldest.query(params![excess.id, STEP])?;
        while lines < excess.lines || bytes < excess.bytes {
            let Some(row) = rows.next()? else { break };
            last = row.get(0)?;
            lines += 1;
            bytes += LINE_BYTES + row.get::<_, u64>(1)?;
        }
    }
    db.prepare_cached("DELETE FROM lines WHERE source = ?1 AND cursor <= ?2")?
        .execute(params![excess.id, last])?;
    sources.subtract(excess.id, lines, bytes);
    sources.save(&db)?;
    db.commit()?;
    Ok(lines)
}
