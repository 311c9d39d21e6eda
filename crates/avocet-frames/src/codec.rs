//! Bytes to frames and back.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::{CallId, Kind, MAX_FRAME};

/// Bytes before the head: length, kind, call, head length.
pub const PREFIX: usize = 4 + 1 + 8 + 4;

/// Bytes of the prefix that `length` counts.
const COUNTED: usize = PREFIX - 4;

/// A decoded frame that owns (shares) its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Kind of the frame.
    pub kind: Kind,
    /// The call that it belongs to.
    pub call: CallId,
    /// JSON, or empty.
    pub head: Bytes,
    /// Raw bytes, often empty.
    pub body: Bytes,
}

/// A decoded frame that borrows from the receive buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRef<'a> {
    /// Kind of the frame.
    pub kind: Kind,
    /// The call that it belongs to.
    pub call: CallId,
    /// JSON, or empty.
    pub head: &'a [u8],
    /// Raw bytes, often empty.
    pub body: &'a [u8],
}

/// Bytes that are no frame. The connection cannot be used further: the peer is broken or speaks
/// another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The frame is longer than [`MAX_FRAME`].
    #[error("frame of {0} bytes is over the limit of {MAX_FRAME}")]
    TooLong(usize),
    /// The lengths inside the frame contradict each other.
    #[error("frame of {length} bytes cannot hold a head of {head}")]
    BadLength {
        /// Length of the frame, as it says.
        length: usize,
        /// Length of its head, as it says.
        head: usize,
    },
    /// The kind is not one of [`Kind`].
    #[error("unknown frame kind {0}")]
    UnknownKind(u8),
}

struct Prefix {
    kind: Kind,
    call: CallId,
    head: usize,
    total: usize,
}

/// Reads the prefix; `None` where `buf` does not hold the whole frame yet.
fn prefix(buf: &[u8]) -> Result<Option<Prefix>, FrameError> {
    let Some(first) = buf.first_chunk::<PREFIX>() else {
        return match buf.first_chunk::<4>() {
            Some(length) => check_length(u32::from_le_bytes(*length) as usize).map(|()| None),
            None => Ok(None),
        };
    };
    let mut at = &first[..];
    let length = at.get_u32_le() as usize;
    check_length(length)?;
    let kind = at.get_u8();
    let call = CallId::from_wire(at.get_u64_le());
    let head = at.get_u32_le() as usize;
    if head > length - COUNTED {
        return Err(FrameError::BadLength { length, head });
    }
    let kind = Kind::from_wire(kind).ok_or(FrameError::UnknownKind(kind))?;
    let total = 4 + length;
    Ok((buf.len() >= total).then_some(Prefix { kind, call, head, total }))
}

fn check_length(length: usize) -> Result<(), FrameError> {
    if length > MAX_FRAME {
        return Err(FrameError::TooLong(length));
    }
    if length < COUNTED {
        return Err(FrameError::BadLength { length, head: 0 });
    }
    Ok(())
}

/// The first frame in `buf` and the bytes that it takes, without copying; `None` where it is not
/// complete.
pub fn parse(buf: &[u8]) -> Result<Option<(FrameRef<'_>, usize)>, FrameError> {
    Ok(prefix(buf)?.map(|p| {
        let (head, body) = buf[PREFIX..p.total].split_at(p.head);
        (FrameRef { kind: p.kind, call: p.call, head, body }, p.total)
    }))
}

/// Takes the first frame out of `buf`, sharing its bytes; `None` where it is not complete.
pub fn take(buf: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
    Ok(prefix(buf)?.map(|p| {
        let mut bytes = buf.split_to(p.total).freeze();
        bytes.advance(PREFIX);
        let head = bytes.split_to(p.head);
        Frame { kind: p.kind, call: p.call, head, body: bytes }
    }))
}

