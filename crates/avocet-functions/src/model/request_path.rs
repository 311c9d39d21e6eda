//! The one form of a request's path that decides about its route.

use std::borrow::Cow;

/// Path and query of a request in one form, so that no other spelling of a path gets another route,
/// and the function sees what was decided about.
///
/// RFC 3986, section 6.2.2: escapes of unreserved characters are decoded and dot segments resolved.
/// As gateways of clusters do it, `\` is `/` and empty segments are left out.
/// ```
/// use avocet_functions::model::RequestPath;
///
/// let path = RequestPath::of("/list/%2e%2e//%61dmin/x?y=//");
/// assert_eq!((path.path(), path.target()), ("/admin/x", "/admin/x?y=//"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPath<'a> {
    target: Cow<'a, str>,
    /// Length of the path in `target`.
    end: usize,
    /// The path as a function sees it that decodes every escape first, where that is another.
    decoded: Option<String>,
    /// Escaped slashes hide dot segments.
    hides: bool,
}

impl<'a> RequestPath<'a> {
    /// The form of `target`. One that does not begin with `/` stays as it is.
    pub fn of(target: &'a str) -> Self {
        let end = target.find(['?', '#']).unwrap_or(target.len());
        let (path, rest) = target.split_at(end);
        if !path.starts_with('/') || is_plain(path) {
            return Self { target: Cow::Borrowed(target), end, decoded: None, hides: false };
        }
        let path = resolved(&unescaped(path, |byte| byte.is_ascii_alphanumeric() || is_mark(byte)));
        let whole = path.contains('%').then(|| unescaped(&path, |_| true));
        let decoded = whole.as_deref().map(resolved);
        Self {
            end: path.len(),
            hides: whole.is_some_and(|whole| has_dots(&whole)),
            decoded: decoded.filter(|decoded| *decoded != path),
            target: Cow::Owned(path + rest),
        }
    }

    /// The path.
    pub fn path(&self) -> &str {
        &self.target[..self.end]
    }

    /// Path and query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Path and query, without a copy where they are as they came.
    pub fn into_target(self) -> Cow<'a, str> {
        self.target
    }

    /// Whether the path leads elsewhere once its slashes are decoded: nobody writes it so who does
    /// not want to get around a rule.
    pub fn is_disguised(&self) -> bool {
        self.hides
    }

    /// Every path that a function may take it for.
    pub fn readings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.path()).chain(self.decoded.as_deref())
    }
}

/// Whether a path is in its form already, and has no escapes.
fn is_plain(path: &str) -> bool {
    let bytes = path.as_bytes();
    let odd = |pair: &[u8]| pair[0] == b'/' && matches!(pair[1], b'/' | b'.');
    !bytes.iter().any(|byte| matches!(byte, b'%' | b'\\')) && !bytes.windows(2).any(odd)
}

/// RFC 3986, section 2.3.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The text with those escapes decoded that stand for bytes that are `wanted`.
fn unescaped(text: &str, wanted: impl Fn(u8) -> bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).filter(|_| *byte == b'%');
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|b| wanted(*b)) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split(['/', '\\']).skip(1)
}

fn has_dots(path: &str) -> bool {
    segments(path).any(|segment| matches!(segment, "." | ".."))
}

/// The path without dot segments and empty ones; a slash at its end stays.
fn resolved(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_open = true;
    for segment in segments(path) {
        ends_open = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            own => kept.push(own),
        }
    }
    let mut out = String::with_capacity(path.len());
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if ends_open || kept.is_empty() {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_path_has_one_form() {
        for (spelling, form) in [
            ("/admin/x", "/admin/x"),
            ("/%61dmin/x", "/admin/x"),
            ("/list/%2e%2e/admin/x", "/admin/x"),
            ("/list/.%2E/admin/x", "/admin/x"),
            ("//admin/x", "/admin/x"),
            ("/admin//x", "/admin/x"),
            ("/./admin/./x", "/admin/x"),
            ("/..\\admin\\x", "/admin/x"),
            ("/a/..", "/"),
            ("/a/b/.", "/a/b/"),
            ("/a/", "/a/"),
            ("", ""),
            ("*", "*"),
            ("/a%20b%2fc%+1", "/a%20b%2fc%+1"),
            ("/ä/%c3%a4", "/ä/%c3%a4"),
        ] {
            let target = format!("{spelling}?q=//%61/..");
            let path = RequestPath::of(&target);
            assert_eq!(path.path(), form, "{spelling}");
            assert_eq!(path.target(), format!("{form}?q=//%61/.."), "{spelling}");
            assert!(!path.is_disguised(), "{spelling}");
        }
    }

    #[test]
    fn a_path_is_also_what_a_decoding_function_sees() {
        let readings =
            |path: &str| RequestPath::of(path).readings().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(readings("/a/b"), ["/a/b"]);
        assert_eq!(readings("/admin%2Fx"), ["/admin%2Fx", "/admin/x"]);
        assert_eq!(readings("/%2561"), ["/%2561", "/%61"]);
        assert!(RequestPath::of("/list/..%2fadmin/x").is_disguised());
        assert!(!RequestPath::of("/list/..x%2fadmin").is_disguised());
    }
}
