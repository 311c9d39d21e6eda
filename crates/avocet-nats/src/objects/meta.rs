//! JSON about an object, which other clients share.

use avocet_backplane::objects::ObjectInfo;
use avocet_backplane::{Bucket, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde::{Deserialize, Serialize};

use crate::error::Source;

/// Content of the message about an object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) options: Option<Options>,
    #[serde(default)]
    pub(super) bucket: String,
    /// Last part of the subject of its pieces.
    #[serde(default)]
    pub(super) nuid: String,
    #[serde(default)]
    pub(super) size: u64,
    /// Time at which it was stored, RFC 3339.
    #[serde(default)]
    pub(super) mtime: Option<String>,
    #[serde(default)]
    pub(super) chunks: u64,
    #[serde(default)]
    pub(super) digest: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Options {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) max_chunk_size: Option<usize>,
}

impl Meta {
    /// Reads it; `time_ms` is the message's own time.
    pub(super) fn read(json: &[u8], time_ms: u64) -> std::result::Result<Self, Source> {
        let mut meta: Self = serde_json::from_slice(json)?;
        if meta.modified().is_none_or(|time| time.as_second() <= 0) {
            let time = i64::try_from(time_ms).unwrap_or(i64::MAX);
            meta.mtime = jiff::Timestamp::from_millisecond(time).ok().map(|time| time.to_string());
        }
        Ok(meta)
    }

    fn modified(&self) -> Option<jiff::Timestamp> {
        self.mtime.as_deref()?.parse().ok()
    }

    pub(super) fn info(&self) -> Result<ObjectInfo> {
        let modified = self.modified().map_or(0, jiff::Timestamp::as_millisecond);
        Ok(ObjectInfo {
            name: self.name.clone(),
            bytes: self.size,
            chunks: self.chunks,
            digest: self.digest.as_deref().unwrap_or_default().parse()?,
            modified_ms: u64::try_from(modified).unwrap_or(0),
        })
    }
}

/// Subject of the message about an object.
pub(super) fn subject(bucket: &Bucket, name: &str) -> String {
    format!("$O.{bucket}.M.{}", URL_SAFE.encode(name))
}
