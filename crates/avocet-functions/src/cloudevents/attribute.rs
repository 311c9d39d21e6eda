//! Rules for attributes (CloudEvents 1.0 §3).

use super::{AttributeFault, SPECVERSION, uri};
use crate::request::MediaType;

type Check = Result<(), AttributeFault>;

/// Lower-case letters and digits; `data` is not an attribute.
pub(super) fn check_name(name: &str) -> Check {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let sound = !name.is_empty() && name != "data" && name.bytes().all(allowed);
    if sound { Ok(()) } else { Err(AttributeFault::Name) }
}

/// The rule of the attribute `name`; an extension is text.
pub(super) fn check_value(name: &str, value: &str) -> Check {
    match name {
        "id" | "subject" | "type" => check_filled(value),
        "specversion" => match value {
            SPECVERSION => Ok(()),
            "" => Err(AttributeFault::Empty),
            other => Err(AttributeFault::Version(other.chars().take(20).collect())),
        },
        "source" => {
            filled(value)?;
            uri::is_reference(value).then_some(()).ok_or(AttributeFault::UriReference)
        }
        "dataschema" => {
            filled(value)?;
            uri::is_uri(value).then_some(()).ok_or(AttributeFault::Uri)
        }
        "time" => {
            filled(value)?;
            is_time(value).then_some(()).ok_or(AttributeFault::Time)
        }
        "datacontenttype" => {
            filled(value)?;
            MediaType::parse(value).map(|_| ()).ok_or(AttributeFault::MediaType)
        }
        _ => check_text(value),
    }
}

fn filled(value: &str) -> Check {
    if value.is_empty() { Err(AttributeFault::Empty) } else { Ok(()) }
}

fn check_filled(value: &str) -> Check {
    filled(value)?;
    check_text(value)
}

/// No control characters and no noncharacters (§3.1, String).
fn check_text(value: &str) -> Check {
    if value.bytes().all(|b| matches!(b, 0x20..=0x7e)) {
        return Ok(());
    }
    let forbidden = |c: char| {
        let code = u32::from(c);
        c.is_control() || (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
    };
    if value.chars().any(forbidden) { Err(AttributeFault::Character) } else { Ok(()) }
}

/// RFC 3339 §5.6; a second of 60 is a leap second.
fn is_time(text: &str) -> bool {
    let b = text.as_bytes();
    if b.len() < 20 || !b.is_ascii() {
        return false;
    }
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if separators.iter().any(|&(at, sign)| b[at] != sign) || !matches!(b[10], b'T' | b't') {
        return false;
    }
    let fields = (two(b, 0), two(b, 2), two(b, 5), two(b, 8), two(b, 11), two(b, 14), two(b, 17));
    let (Some(century), Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)) =
        fields
    else {
        return false;
    };
    let date = (1..=12).contains(&month) && (1..=days(century * 100 + year, month)).contains(&day);
    date && hour <= 23 && minute <= 59 && second <= 60 && is_offset(after_fraction(&b[19..]))
}

/// Two digits.
fn two(bytes: &[u8], at: usize) -> Option<u32> {
    match bytes.get(at..at + 2)? {
        &[a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some(u32::from(a - b'0') * 10 + u32::from(b - b'0')),
        _ => None,
    }
}

/// Rest of the text after `.` and digits; empty where the dot has no digit.
fn after_fraction(rest: &[u8]) -> &[u8] {
    let Some(fraction) = rest.strip_prefix(b".") else { return rest };
    match fraction.iter().position(|b| !b.is_ascii_digit()) {
        Some(0) | None => &[],
        Some(end) => &fraction[end..],
    }
}

fn is_offset(text: &[u8]) -> bool {
    match text {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', _, _, b':', _, _] => {
            two(text, 1).is_some_and(|h| h <= 23) && two(text, 4).is_some_and(|m| m <= 59)
        }
        _ => false,
    }
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
