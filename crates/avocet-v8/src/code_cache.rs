//! Code caches: data that V8 keeps of a compilation.

use std::{ops::Deref, slice};

use crate::{HandleScope, Local, String, checksum::checksum, ffi};

/// The result of an earlier compilation, to make the next one of the same text
/// cheap, in this process or another one with the same V8.
///
/// It is bound to its text, parameters and kind, to the version and flags of
/// V8, and protected against damage by accident; what does not fit is ignored.
/// Like code, it must come from a trusted place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeCache {
    /// Fingerprint, checksum, then V8's bytes.
    bytes: Vec<u8>,
}

const HEADER: usize = 16;

impl CodeCache {
    /// From what [`as_bytes`](Self::as_bytes) gave. `None` if it is damaged.
    ///
    /// # Safety
    /// The bytes are what [`as_bytes`](Self::as_bytes) gave, in this process or another one, or
    /// those with accidental damage: V8 runs what they hold and checks none of it.
    pub unsafe fn from_bytes(bytes: Vec<u8>) -> Option<CodeCache> {
        let expected = checksum(bytes.get(HEADER..)?).to_le_bytes();
        (bytes[8..HEADER] == expected).then_some(CodeCache { bytes })
    }

    /// All of it, to be kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// V8's part, if it is that of a compilation with the fingerprint.
    pub(crate) fn payload(&self, fingerprint: u64) -> Option<&[u8]> {
        (self.bytes[..8] == fingerprint.to_le_bytes()).then(|| &self.bytes[HEADER..])
    }

    /// # Safety
    /// V8 has made the cache for the caller.
    pub(crate) unsafe fn read(cache: *mut ffi::CachedData, fingerprint: u64) -> Option<CodeCache> {
        if cache.is_null() {
            return None;
        }
        let mut length = 0;
        let mut bytes = Vec::new();
        // SAFETY: the caller promises that it exists; it is copied, then freed.
        unsafe {
            let data = ffi::av8_cache_bytes(cache, &mut length);
            let payload = slice::from_raw_parts(data, length);
            bytes.extend_from_slice(&fingerprint.to_le_bytes());
            bytes.extend_from_slice(&checksum(payload).to_le_bytes());
            bytes.extend_from_slice(payload);
            ffi::av8_cache_delete(cache);
        }
        Some(CodeCache { bytes })
    }
}

/// Result of a compilation, with the code cache that it came from.
#[derive(Clone, Copy, Debug)]
pub struct Compiled<'s, T> {
    /// The script, function or module.
    pub value: Local<'s, T>,
    /// Whether a cache was given and V8 took it.
    pub used_cache: bool,
    pub(crate) text: Local<'s, String>,
    pub(crate) salt: u64,
}

impl<T> Deref for Compiled<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// Key of a compilation: its text, and by `salt` the rest.
pub(crate) fn fingerprint(scope: &mut HandleScope<'_>, text: Local<'_, String>, salt: u64) -> u64 {
    let mut bytes = Vec::new();
    if text.is_one_byte() {
        text.write_one_byte_into(scope, &mut bytes);
    } else {
        bytes.extend(text.to_two_byte(scope).iter().flat_map(|unit| unit.to_le_bytes()));
    }
    // SAFETY: reads a number of the started V8.
    let version = unsafe { ffi::av8_cache_version() };
    checksum(&bytes) ^ salt ^ u64::from(version) << 32
}
