//! Messages on subjects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A message, as a subscriber gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// Subject.
    pub subject: String,
    /// Payload where it is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Payload in base64 where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Values of each header.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Vec<String>>,
    /// Subject of the answer, where one is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
}

/// Messages that a subscriber was too slow for. Nobody has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageGap {
    /// Number of messages.
    pub missed: u64,
}

/// Item that a subscriber gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MessageLine {
    /// A message.
    Record(MessageRecord),
    /// Messages that are missing here.
    Gap(MessageGap),
}
