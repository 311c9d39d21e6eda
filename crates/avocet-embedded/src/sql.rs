//! Values of the backplane in columns.

use avocet_backplane::{Action, Cause, Digest, Document, Labels, Level, ResourceKind, Stream};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// A value as a column holds it.
pub(crate) struct Sql<T>(pub(crate) T);

/// The value in column `at`.
pub(crate) fn column<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<T>
where
    Sql<T>: FromSql,
{
    row.get::<_, Sql<T>>(at).map(|value| value.0)
}

impl ToSql for Sql<ResourceKind> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

impl FromSql for Sql<ResourceKind> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for Sql<&Digest> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.0.as_slice().into())
    }
}

impl FromSql for Sql<Digest> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(|bytes| Self(Digest(bytes)))
    }
}

impl ToSql for Sql<&Document> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

impl FromSql for Sql<Document> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Document::parse(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for Sql<&Labels> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(serde_json::to_string(self.0).expect("a map of strings is JSON").into())
    }
}

impl FromSql for Sql<Labels> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "{}" => Ok(Self(Labels::new())),
            text => serde_json::from_str(text).map(Self).map_err(FromSqlError::other),
        }
    }
}

impl ToSql for Sql<Cause> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Cause::Deploy => "deploy",
            Cause::Rollback => "rollback",
        }
        .into())
    }
}

impl FromSql for Sql<Cause> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "deploy" => Ok(Self(Cause::Deploy)),
            "rollback" => Ok(Self(Cause::Rollback)),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl FromSql for Sql<Action> {
    /// Of a column that is true for what was deleted.
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(Self(if bool::column_result(value)? { Action::Deleted } else { Action::Put }))
    }
}

const LEVELS: [Level; 4] = [Level::Debug, Level::Info, Level::Warn, Level::Error];
const STREAMS: [Stream; 3] = [Stream::Stdout, Stream::Stderr, Stream::Platform];

impl ToSql for Sql<Level> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok((self.0 as i64).into())
    }
}

impl FromSql for Sql<Level> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        nth(&LEVELS, value).map(Self)
    }
}

impl ToSql for Sql<Stream> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok((self.0 as i64).into())
    }
}

impl FromSql for Sql<Stream> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        nth(&STREAMS, value).map(Self)
    }
}

fn nth<T: Copy>(all: &[T], value: ValueRef<'_>) -> FromSqlResult<T> {
    let at = usize::try_from(value.as_i64()?).map_err(FromSqlError::other)?;
    all.get(at).copied().ok_or(FromSqlError::OutOfRange(at as i64))
}
