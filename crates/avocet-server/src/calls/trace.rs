//! The trace that a request belongs to, as its headers say: W3C Trace Context (level 1), or else B3
//! in one header, or else in several. Nobody else reads those headers: workers get the result.
//!
//! What a specification does not allow says nothing: the next of the three is asked. A header that
//! comes twice where one is allowed is such a case.

use avocet_frames::{SpanId, Trace, TraceId};
use http::HeaderMap;

/// Members of a `tracestate` (W3C Trace Context, section 3.3.1.1).
const STATE_MEMBERS: usize = 32;

/// Characters of a member's key, and of its value (section 3.3.1.3).
const STATE_CHARACTERS: usize = 256;

/// Bytes of a `baggage` (W3C Baggage, section 3.3.2): so many go on, longer ones need not.
const BAGGAGE_BYTES: usize = 8192;

/// Trace that the headers name; `None` where they name none.
pub(crate) fn trace_of(headers: &HeaderMap) -> Option<Trace> {
    // Most requests have none of them.
    if !headers.keys().any(|name| is_of_trace(name.as_str())) {
        return None;
    }
    let w3c =
        || Some(Trace { state: state(headers), ..traceparent(only(headers, "traceparent")?)? });
    let b3 = || one_header(only(headers, "b3")?);
    let trace = w3c().or_else(b3).or_else(|| several_headers(headers));
    let trace = Trace { baggage: baggage(headers), ..trace.unwrap_or_default() };
    (trace != Trace::default()).then_some(trace)
}

fn is_of_trace(name: &str) -> bool {
    matches!(name, "traceparent" | "b3" | "baggage") || name.starts_with("x-b3-")
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// The values of a header that is a list, in their order.
fn all<'a>(headers: &'a HeaderMap, name: &str) -> Option<Vec<&'a str>> {
    headers.get_all(name).iter().map(|value| value.to_str().ok()).collect()
}

/// A `traceparent` (section 3.2): `version-traceid-parentid-flags`, all in lower case. Versions to
/// come may have more behind a dash; `ff` is none.
pub(crate) fn traceparent(text: &str) -> Option<Trace> {
    let mut parts = text.splitn(5, '-');
    let mut next = || parts.next();
    let (version, id, span, flags, more) = (next()?, next()?, next()?, next()?, next());
    let version = byte(version).filter(|version| *version != 0xff)?;
    if version == 0 && more.is_some() {
        return None;
    }
    // Of the flags level 1 defines the last.
    decided(TraceId::parse(id)?, span, byte(flags)? & 1 == 1)
}

/// Two lower-case hexadecimal digits.
fn byte(text: &str) -> Option<u8> {
    let lower = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
    let all = text.len() == 2 && text.bytes().all(lower);
    all.then(|| u8::from_str_radix(text, 16).ok()).flatten()
}

fn decided(id: TraceId, span: &str, sampled: bool) -> Option<Trace> {
    let (id, span) = (Some(id), Some(SpanId::parse(span)?));
    Some(Trace { id, span, sampled: Some(sampled), ..Trace::default() })
}

/// B3 in one header: `traceid-spanid[-state[-parentspanid]]`, or the state alone.
fn one_header(text: &str) -> Option<Trace> {
    let Some((id, rest)) = text.split_once('-') else {
        return Some(Trace { sampled: Some(state_of_b3(text)?), ..Trace::default() });
    };
    let mut parts = rest.splitn(3, '-');
    let (span, state, parent) = (parts.next()?, parts.next(), parts.next());
    if let Some(parent) = parent {
        SpanId::parse(parent)?;
    }
    // Without a state the decision is left to whoever receives it.
    decided(b3_id(id)?, span, state.map_or(Some(true), state_of_b3)?)
}

/// A sampling state: accept, deny, or debug, which is to be accepted.
fn state_of_b3(text: &str) -> Option<bool> {
    match text {
        "1" | "d" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

/// B3 in several headers. The decision stands without ids, too.
fn several_headers(headers: &HeaderMap) -> Option<Trace> {
    let only = |name| only(headers, name);
    let sampled = match (only("x-b3-flags"), only("x-b3-sampled")) {
        (Some("1"), _) | (_, Some("1" | "true")) => Some(true),
        (_, Some("0" | "false")) => Some(false),
        _ => None,
    };
    let ids = || {
        let id = only("x-b3-traceid").and_then(b3_id)?;
        decided(id, only("x-b3-spanid")?, sampled.unwrap_or(true))
    };
    ids().or_else(|| Some(Trace { sampled: Some(sampled?), ..Trace::default() }))
}

/// B3 has trace ids of 64 bits, too.
fn b3_id(text: &str) -> Option<TraceId> {
    match text.len() {
        16 => TraceId::parse(&format!("{:0>32}", text)),
        _ => TraceId::parse(text),
    }
}

/// The `tracestate` (section 3.3) that goes on; `None` where there is none, or what is there is no
/// such list.
fn state(headers: &HeaderMap) -> Option<String> {
    let values = all(headers, "tracestate")?;
    let members = values.iter().flat_map(|value| value.split(','));
    let mut kept: Vec<(&str, &str)> = Vec::new();
    for member in members.map(|member| member.trim_matches([' ', '\t'])) {
        if member.is_empty() {
            continue;
        }
        let (key, value) = member.split_once('=')?;
        if !is_state_key(key) || !is_state_value(value) || kept.len() == STATE_MEMBERS {
            return None;
        }
        // Of members with the same key the first is the latest.
        if kept.iter().all(|(other, _)| *other != key) {
            kept.push((key, member));
        }
    }
    let members: Vec<&str> = kept.into_iter().map(|(_, member)| member).collect();
    (!members.is_empty()).then(|| members.join(","))
}

fn is_state_key(key: &str) -> bool {
    let first = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let other = |b: u8| first(b) || matches!(b, b'_' | b'-' | b'*' | b'/' | b'@');
    key.len() <= STATE_CHARACTERS && key.bytes().next().is_some_and(first) && key.bytes().all(other)
}

fn is_state_value(value: &str) -> bool {
    let allowed = |b: u8| matches!(b, b' '..=b'~') && !matches!(b, b',' | b'=');
    // Space at its end was taken off.
    (1..=STATE_CHARACTERS).contains(&value.len()) && value.bytes().all(allowed)
}

fn baggage(headers: &HeaderMap) -> Option<String> {
    let values = all(headers, "baggage")?;
    let whole = values.join(",");
    (1..=BAGGAGE_BYTES).contains(&whole.len()).then_some(whole)
}
