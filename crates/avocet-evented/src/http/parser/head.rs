//! Heads of messages.

use std::ops::Range;

use super::{Framing, Side};

/// The methods that are known, in the order in which JavaScript lists them.
pub(crate) const METHODS: [&str; 15] = [
    "GET",
    "DELETE",
    "HEAD",
    "POST",
    "PUT",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "COPY",
    "MOVE",
    "MKCOL",
    "PROPFIND",
    "PROPPATCH",
    "UNLOCK",
    "PATCH",
];

/// Bits of [`Head::flags`]; from bit 8 on stands the status of a response.
pub(crate) const KEEP_ALIVE: i32 = 1;
pub(crate) const OLD: i32 = 2;
pub(crate) const BODY: i32 = 4;

/// Bits of [`Head::notes`], which spare JavaScript from looking.
pub(crate) const PLAIN: i32 = 8;
pub(crate) const ODD: i32 = 16;

/// The head of a message, for JavaScript to look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Range of the head in the input.
    pub(crate) range: Range<usize>,
    /// Offset of the target, in bytes from the head's start: the method ends one before.
    pub(crate) start: usize,
    /// Offset of the target's end.
    pub(crate) target: usize,
    pub(crate) flags: i32,
    /// Whether the target is a path alone, and whether the version is neither 1.0 nor 1.1; from bit 8
    /// on, the place of a request's method in [`METHODS`].
    notes: i32,
}

impl Head {
    /// Flags and notes, as JavaScript gets them.
    pub(crate) fn bits(&self) -> i32 {
        self.flags | self.notes
    }

    pub(crate) fn keep_alive(&self) -> bool {
        self.flags & KEEP_ALIVE != 0
    }
}

/// Whether no bytes that follow can make a head of this.
pub(super) fn is_hopeless(side: Side, bytes: &[u8]) -> bool {
    match side {
        // By far the most.
        Side::Requests if bytes.starts_with(b"GET ") => false,
        Side::Requests => {
            let end = bytes.iter().position(|byte| !byte.is_ascii_uppercase());
            let word = &bytes[..end.unwrap_or(bytes.len())];
            !METHODS.iter().any(|method| match end {
                Some(end) => method.as_bytes() == word && bytes[end] == b' ',
                None => method.as_bytes().starts_with(word),
            })
        }
        Side::Responses => {
            let length = bytes.len().min(5);
            bytes[..length] != b"HTTP/"[..length]
        }
    }
}

/// Reads a complete head; `None` where it is malformed.
pub(super) fn read(side: Side, bytes: &[u8]) -> Option<(Head, Framing)> {
    let line_end = memchr::memchr(b'\r', bytes)?;
    let mut head = match side {
        Side::Requests => request_line(&bytes[..line_end])?,
        Side::Responses => status_line(&bytes[..line_end])?,
    };
    let mut fields = Fields::default();
    let mut at = line_end;
    loop {
        // The head ends with an empty line, so there are two bytes.
        if bytes.get(at..at + 2)? != b"\r\n" {
            return None;
        }
        at += 2;
        let end = at + memchr::memchr2(b'\r', b'\n', &bytes[at..])?;
        if end == at && end + 2 == bytes.len() {
            break;
        }
        fields.take(&bytes[at..end])?;
        at = end;
    }
    let old = head.flags & OLD != 0;
    if if old { fields.keep_alive } else { !fields.close } {
        head.flags |= KEEP_ALIVE;
    }
    let framing = framing(side, &head, &fields);
    if framing != Framing::None && framing != Framing::Length(0) {
        head.flags |= BODY;
    }
    Some((head, framing))
}

fn framing(side: Side, head: &Head, fields: &Fields) -> Framing {
    let status = head.flags >> 8;
    if side == Side::Responses && (status < 200 || status == 204 || status == 304) {
        return Framing::None;
    }
    match (fields.chunked, fields.length) {
        (true, _) => Framing::Chunked,
        (false, Some(length)) => Framing::Length(length),
        (false, None) if side == Side::Responses && !head.keep_alive() => Framing::UntilEnd,
        (false, None) => Framing::None,
    }
}

/// Fields about the body and the connection.
#[derive(Default)]
struct Fields {
    length: Option<u64>,
    chunked: bool,
    close: bool,
    keep_alive: bool,
}

impl Fields {
    fn take(&mut self, line: &[u8]) -> Option<()> {
        let colon = memchr::memchr(b':', line)?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        let (first, others) = name.split_first()?;
        let legal = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        if !first.is_ascii_alphabetic() || !others.iter().all(legal) {
            return None;
        }
        match name.len() {
            10 if name.eq_ignore_ascii_case(b"connection") => {
                for token in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    self.close |= token.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let text = std::str::from_utf8(value).ok()?;
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let length = text.parse().ok().filter(|_| digits)?;
                // Lengths that differ would let two readers see two messages.
                if self.length.is_some_and(|known| known != length) {
                    return None;
                }
                self.length = Some(length);
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                self.chunked |= value.to_ascii_lowercase().ends_with(b"chunked");
            }
            _ => {}
        }
        Some(())
    }
}

/// `1.0` or `1.1` as the flag for the old one; later minor numbers read as 1.1.
fn version(bytes: &[u8]) -> Option<i32> {
    match bytes {
        b"HTTP/1.0" | b"HTTP/0.9" => Some(OLD),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor] if minor.is_ascii_digit() => Some(0),
        _ => None,
    }
}

fn odd(version: &[u8]) -> i32 {
    if matches!(version, b"HTTP/1.1" | b"HTTP/1.0") { 0 } else { ODD }
}

fn request_line(line: &[u8]) -> Option<Head> {
    let space = memchr::memchr(b' ', line)?;
    let start = space + 1;
    let target = start + memchr::memchr(b' ', &line[start..])?;
    let flags = version(&line[target + 1..])?;
    let plain = if is_plain(&line[start..target]) { PLAIN } else { 0 };
    let method = METHODS.iter().position(|method| method.as_bytes() == &line[..space])?;
    is_target(&line[start..target], &line[..space]).then_some(Head {
        range: 0..0,
        start,
        target,
        flags,
        notes: plain | odd(&line[target + 1..]) | (method as i32) << 8,
    })
}

/// A path without a query and a fragment.
fn is_plain(target: &[u8]) -> bool {
    target.first() == Some(&b'/') && memchr::memchr2(b'?', b'#', target).is_none()
}

/// `/…`, or `scheme://host…`; for CONNECT also `host:port`.
fn is_target(target: &[u8], method: &[u8]) -> bool {
    let Some(first) = target.first() else { return false };
    if target.iter().any(|byte| byte.is_ascii_control()) {
        return false;
    }
    if *first == b'/' || method == b"CONNECT" {
        return true;
    }
    let scheme = target.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    scheme > 0 && target[scheme..].starts_with(b"://") && target.len() > scheme + 3
}

fn status_line(line: &[u8]) -> Option<Head> {
    let flags = version(line.get(..8)?)?;
    let digits = line.get(9..12).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    if line[8] != b' ' || line.get(12).is_some_and(|byte| *byte != b' ') {
        return None;
    }
    // The reason ends where the line does: a line feed in it would show others another head.
    if line[12..].contains(&b'\n') {
        return None;
    }
    let status = std::str::from_utf8(digits).ok()?.parse::<i32>().ok()?;
    Some(Head {
        range: 0..0,
        start: 0,
        target: 0,
        flags: flags | status << 8,
        notes: odd(&line[..8]),
    })
}
