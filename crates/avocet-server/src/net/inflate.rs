//! Compressed bodies, made what they were.

use std::io;

use avocet_functions::request::Coding;
use bytes::BytesMut;

use super::body::{BodyError, BodyMemory, Read};

/// Bytes that are taken at once.
const STEP: usize = 32 * 1024;

/// Inflates a body up to `limit` bytes. The work is done on a thread of its own: a few bytes may
/// become as many as the limit allows.
pub(crate) async fn inflate(
    read: Read,
    coding: Coding,
    limit: usize,
    memory: &BodyMemory,
) -> Result<Read, BodyError> {
    let memory = memory.clone();
    let work = move || {
        let bytes = &read.bytes[..];
        match coding {
            Coding::Gzip => take(flate2::read::MultiGzDecoder::new(bytes), coding, limit, &memory),
            Coding::Deflate => take(flate2::read::ZlibDecoder::new(bytes), coding, limit, &memory),
            Coding::Brotli => {
                let decoder = brotli_decompressor::Decompressor::new(bytes, STEP);
                take(decoder, coding, limit, &memory)
            }
        }
    };
    // It only fails where the work panics.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(BodyError::Broken))
}

fn take(
    mut decoder: impl io::Read,
    coding: Coding,
    limit: usize,
    memory: &BodyMemory,
) -> Result<Read, BodyError> {
    let mut whole = BytesMut::new();
    let mut step = vec![0; STEP];
    let mut held = None;
    loop {
        let count = match decoder.read(&mut step) {
            Ok(0) => return Ok(Read::new(whole.freeze(), held)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(BodyError::NotEncoded(coding.name())),
        };
        if whole.len() + count > limit {
            return Err(BodyError::TooLarge(limit));
        }
        memory.hold(&mut held, whole.len() + count)?;
        whole.extend_from_slice(&step[..count]);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use bytes::Bytes;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    const MEMORY: usize = 1 << 20;

    async fn inflated(coding: Coding, bytes: &[u8], limit: usize) -> Result<Bytes, BodyError> {
        let read = Read::new(Bytes::copy_from_slice(bytes), None);
        inflate(read, coding, limit, &BodyMemory::new(MEMORY)).await.map(|read| read.bytes)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// `hello hello hello`, by another implementation of brotli.
    const BROTLI: [u8; 20] =
        [27, 16, 0, 248, 141, 148, 110, 222, 68, 85, 134, 150, 108, 32, 111, 1, 79, 28, 96, 28];

    #[tokio::test]
    async fn each_coding_is_undone() {
        let text = b"hello hello hello";
        for (coding, bytes) in [
            (Coding::Gzip, gzip(text)),
            (Coding::Deflate, zlib(text)),
            (Coding::Brotli, BROTLI.to_vec()),
        ] {
            assert_eq!(inflated(coding, &bytes, 100).await.unwrap(), text[..], "{coding:?}");
            assert_eq!(inflated(coding, &bytes, text.len()).await.unwrap().len(), text.len());
            let over = inflated(coding, &bytes, text.len() - 1).await;
            assert_eq!(over, Err(BodyError::TooLarge(text.len() - 1)), "{coding:?}");
            let half = inflated(coding, &bytes[..bytes.len() / 2], 100).await;
            assert_eq!(half, Err(BodyError::NotEncoded(coding.name())), "{coding:?}");
            let other = inflated(coding, b"nothing of that kind", 100).await;
            assert_eq!(other, Err(BodyError::NotEncoded(coding.name())), "{coding:?}");
        }
    }

    #[tokio::test]
    async fn a_bomb_stops_at_the_limit_and_at_the_memory_of_all() {
        let bomb = gzip(&vec![0; 64 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(inflated(Coding::Gzip, &bomb, 1 << 19).await, Err(BodyError::TooLarge(1 << 19)));
        assert_eq!(inflated(Coding::Gzip, &bomb, 1 << 30).await, Err(BodyError::Busy));
    }

    #[tokio::test]
    async fn members_of_gzip_follow_each_other() {
        let both = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(inflated(Coding::Gzip, &both, 100).await.unwrap(), b"one two"[..]);
    }
}
