//! Contents of files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A file's bytes. In JSON: a string where they are UTF-8, else `{"base64": "…"}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FileJson", into = "FileJson")]
pub struct FileContent(pub Bytes);

impl FileContent {
    /// The text, where it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl From<&str> for FileContent {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<Vec<u8>> for FileContent {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum FileJson {
    Text(String),
    Binary { base64: String },
}

impl From<FileContent> for FileJson {
    fn from(content: FileContent) -> Self {
        match content.text() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Binary { base64: STANDARD.encode(&content.0) },
        }
    }
}

impl TryFrom<FileJson> for FileContent {
    type Error = base64::DecodeError;

    fn try_from(json: FileJson) -> Result<Self, base64::DecodeError> {
        Ok(match json {
            FileJson::Text(text) => Self(text.into()),
            FileJson::Binary { base64 } => Self(STANDARD.decode(base64)?.into()),
        })
    }
}
