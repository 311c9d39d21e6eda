//! Reading the registry; each function sees one moment.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};

use super::rows::{self, RESOURCE_COLUMNS};
use crate::database::Fail;
use crate::sql::{Sql, column};
use avocet_backplane::{
    Activation, Changed, Changes, Document, FileInfo, Key, Labels, List, Operator, Page,
    Requirement, Resource, Revision, RevisionContent, SourceFile, Which,
};

/// Most rows of any answer other than a [`Page`].
const MAX_ROWS: usize = 10_000;

pub(super) fn get(db: &Connection, key: &Key) -> Result<Option<Resource>, Fail> {
    let sql = format!(
        "SELECT {RESOURCE_COLUMNS} FROM resources
         WHERE kind = ?1 AND namespace = ?2 AND name = ?3"
    );
    Ok(db
        .prepare_cached(&sql)?
        .query_row(params![Sql(key.kind), key.namespace, key.name], rows::resource)
        .optional()?)
}

pub(super) fn list(db: &Connection, list: &List) -> Result<Page, Fail> {
    let limit = list.limit.clamp(1, List::MAX);
    let (sql, parameters) = list_query(list, limit + 1);
    let mut items: Vec<Resource> = db
        .prepare_cached(&sql)?
        .query_map(params_from_iter(parameters), rows::resource)?
        .collect::<Result<_, _>>()?;
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next = last.map(|resource| (resource.key.namespace.clone(), resource.key.name.clone()));
    Ok(Page { items, next, sequence: rows::meta(db, "sequence")? })
}

fn list_query(list: &List, limit: usize) -> (String, Vec<Value>) {
    let mut sql = format!("SELECT {RESOURCE_COLUMNS} FROM resources WHERE kind = ?");
    let mut parameters = vec![Value::from(list.kind.as_str().to_owned())];
    if let Some(namespace) = &list.namespace {
        sql.push_str(" AND namespace = ?");
        parameters.push(namespace.clone().into());
    }
    if let Some((namespace, name)) = &list.after {
        sql.push_str(" AND (namespace, name) > (?, ?)");
        parameters.extend([namespace.clone().into(), name.clone().into()]);
    }
    for requirement in &list.selector.requirements {
        require(requirement, &mut sql, &mut parameters);
    }
    sql.push_str(" ORDER BY namespace, name LIMIT ?");
    parameters.push((limit as i64).into());
    (sql, parameters)
}

fn require(requirement: &Requirement, sql: &mut String, parameters: &mut Vec<Value>) {
    let Requirement { key, operator, values } = requirement;
    let negated = matches!(operator, Operator::NotIn | Operator::Absent);
    sql.push_str(if negated { " AND NOT EXISTS" } else { " AND EXISTS" });
    sql.push_str(" (SELECT 1 FROM labels WHERE resource = id AND key = ?");
    parameters.push(key.clone().into());
    if matches!(operator, Operator::In | Operator::NotIn) {
        sql.push_str(" AND value IN (");
        sql.push_str(&vec!["?"; values.len()].join(", "));
        sql.push(')');
        parameters.extend(values.iter().cloned().map(Value::from));
    }
    sql.push(')');
}

