//! Writes.

use std::time::Duration;

use bytes::Bytes;

use super::check_key;
use crate::{Error, Result};

/// Most writes in one batch.
pub const MAX_WRITES: usize = 1024;

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Key.
    pub key: String,
    /// Change of the key.
    pub kind: WriteKind,
    /// Condition: the revision that the key has to have, 0 where it must not exist (compare-and-set).
    /// `None`: no condition.
    pub if_revision: Option<u64>,
}

/// Change of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteKind {
    /// Sets the value, whatever the key had.
    Set {
        /// Value.
        value: Bytes,
        /// Time after which it is gone, at least 1 s; `None`: never, also where it had one.
        ///
        /// A NATS server before 2.11 cannot expire single keys: [`Error::Unsupported`].
        ttl: Option<Duration>,
    },
    /// Deletes the key. Deleting a missing key is no error.
    Delete,
    /// Adds to a whole number in decimal digits (0 where the key is missing); its expiry stays as it
    /// is. [`Error::Invalid`] where the value is no such number or the sum is outside of 64 bits.
    Increment {
        /// Number to add.
        by: i64,
    },
}

/// Result of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Revision. Of a deletion of a missing key, which is no write, the bucket's last one.
    pub revision: u64,
    /// Number after an increment.
    pub number: Option<i64>,
}

impl Write {
    /// Sets `key` to `value`, for ever and without a condition.
    pub fn set(key: impl Into<String>, value: impl Into<Bytes>) -> Self {
        let kind = WriteKind::Set { value: value.into(), ttl: None };
        Self { key: key.into(), kind, if_revision: None }
    }

    /// Deletes `key`.
    pub fn delete(key: impl Into<String>) -> Self {
        Self { key: key.into(), kind: WriteKind::Delete, if_revision: None }
    }

    /// Adds `by` to `key`.
    pub fn increment(key: impl Into<String>, by: i64) -> Self {
        Self { key: key.into(), kind: WriteKind::Increment { by }, if_revision: None }
    }

    /// With a condition.
    pub fn if_revision(self, revision: u64) -> Self {
        Self { if_revision: Some(revision), ..self }
    }

    /// With a time after which the value is gone; nothing but a set has one.
    pub fn ttl(mut self, time: Duration) -> Self {
        if let WriteKind::Set { ttl, .. } = &mut self.kind {
            *ttl = Some(time);
        }
        self
    }

    /// Bytes of the value that it sets.
    pub fn bytes(&self) -> usize {
        match &self.kind {
            WriteKind::Set { value, .. } => value.len(),
            WriteKind::Delete | WriteKind::Increment { .. } => 0,
        }
    }

    /// Checks a batch as far as that needs no store: implementations call it first.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::TooLarge`].
    pub fn check(writes: &[Self]) -> Result<()> {
        if writes.len() > MAX_WRITES {
            return Err(Error::TooLarge {
                what: "one batch".into(),
                size: format!("{} writes", writes.len()),
                limit: format!("{MAX_WRITES} writes"),
            });
        }
        for write in writes {
            check_key(&write.key)?;
            if let WriteKind::Set { ttl: Some(ttl), .. } = write.kind
                && ttl < Duration::from_secs(1)
            {
                let field = format!("ttl of key {:?}", write.key);
                return Err(Error::Invalid { field, reason: "must be 1 second or more".into() });
            }
        }
        Ok(())
    }
}

/// Number of a value (`None`: 0) plus `by`, as [`WriteKind::Increment`] has it.
///
/// # Errors
/// [`Error::Invalid`].
pub fn sum(key: &str, value: Option<&[u8]>, by: i64) -> Result<i64> {
    let invalid = |reason: String| Error::Invalid { field: format!("key {key:?}"), reason };
    let number = match value {
        None => 0,
        Some(value) => std::str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse::<i64>().ok())
            .ok_or_else(|| invalid("its value is not a whole number of 64 bits".into()))?,
    };
    number
        .checked_add(by)
        .ok_or_else(|| invalid(format!("{number} and {by} are more than 64 bits can hold")))
}
