//! The trace that a call is in.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Trace id of W3C Trace Context (section 3.2.2.3): 16 bytes, not all zero. Its text, here and in
/// frames, is 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(NonZeroU128);

/// Span id (`parent-id` in W3C Trace Context, section 3.2.2.4): 8 bytes, not all zero. Its text,
/// here and in frames, is 16 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(NonZeroU64);

/// [`crate::head::Invoke::t`]: the trace that a call is in. The supervisor made it of the caller's
/// headers, by W3C Trace Context and B3; workers do not read those headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The trace. Absent where the caller names none: the worker's first span begins one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<TraceId>,
    /// The span that the worker's are in; there is one exactly where there is an `id`. It is the
    /// invocation's own where the supervisor makes that, and otherwise the caller's: the worker then
    /// makes the invocation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<SpanId>,
    /// Whether spans are recorded. Absent where nobody decided: they are where they are collected.
    /// There is a decision where there is an `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<bool>,
    /// `tracestate`, as it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `baggage` (W3C Baggage), as it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baggage: Option<String>,
}

impl TraceId {
    /// `None` for zero, which is no id.
    pub const fn new(id: u128) -> Option<Self> {
        match NonZeroU128::new(id) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// Reads 32 lower-case hexadecimal digits, not all zero; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        hex(text, 32).and_then(Self::new)
    }

    /// The id as a number.
    pub const fn get(self) -> u128 {
        self.0.get()
    }
}

impl SpanId {
    /// `None` for zero, which is no id.
    pub const fn new(id: u64) -> Option<Self> {
        match NonZeroU64::new(id) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// Reads 16 lower-case hexadecimal digits, not all zero; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        hex(text, 16).and_then(|id| Self::new(id as u64))
    }
}

/// Reads exactly so many lower-case hexadecimal digits. The standard library's parser would take
/// upper case and a sign, too.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    let all = text.len() == digits && text.bytes().all(digit);
    all.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for TraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for SpanId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| invalid(&text, "a trace id: 32 lower-case hex digits"))
    }
}

impl<'de> Deserialize<'de> for SpanId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| invalid(&text, "a span id: 16 lower-case hex digits"))
    }
}

fn invalid<E: de::Error>(text: &str, expected: &'static str) -> E {
    E::invalid_value(de::Unexpected::Str(text), &expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_lower_case_digits_of_one_length_and_not_zero() {
        for text in ["b7ad6b7169203331", "00000000000000ff"] {
            assert_eq!(SpanId::parse(text).unwrap().to_string(), text);
            let long = format!("{text}{text}");
            assert_eq!(TraceId::parse(&long).unwrap().to_string(), long);
        }
        for text in
            ["", "0000000000000000", "B7ad6b7169203331", "+7ad6b7169203331", "b7ad6b716920333"]
        {
            assert_eq!(SpanId::parse(text), None, "{text}");
            assert_eq!(TraceId::parse(&format!("{text}{text}")), None, "{text}");
        }
    }

    #[test]
    fn a_trace_survives_the_wire_both_ways() {
        let text = r#"{"id":"0af7651916cd43dd8448eb211c80319c","span":"b7ad6b7169203331","sampled":false,"state":"a=b","baggage":"c=d"}"#;
        let trace: Trace = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&trace).unwrap(), text);
        assert_eq!(serde_json::to_string(&Trace::default()).unwrap(), "{}");
        let wrong = serde_json::from_str::<Trace>(r#"{"id":"0AF7"}"#).unwrap_err();
        assert!(wrong.to_string().contains("a trace id: 32 lower-case hex digits"), "{wrong}");
    }
}
