//! Metadata of an object.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

use crate::{Error, Result};

/// Size of an object's pieces; the last one may be smaller.
pub const CHUNK_BYTES: usize = 128 << 10;

/// Longest name of an object, bytes.
pub const MAX_NAME_BYTES: usize = 1024;

/// Metadata of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Name.
    pub name: String,
    /// Size, bytes.
    pub bytes: u64,
    /// Number of pieces, of [`CHUNK_BYTES`] each.
    pub chunks: u64,
    /// Digest of its bytes.
    pub digest: ObjectDigest,
    /// Time at which it was stored, milliseconds since the Unix epoch.
    pub modified_ms: u64,
}

/// SHA-256 of an object's bytes; its text is `SHA-256=` and base64url with padding (RFC 4648,
/// section 5), as JetStream writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectDigest(pub [u8; 32]);

const PREFIX: &str = "SHA-256=";

impl fmt::Display for ObjectDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", URL_SAFE.encode(self.0))
    }
}

impl FromStr for ObjectDigest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let decoded = text.strip_prefix(PREFIX).and_then(|text| URL_SAFE.decode(text).ok());
        let bytes = decoded.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| Error::Invalid {
            field: format!("digest {:?}", text.chars().take(80).collect::<String>()),
            reason: "is not SHA-256= and 32 bytes in padded base64url".into(),
        })
    }
}

/// Checks an object's name: any text but the empty one and one with a zero character, at most
/// [`MAX_NAME_BYTES`].
///
/// # Errors
/// [`Error::Invalid`].
pub fn check_name(name: &str) -> Result<()> {
    let reason = if name.is_empty() {
        "must not be empty".to_owned()
    } else if name.contains('\0') {
        "must not hold a zero character".to_owned()
    } else if name.len() > MAX_NAME_BYTES {
        format!("is longer than {MAX_NAME_BYTES} bytes")
    } else {
        return Ok(());
    };
    let field = format!("object name {:?}", name.chars().take(80).collect::<String>());
    Err(Error::Invalid { field, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let text = "SHA-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=";
        let digest: ObjectDigest = text.parse().unwrap();
        assert_eq!(digest.0[..3], [0xe3, 0xb0, 0xc4]);
        assert_eq!(digest.to_string(), text);
        for other in ["", "SHA-256=", &text[8..], &text[..text.len() - 1]] {
            assert!(other.parse::<ObjectDigest>().is_err(), "{other}");
        }
    }
}
