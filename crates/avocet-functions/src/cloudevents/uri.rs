//! Syntax of URIs (RFC 3986), checked without building anything.

/// §4.1: a URI or a relative reference.
pub(super) fn is_reference(text: &str) -> bool {
    match scheme_end(text) {
        Scheme::At(end) => is_hierarchy(&text.as_bytes()[end + 1..]),
        Scheme::None => is_hierarchy(text.as_bytes()),
        Scheme::Malformed => false,
    }
}

/// §3: with a scheme.
pub(super) fn is_uri(text: &str) -> bool {
    match scheme_end(text) {
        Scheme::At(end) => is_hierarchy(&text.as_bytes()[end + 1..]),
        _ => false,
    }
}

enum Scheme {
    At(usize),
    None,
    Malformed,
}

/// A colon in the first segment ends a scheme; a relative reference has none there (§4.2).
fn scheme_end(text: &str) -> Scheme {
    let bytes = text.as_bytes();
    let Some(at) = bytes.iter().position(|b| matches!(b, b':' | b'/' | b'?' | b'#')) else {
        return Scheme::None;
    };
    if bytes[at] != b':' {
        return Scheme::None;
    }
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let sound = bytes[..at].first().is_some_and(u8::is_ascii_alphabetic);
    if sound && bytes[..at].iter().all(allowed) { Scheme::At(at) } else { Scheme::Malformed }
}

/// Authority, path, query and fragment.
fn is_hierarchy(bytes: &[u8]) -> bool {
    let (rest, fragment) = split(bytes, |b| b == b'#');
    let (rest, query) = split(rest, |b| b == b'?');
    let (authority, path) = match rest.strip_prefix(b"//") {
        Some(rest) => {
            let end = rest.iter().position(|&b| b == b'/').unwrap_or(rest.len());
            rest.split_at(end)
        }
        None => (&[][..], rest),
    };
    all(authority, |b| b"[]:@".contains(&b))
        && brackets_hold_the_host(authority)
        && all(path, |b| b"/:@".contains(&b))
        && all(query, |b| b"/?:@".contains(&b))
        && all(fragment, |b| b"/?:@".contains(&b))
}

fn split(bytes: &[u8], at: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    match bytes.iter().position(|&b| at(b)) {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}

/// `[…]` once, as the whole host.
fn brackets_hold_the_host(authority: &[u8]) -> bool {
    let host =
        authority.iter().position(|&b| b == b'@').map_or(authority, |at| &authority[at + 1..]);
    let count = |sign| authority.iter().filter(|&&b| b == sign).count();
    match (count(b'['), count(b']')) {
        (0, 0) => true,
        (1, 1) => {
            let end = host.iter().position(|&b| b == b']').unwrap_or(0);
            host.first() == Some(&b'[') && matches!(host.get(end + 1), None | Some(b':'))
        }
        _ => false,
    }
}

/// Unreserved characters and sub-delimiters (§2.2, §2.3), by byte.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        plain[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let signs = b"-._~!$&'()*+,;=";
    let mut sign = 0;
    while sign < signs.len() {
        plain[signs[sign] as usize] = true;
        sign += 1;
    }
    plain
};

/// [`PLAIN`] characters, encoded bytes and `also`.
fn all(bytes: &[u8], also: impl Fn(u8) -> bool) -> bool {
    let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    bytes.iter().enumerate().all(|(at, &byte)| {
        PLAIN[byte as usize] || also(byte) || (byte == b'%' && hex(at + 1) && hex(at + 2))
    })
}
