//! A request's target as it came.
//!
//! Node.js and the gateways of clusters take characters in a target that [`http::Uri`] refuses. On
//! their way to hyper stand-ins take their places, in the first line of a head alone; they are
//! noncharacters of Unicode, which nobody has a use for. [`target`] gives back what came.

use std::borrow::Cow;

use http::Uri;
use http::request::Parts;

/// Characters that hyper refuses, and what stands for them: 3 bytes for one.
const STAND_INS: [(u8, char); 4] =
    [(b'"', '\u{fdd0}'), (b'<', '\u{fdd1}'), (b'>', '\u{fdd2}'), (b'`', '\u{fdd3}')];

/// The first line of a head as it arrives.
#[derive(Debug, Default)]
pub(super) struct Line {
    begun: bool,
    ended: bool,
}

impl Line {
    /// Takes the next bytes; gives them with stand-ins where there are any to be made.
    pub(super) fn read<'b>(&mut self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        // Empty lines before it are skipped, as hyper does.
        let blank = bytes.iter().take_while(|byte| !self.begun && matches!(byte, b'\r' | b'\n'));
        let start = blank.count();
        self.begun |= start < bytes.len();
        let end = bytes[start..].iter().position(|byte| *byte == b'\n');
        let open = if self.ended { start } else { end.map_or(bytes.len(), |end| start + end) };
        self.ended |= end.is_some();
        if !bytes[start..open].iter().any(|byte| stand_in(*byte).is_some()) {
            return Cow::Borrowed(bytes);
        }
        let mut out = Vec::with_capacity(bytes.len() + 64);
        for byte in &bytes[..open] {
            match stand_in(*byte) {
                Some(other) => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
                None => out.push(*byte),
            }
        }
        out.extend_from_slice(&bytes[open..]);
        Cow::Owned(out)
    }
}

fn stand_in(byte: u8) -> Option<char> {
    STAND_INS.iter().find(|(own, _)| *own == byte).map(|(_, other)| *other)
}

/// Text that came where `text` has stand-ins; `None` where it has none.
fn original(text: &str) -> Option<String> {
    if text.is_ascii() || !text.contains(is_stand_in) {
        return None;
    }
    let back =
        |c: char| STAND_INS.iter().find(|(_, own)| *own == c).map_or(c, |(b, _)| (*b).into());
    Some(text.chars().map(back).collect())
}

fn is_stand_in(c: char) -> bool {
    STAND_INS.iter().any(|(_, own)| *own == c)
}

/// Path and query as they came, beside a request whose target has stand-ins.
#[derive(Clone)]
struct Original(String);

/// Notes the target as it came, for [`target`].
pub(crate) fn note(parts: &mut Parts) {
    if let Some(original) = parts.uri.path_and_query().and_then(|own| original(own.as_str())) {
        parts.extensions.insert(Original(original));
    }
}

/// Path and query of a request as they came; empty where it has none.
pub(crate) fn target(parts: &Parts) -> &str {
    match parts.extensions.get::<Original>() {
        Some(Original(text)) => text,
        None => parts.uri.path_and_query().map_or("", |target| target.as_str()),
    }
}

/// A whole target as it came.
pub(crate) fn shown(uri: &Uri) -> String {
    let text = uri.to_string();
    original(&text).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "\r\nGET /a`?q={\"a\":<1>} HTTP/1.1\r\nx: \"<>\r\n\r\n";

    #[test]
    fn characters_come_back_wherever_the_bytes_are_cut() {
        for cut in 0..=HEAD.len() {
            let mut line = Line::default();
            let mut read = line.read(&HEAD.as_bytes()[..cut]).into_owned();
            read.extend_from_slice(&line.read(&HEAD.as_bytes()[cut..]));
            let text = String::from_utf8(read).unwrap();
            let (first, rest) = text.trim_start().split_once("\r\n").unwrap();
            assert_eq!(rest, "x: \"<>\r\n\r\n", "{cut}");
            let uri: Uri = first.split(' ').nth(1).unwrap().parse().unwrap();
            assert_eq!(shown(&uri), "/a`?q={\"a\":<1>}", "{cut}");
            assert!(line.ended);
        }
    }

    #[test]
    fn other_targets_are_not_copied() {
        let mut line = Line::default();
        assert!(matches!(line.read("GET /?q=%22ä HTTP/1.1\r\n".as_bytes()), Cow::Borrowed(_)));
        assert_eq!(original("/?q=ä"), None);
    }
}
