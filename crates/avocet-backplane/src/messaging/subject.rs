//! Rules of subjects and patterns.

use crate::{Error, Result};

/// Longest subject and longest pattern, bytes.
pub const MAX_SUBJECT_BYTES: usize = 1024;

/// Checks the subject of a message: tokens between dots, none of them empty, no white space and no
/// control characters, no `*` or `>` as a whole token, at most [`MAX_SUBJECT_BYTES`].
///
/// # Errors
/// [`Error::Invalid`], which names subject and rule.
pub fn check_subject(subject: &str) -> Result<()> {
    let wildcard = subject.split('.').any(|token| matches!(token, "*" | ">"));
    let fault = fault(subject)
        .or_else(|| wildcard.then_some("a message cannot be sent to the wildcards * and >"));
    refused("subject", subject, fault)
}

/// Checks a pattern of subjects: as [`check_subject`], but with `*` for any one token and `>`, as the
/// last one, for one or more.
///
/// # Errors
/// [`Error::Invalid`], which names pattern and rule.
pub fn check_pattern(pattern: &str) -> Result<()> {
    let mut before = pattern.rsplit('.').skip(1);
    let fault = fault(pattern)
        .or_else(|| before.any(|token| token == ">").then_some("> can only be the last token"));
    refused("subject", pattern, fault)
}

/// Checks the name of a queue group: one token or more, without wildcards.
pub(super) fn check_group(group: &str) -> Result<()> {
    refused("queue group", group, fault(group))
}

fn refused(what: &str, text: &str, fault: Option<&str>) -> Result<()> {
    let field = || format!("{what} {:?}", text.chars().take(80).collect::<String>());
    fault.map_or(Ok(()), |reason| Err(Error::Invalid { field: field(), reason: reason.into() }))
}

fn fault(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("must not be empty")
    } else if text.len() > MAX_SUBJECT_BYTES {
        Some("is longer than 1024 bytes")
    } else if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        Some("must not hold white space or control characters")
    } else if text.split('.').any(str::is_empty) {
        Some("must not have an empty token: no dot first, last or beside another")
    } else {
        None
    }
}

/// True of subjects and patterns that belong to the bus: those whose first token begins with `$`, and
/// those below `_INBOX`. On NATS they reach every bucket, and the answers to others' requests.
pub fn is_reserved(subject: &str) -> bool {
    let first = subject.split('.').next().unwrap_or_default();
    first.starts_with('$') || first == "_INBOX"
}

/// True where a subject matches a pattern. A wildcard as first token matches no subject that
/// [`is_reserved`].
pub fn matches(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    let first = pattern.split('.').next();
    if matches!(first, Some("*" | ">")) && is_reserved(subject) {
        return false;
    }
    for wanted in pattern.split('.') {
        match (wanted, tokens.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(token)) if wanted == token => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}

/// Index of the first of `patterns` that a subject matches. On a bus that delivers a message once
/// for each of them, the copy that came by this one is the one to keep.
pub fn matches_any(patterns: &[String], subject: &str) -> Option<usize> {
    patterns.iter().position(|pattern| matches(pattern, subject))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_and_patterns_have_rules() {
        for good in ["a", "a.b.c", "a-b_c.=", "é", "a*b", "x>y", "$SYS.x", "_INBOX.1"] {
            assert!(check_subject(good).is_ok(), "{good:?}");
        }
        for bad in ["", ".", "a.", ".a", "a..b", "a b", "a\tb", "a\u{a0}b", "*", "a.*", "a.>"] {
            assert!(check_subject(bad).is_err(), "{bad:?}");
        }
        for good in ["*", ">", "a.*", "a.>", "*.b.>", "a"] {
            assert!(check_pattern(good).is_ok(), "{good:?}");
        }
        for bad in ["", "a.>.b", ">.a", "a..>", "a >"] {
            assert!(check_pattern(bad).is_err(), "{bad:?}");
        }
        assert!(check_subject(&"a".repeat(MAX_SUBJECT_BYTES + 1)).is_err());
    }

    #[test]
    fn patterns_match() {
        for (pattern, subject, expected) in [
            ("a.b", "a.b", true),
            ("a.b", "a.b.c", false),
            ("a.*", "a.b", true),
            ("a.*", "a", false),
            ("a.*", "a.b.c", false),
            ("a.>", "a.b.c", true),
            ("a.>", "a", false),
            ("*.b", "a.b", true),
            (">", "a", true),
            (">", "$SYS.a", false),
            ("*.a", "_INBOX.a", false),
            ("_INBOX.>", "_INBOX.a.b", true),
            ("$KV.>", "$KV.x", true),
            ("*", "_INBOXES", true),
        ] {
            assert_eq!(matches(pattern, subject), expected, "{pattern} {subject}");
        }
    }
}
