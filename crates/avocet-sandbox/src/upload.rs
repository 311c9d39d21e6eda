//! A request body that comes in pieces: collected, for functions see it whole.

use avocet_frames::MAX_FRAME;
use bytes::{Bytes, BytesMut};
use memchr::memmem;

/// A call whose body is not complete yet.
pub(crate) struct Upload {
    head: Bytes,
    body: BytesMut,
}

impl Upload {
    pub(crate) fn new(head: Bytes, body: &[u8]) -> Self {
        Self { head, body: BytesMut::from(body) }
    }

    /// Adds a piece; `false` where it would become more than a frame could have held.
    pub(crate) fn push(&mut self, piece: &[u8]) -> bool {
        self.body.extend_from_slice(piece);
        self.body.len() <= MAX_FRAME
    }

    /// The call's head and its whole body.
    pub(crate) fn complete(self) -> (Bytes, Bytes) {
        (self.head, self.body.freeze())
    }
}

/// Whether an invoke head says that its body goes on in further frames.
///
/// A search is exact, without parsing: inside a JSON string the quotes would be escaped.
pub(crate) fn goes_on(head: &[u8]) -> bool {
    memmem::rfind(&head[head.len().saturating_sub(16)..], br#""more":true"#).is_some()
        || (memmem::find(head, br#""more""#).is_some() && parsed_more(head))
}

fn parsed_more(head: &[u8]) -> bool {
    serde_json::from_slice::<avocet_frames::head::Invoke>(head).is_ok_and(|head| head.more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_found_wherever_it_stands() {
        for (head, more) in [
            (r#"{"m":"GET","u":"/","h":[]}"#, false),
            (r#"{"m":"PUT","u":"/","h":[],"k":"binary","more":true}"#, true),
            (r#"{"m":"PUT","more": true,"u":"/a/long/path/follows","h":[]}"#, true),
            (r#"{"m":"PUT","u":"/?\"more\":true","h":["more","\"more\":true"]}"#, false),
            (r#"{"m":"PUT","u":"/","h":["more","true"]}"#, false),
        ] {
            assert_eq!(goes_on(head.as_bytes()), more, "{head}");
        }
    }
}
