//! An object while its bytes come.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use avocet_backplane::objects::{CHUNK_BYTES, ObjectDigest};
use avocet_backplane::{Pending, Result};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::files::Files;

/// Bytes between two syncs of a file: the disk writes while more comes.
const SYNC_BYTES: u64 = 8 << 20;

/// A new file. It is deleted when this is dropped, unless it was kept.
pub(super) struct Draft {
    files: Arc<Files>,
    number: u64,
    file: File,
    digest: Sha256,
    bytes: u64,
    synced: u64,
    kept: bool,
}

/// Sum of an object's bytes.
pub(super) struct Sum {
    pub(super) bytes: u64,
    pub(super) chunks: u64,
    pub(super) digest: ObjectDigest,
}

impl Draft {
    pub(super) fn create(files: &Arc<Files>) -> Result<Self> {
        let (number, file) = files.create()?;
        let files = Arc::clone(files);
        Ok(Self { files, number, file, digest: Sha256::new(), bytes: 0, synced: 0, kept: false })
    }

    /// Writes pieces behind those before.
    pub(super) fn append(&mut self, pieces: &[Bytes]) -> Result<()> {
        for piece in pieces {
            self.digest.update(piece);
            self.file.write_all(piece).map_err(|source| self.files.failed(self.number, source))?;
            self.bytes += piece.len() as u64;
        }
        Ok(())
    }

    /// Begins to sync what was written, where that is much; it goes on beside what is written next.
    pub(super) fn sync_beside(&mut self) -> Result<Option<Pending<()>>> {
        if self.bytes - self.synced < SYNC_BYTES {
            return Ok(None);
        }
        self.synced = self.bytes;
        let (files, number) = (Arc::clone(&self.files), self.number);
        let file = self.file.try_clone().map_err(|source| files.failed(number, source))?;
        let sync = move || file.sync_data().map_err(|source| files.failed(number, source));
        Ok(Some(self.files.run(sync)))
    }

    /// Makes everything durable.
    pub(super) fn finish(&mut self) -> Result<Sum> {
        self.file.sync_data().map_err(|source| self.files.failed(self.number, source))?;
        self.files.sync()?;
        Ok(Sum::new(self.bytes, std::mem::take(&mut self.digest)))
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The file belongs to an object now.
    pub(super) fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            self.files.remove(self.number);
        }
    }
}

impl Sum {
    fn new(bytes: u64, digest: Sha256) -> Self {
        let digest = ObjectDigest(digest.finalize().into());
        Self { bytes, chunks: bytes.div_ceil(CHUNK_BYTES as u64), digest }
    }

    /// Of bytes that are there as a whole.
    pub(super) fn of(data: &[u8]) -> Self {
        Self::new(data.len() as u64, Sha256::new_with_prefix(data))
    }
}
