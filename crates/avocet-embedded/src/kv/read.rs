//! Reading keys and values.

use avocet_backplane::Bucket;
use avocet_backplane::kv::{Entry, KeyInfo, KeyList, KeyPage};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

const FIND: &str = "SELECT revision, created_ms, expires_ms, value FROM entries
    WHERE bucket = (SELECT id FROM buckets WHERE name = ?1) AND key = ?2";

const KEYS: &str = "SELECT key FROM entries
    WHERE bucket = (SELECT id FROM buckets WHERE name = ?1)
        AND (expires_ms IS NULL OR expires_ms > ?2) ORDER BY key";

const PAGE: &str = "SELECT key, length(value), revision, created_ms, expires_ms FROM entries
    WHERE bucket = (SELECT id FROM buckets WHERE name = ?1)
        AND key > ?2 AND key >= ?3 AND (?4 IS NULL OR key < ?4)
        AND (expires_ms IS NULL OR expires_ms > ?5) ORDER BY key LIMIT ?6";

/// A number as a column holds it. Positions and times are far below its end.
pub(crate) fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The entry of a key, also one whose time is over.
pub(super) fn entry(
    db: &Connection,
    bucket: &Bucket,
    key: &str,
) -> rusqlite::Result<Option<Entry>> {
    let mut find = db.prepare_cached(FIND)?;
    let found = |row: &Row<'_>| {
        Ok(Entry {
            value: row.get::<_, Vec<u8>>(3)?.into(),
            revision: row.get(0)?,
            created_ms: row.get(1)?,
            expires_ms: row.get(2)?,
        })
    };
    find.query_row(params![bucket.as_str(), key], found).optional()
}

pub(super) fn keys(db: &Connection, bucket: &Bucket, now_ms: u64) -> rusqlite::Result<Vec<String>> {
    let mut keys = db.prepare_cached(KEYS)?;
    keys.query_map(params![bucket.as_str(), bounded(now_ms)], |row| row.get(0))?.collect()
}

pub(super) fn page(
    db: &Connection,
    bucket: &Bucket,
    list: &KeyList,
    now_ms: u64,
) -> rusqlite::Result<KeyPage> {
    let after = list.cursor.as_deref().unwrap_or_default();
    let limit = list.limit();
    let mut page = db.prepare_cached(PAGE)?;
    let parameters = params![
        bucket.as_str(),
        after,
        list.prefix,
        behind(&list.prefix),
        bounded(now_ms),
        limit as i64 + 1
    ];
    let info = |row: &Row<'_>| {
        Ok(KeyInfo {
            key: row.get(0)?,
            bytes: row.get(1)?,
            revision: row.get(2)?,
            created_ms: row.get(3)?,
            expires_ms: row.get(4)?,
        })
    };
    let mut keys = page.query_map(parameters, info)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = keys.len() > limit;
    keys.truncate(limit);
    let cursor = keys.last().filter(|_| more).map(|last| last.key.clone());
    Ok(KeyPage { keys, cursor })
}

/// The first text behind all that begin with the prefix, which is ASCII; `None`: there is none.
fn behind(prefix: &str) -> Option<String> {
    let last = prefix.chars().last()?;
    let mut next = prefix[..prefix.len() - last.len_utf8()].to_owned();
    next.push(char::from_u32(u32::from(last) + 1)?);
    Some(next)
}