pub(super) fn revisions(
    db: &Connection,
    key: &Key,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Revision>, Fail> {
    let head = rows::existing(db, key)?;
    let before = rows::bounded(before.unwrap_or(u64::MAX));
    let mut revisions: Vec<Revision> = db
        .prepare_cached(
            "SELECT number, digest, created_ms, replaced FROM revisions
             WHERE resource = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
        )?
        .query_map(params![head.id, before, limit.min(MAX_ROWS)], |row| {
            revision_head(row, head.generation)
        })?
        .collect::<Result<_, _>>()?;
    for revision in &mut revisions {
        revision.files = files(db, head.id, revision.number)?;
    }
    Ok(revisions)
}

/// The first four columns: number, digest, time, replaced.
fn revision_head(row: &Row<'_>, active: u64) -> rusqlite::Result<Revision> {
    let number = row.get(0)?;
    Ok(Revision {
        number,
        digest: column(row, 1)?,
        created_ms: row.get(2)?,
        replaced: row.get(3)?,
        active: number == active,
        files: Vec::new(),
    })
}

fn files(db: &Connection, id: i64, number: u64) -> rusqlite::Result<Vec<FileInfo>> {
    db.prepare_cached(
        "SELECT path, size, sha256 FROM files JOIN blobs ON blobs.id = blob
         WHERE resource = ?1 AND number = ?2 ORDER BY position",
    )?
    .query_map(params![id, number], |row| {
        Ok(FileInfo { path: row.get(0)?, size: row.get(1)?, digest: column(row, 2)? })
    })?
    .collect()
}

pub(super) fn revision(
    db: &Connection,
    key: &Key,
    which: Which,
) -> Result<Option<RevisionContent>, Fail> {
    let Some(head) = rows::head(db, key)? else { return Ok(None) };
    let number = match which {
        Which::Active => head.generation,
        Which::Number(number) => rows::bounded(number),
    };
    let found: Option<(Revision, Labels, Document)> = db
        .prepare_cached(
            "SELECT number, digest, created_ms, replaced, labels, document FROM revisions
             WHERE resource = ?1 AND number = ?2",
        )?
        .query_row(params![head.id, number], |row| {
            Ok((revision_head(row, head.generation)?, column(row, 4)?, column(row, 5)?))
        })
        .optional()?;
    let Some((mut revision, labels, document)) = found else { return Ok(None) };
    let files = contents(db, head.id, number)?;
    revision.files = files.iter().map(|(info, _)| info.clone()).collect();
    let files = files.into_iter().map(|(_, file)| file).collect();
    Ok(Some(RevisionContent { revision, labels, document, files }))
}

fn contents(
    db: &Connection,
    id: i64,
    number: u64,
) -> rusqlite::Result<Vec<(FileInfo, SourceFile)>> {
    db.prepare_cached(
        "SELECT path, size, sha256, bytes FROM files JOIN blobs ON blobs.id = blob
         WHERE resource = ?1 AND number = ?2 ORDER BY position",
    )?
    .query_map(params![id, number], |row| {
        let path: String = row.get(0)?;
        let digest = column(row, 2)?;
        let bytes: Vec<u8> = row.get(3)?;
        let info = FileInfo { path: path.clone(), size: row.get(1)?, digest };
        Ok((info, SourceFile { path, bytes: bytes.into() }))
    })?
    .collect()
}

pub(super) fn history(db: &Connection, key: &Key, limit: usize) -> Result<Vec<Activation>, Fail> {
    let head = rows::existing(db, key)?;
    let mut statement = db.prepare_cached(
        "SELECT revision, at_ms, cause, reason FROM activations
         WHERE resource = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let activations = statement.query_map(params![head.id, limit.min(MAX_ROWS)], |row| {
        Ok(Activation {
            revision: row.get(0)?,
            at_ms: row.get(1)?,
            cause: column(row, 2)?,
            reason: row.get(3)?,
        })
    })?;
    Ok(activations.collect::<Result<_, _>>()?)
}

pub(super) fn changes_since(db: &Connection, sequence: u64, limit: usize) -> Result<Changes, Fail> {
    let limit = limit.clamp(1, MAX_ROWS);
    let last = rows::meta(db, "sequence")?;
    // A number from the future is one of another data folder.
    let reset = sequence < rows::meta(db, "forgotten")? || sequence > last;
    if reset {
        return Ok(Changes { changes: Vec::new(), sequence: last, more: false, reset });
    }
    let mut changes: Vec<Changed> = db
        .prepare_cached(
            "SELECT kind, namespace, name, sequence, 0 FROM resources WHERE sequence > ?1
             UNION ALL
             SELECT kind, namespace, name, sequence, 1 FROM tombstones WHERE sequence > ?1
             ORDER BY sequence LIMIT ?2",
        )?
        .query_map(params![sequence, limit + 1], |row| {
            let key = Key { kind: column(row, 0)?, namespace: row.get(1)?, name: row.get(2)? };
            Ok(Changed { key, sequence: row.get(3)?, action: column(row, 4)? })
        })?
        .collect::<Result<_, _>>()?;
    let more = changes.len() > limit;
    changes.truncate(limit);
    let sequence = match changes.last().filter(|_| more) {
        Some(changed) => changed.sequence,
        None => last,
    };
    Ok(Changes { changes, sequence, more, reset })
}