/// Appends a frame to `out`.
///
/// # Panics
/// Where head and body together are over [`MAX_FRAME`]: callers bound bodies long before.
pub fn put(out: &mut impl BufMut, kind: Kind, call: CallId, head: &[u8], body: &[u8]) {
    let length = COUNTED + head.len() + body.len();
    assert!(length <= MAX_FRAME, "frame of {length} bytes is over the limit of {MAX_FRAME}");
    out.put_u32_le(length as u32);
    out.put_u8(kind as u8);
    out.put_u64_le(call.to_wire());
    out.put_u32_le(head.len() as u32);
    out.put_slice(head);
    out.put_slice(body);
}

/// Appends a frame whose head `write` serialises in place, so that it needs no buffer of its own.
///
/// # Panics
/// Where head and body together are over [`MAX_FRAME`].
pub fn put_with(
    out: &mut BytesMut,
    kind: Kind,
    call: CallId,
    body: &[u8],
    write: impl FnOnce(&mut BytesMut),
) {
    let start = out.len();
    out.put_u32_le(0);
    out.put_u8(kind as u8);
    out.put_u64_le(call.to_wire());
    out.put_u32_le(0);
    write(out);
    let head = out.len() - start - PREFIX;
    out.put_slice(body);
    let length = out.len() - start - 4;
    assert!(length <= MAX_FRAME, "frame of {length} bytes is over the limit of {MAX_FRAME}");
    out[start..start + 4].copy_from_slice(&(length as u32).to_le_bytes());
    out[start + PREFIX - 4..start + PREFIX].copy_from_slice(&(head as u32).to_le_bytes());
}

/// Appends a frame whose head is `head` as JSON.
pub fn put_json(
    out: &mut BytesMut,
    kind: Kind,
    call: CallId,
    head: &impl serde::Serialize,
    body: &[u8],
) {
    put_with(out, kind, call, body, |out| {
        serde_json::to_writer(out.writer(), head).expect("heads have string keys and no I/O");
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> BytesMut {
        let mut out = BytesMut::new();
        put(&mut out, Kind::Invoke, CallId::new(7, 9), b"{}", b"body");
        out
    }

    #[test]
    fn a_frame_survives_the_wire_both_ways() {
        let mut out = sample();
        let copy = out.clone();
        let (borrowed, used) = parse(&copy).unwrap().unwrap();
        assert_eq!(used, copy.len());
        let owned = take(&mut out).unwrap().unwrap();
        assert!(out.is_empty());
        assert_eq!((borrowed.kind, borrowed.call), (Kind::Invoke, CallId::new(7, 9)));
        assert_eq!((borrowed.head, borrowed.body), (&b"{}"[..], &b"body"[..]));
        assert_eq!((owned.kind, owned.call), (borrowed.kind, borrowed.call));
        assert_eq!((&owned.head[..], &owned.body[..]), (borrowed.head, borrowed.body));
    }

    #[test]
    fn a_head_written_in_place_gives_the_same_bytes() {
        let mut out = BytesMut::new();
        put_with(&mut out, Kind::Invoke, CallId::new(7, 9), b"body", |o| o.put_slice(b"{}"));
        assert_eq!(out, sample());
    }

    #[test]
    fn every_cut_short_frame_waits_for_more() {
        let whole = sample();
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]), Ok(None), "cut at {end}");
        }
    }

    #[test]
    fn nonsense_is_refused_before_its_bytes_arrive() {
        let huge = u32::MAX.to_le_bytes();
        assert_eq!(parse(&huge), Err(FrameError::TooLong(u32::MAX as usize)));
        assert!(matches!(parse(&3u32.to_le_bytes()), Err(FrameError::BadLength { .. })));
        let mut bad = sample();
        bad[PREFIX - 4..PREFIX].copy_from_slice(&900u32.to_le_bytes());
        assert!(matches!(parse(&bad), Err(FrameError::BadLength { head: 900, .. })));
        let mut bad = sample();
        bad[4] = 200;
        assert_eq!(parse(&bad), Err(FrameError::UnknownKind(200)));
    }
}
