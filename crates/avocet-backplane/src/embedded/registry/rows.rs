//! Rows to values and back.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::embedded::database::Fail;
use crate::{Action, Cause, Digest, Document, Error, Key, Labels, Resource, ResourceKind};

impl ToSql for ResourceKind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl FromSql for ResourceKind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(FromSqlError::other)
    }
}

impl ToSql for Digest {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}

impl FromSql for Digest {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(Self)
    }
}

impl ToSql for Document {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl FromSql for Document {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::parse(value.as_str()?).map_err(FromSqlError::other)
    }
}

/// Labels as a JSON object.
pub(super) struct LabelsJson(pub(super) Labels);

impl FromSql for LabelsJson {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "{}" => Ok(Self(Labels::new())),
            text => serde_json::from_str(text).map(Self).map_err(FromSqlError::other),
        }
    }
}

pub(super) fn labels_json(labels: &Labels) -> String {
    serde_json::to_string(labels).expect("a map of strings is JSON")
}

/// How a cause is stored.
pub(super) const fn cause_name(cause: Cause) -> &'static str {
    match cause {
        Cause::Deploy => "deploy",
        Cause::Rollback => "rollback",
    }
}

impl FromSql for Cause {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "deploy" => Ok(Self::Deploy),
            "rollback" => Ok(Self::Rollback),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl FromSql for Action {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(if bool::column_result(value)? { Self::Deleted } else { Self::Put })
    }
}

/// The columns that [`resource`] reads.
pub(super) const RESOURCE_COLUMNS: &str =
    "kind, namespace, name, generation, sequence, digest, created_ms, updated_ms, labels, document";

pub(super) fn resource(row: &Row<'_>) -> rusqlite::Result<Resource> {
    Ok(Resource {
        key: Key { kind: row.get(0)?, namespace: row.get(1)?, name: row.get(2)? },
        generation: row.get(3)?,
        sequence: row.get(4)?,
        digest: row.get(5)?,
        created_ms: row.get(6)?,
        updated_ms: row.get(7)?,
        labels: row.get::<_, LabelsJson>(8)?.0,
        document: row.get(9)?,
    })
}

/// What a change has to know about the resource before.
pub(super) struct Head {
    pub(super) id: i64,
    pub(super) generation: u64,
    pub(super) digest: Digest,
    pub(super) updated_ms: u64,
}

pub(super) fn head(db: &Connection, key: &Key) -> rusqlite::Result<Option<Head>> {
    db.prepare_cached(
        "SELECT id, generation, digest, updated_ms FROM resources
         WHERE kind = ?1 AND namespace = ?2 AND name = ?3",
    )?
    .query_row(params![key.kind, key.namespace, key.name], |row| {
        Ok(Head {
            id: row.get(0)?,
            generation: row.get(1)?,
            digest: row.get(2)?,
            updated_ms: row.get(3)?,
        })
    })
    .optional()
}

pub(super) fn existing(db: &Connection, key: &Key) -> Result<Head, Fail> {
    head(db, key)?.ok_or_else(|| Error::NotFound(key.clone()).into())
}

/// A caller's number as SQLite can compare it; none that is stored is larger.
pub(super) fn bounded(number: u64) -> u64 {
    number.min(i64::MAX as u64)
}

/// A number of the table `meta`.
pub(super) fn meta(db: &Connection, key: &str) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key], |row| row.get(0))
}

pub(super) fn set_meta(db: &Connection, key: &str, value: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE meta SET value = ?2 WHERE key = ?1")?
        .execute(params![key, value])
        .map(|_| ())
}
