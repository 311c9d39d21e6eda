//! Values on the command line.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::time::Duration;

use avocet_functions::model::{Runtime, SubjectError, SubjectPattern};
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};
use http::{HeaderName, HeaderValue, Method};

/// `90s`, `10m`, `2h`, `1d`, `500ms`; of the bare numbers only `0` is clear.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 =
        digits.parse().map_err(|_| "expected a time like 90s, 10m, 2h or 1d".to_owned())?;
    let millis = match &text[digits.len()..] {
        "ms" => 1,
        "" if number > 0 => {
            return Err(format!(
                "in which unit? write {number}s, {number}m, {number}h or {number}d"
            ));
        }
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        unit => return Err(format!("unknown unit `{unit}`: use ms, s, m, h or d")),
    };
    number.checked_mul(millis).map(Duration::from_millis).ok_or_else(|| "too long".to_owned())
}

/// `64KiB`, `1MiB`, `4GiB`, or a number of bytes.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 =
        digits.parse().map_err(|_| "expected a size like 64KiB, 1MiB or 4GiB".to_owned())?;
    let unit: u64 = match &text[digits.len()..] {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        unit => return Err(format!("unknown unit `{unit}`: use KiB, MiB, GiB or TiB")),
    };
    number.checked_mul(unit).ok_or_else(|| "too large".to_owned())
}

/// As [`size`], for one event.
pub(crate) fn event_size(text: &str) -> Result<u64, String> {
    // The store takes 16 MiB with all attributes.
    const MOST: u64 = 15 << 20;
    size(text).and_then(|size| match size {
        1..=MOST => Ok(size),
        _ => Err("an event has 1 byte to 15 MiB".to_owned()),
    })
}

/// A duration before now or an RFC 3339 time, as the admin API takes it.
pub(crate) fn since(text: &str) -> Result<String, String> {
    if text.parse::<jiff::Timestamp>().is_ok() {
        return Ok(text.to_owned());
    }
    let time = duration(text).map_err(|why| format!("{why}, or a time like {EXAMPLE_TIME}"))?;
    Ok(format!("{}ms", time.as_millis()))
}

const EXAMPLE_TIME: &str = "2026-12-24T18:00:00Z";

/// An RFC 3339 time.
pub(crate) fn time(text: &str) -> Result<String, String> {
    let read = text.parse::<jiff::Timestamp>();
    read.map(|_| text.to_owned()).map_err(|_| format!("expected a time like {EXAMPLE_TIME}"))
}

/// A duration as events have it: ISO 8601, or `5m`.
pub(crate) fn delay(text: &str) -> Result<String, String> {
    match text.parse::<jiff::SignedDuration>() {
        Ok(delay) if !delay.is_negative() => Ok(text.to_owned()),
        _ => Err("expected a time like 30s, 5m or PT1H30M".to_owned()),
    }
}

/// An IP address and a port.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "expected an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080".to_owned()
    })
}

/// Headers that frame a message: they follow from its body.
const FRAMING: [HeaderName; 2] = [http::header::CONTENT_LENGTH, http::header::TRANSFER_ENCODING];

/// Subject of messages, with or without wildcards.
pub(crate) fn subject(text: &str) -> Result<SubjectPattern, SubjectError> {
    text.parse()
}

/// `Name: value`.
pub(crate) fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("expected `Name: value`")?;
    let name: HeaderName =
        name.trim().parse().map_err(|_| format!("`{name}` is not a header name"))?;
    if FRAMING.contains(&name) {
        return Err(format!("`{name}` follows from the body: leave it out"));
    }
    let value = HeaderValue::from_str(value.trim()).map_err(|_| "not a header value".to_owned())?;
    Ok((name, value))
}

/// `GET`, or any other method.
pub(crate) fn method(text: &str) -> Result<Method, String> {
    text.to_ascii_uppercase().parse().map_err(|_| "not a method".to_owned())
}

/// A runtime's name. Any text is taken, `init` itself refuses unknown ones; help and completions
/// show each runtime once, without those that are deprecated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuntimeName;

impl TypedValueParser for RuntimeName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let shown = |runtime: &Runtime| !runtime.is_deprecated() && !runtime.name().contains('.');
        let names = Runtime::ALL.into_iter().filter(shown).map(Runtime::name);
        Some(Box::new(names.map(PossibleValue::new)))
    }
}

/// `function=NAME`, as log selectors are written.
pub(crate) fn selector(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some(("function", name)) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err("expected function=NAME".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for bad in
            ["", "m", "5", "-1s", "10w", "1.5h", "99999999999999999999s", "18446744073709551615d"]
        {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!((size("1MiB"), size("512"), size("3B")), (Ok(1 << 20), Ok(512), Ok(3)));
        for bad in ["", "MiB", "1MB", "1 MiB", "-1KiB", "1.5GiB", "99999999TiB"] {
            assert!(size(bad).is_err(), "{bad}");
        }
        assert!(event_size("0").is_err() && event_size("16MiB").is_err());
        assert_eq!(event_size("15MiB"), Ok(15 << 20));
    }

    #[test]
    fn a_time_is_one_or_lies_back() {
        assert_eq!(since("1h"), Ok("3600000ms".to_owned()));
        assert_eq!(since(EXAMPLE_TIME), Ok(EXAMPLE_TIME.to_owned()));
        assert!(since("yesterday").unwrap_err().contains(EXAMPLE_TIME));
        assert!(time(EXAMPLE_TIME).is_ok() && time("5m").is_err());
        for text in ["30s", "5m", "PT1H30M"] {
            assert_eq!(delay(text), Ok(text.to_owned()));
        }
        assert!(delay("soon").is_err() && delay("-5m").is_err());
    }

    #[test]
    fn headers_keep_colons_in_their_value() {
        let (name, value) = header("X-Url: http://a/").unwrap();
        assert_eq!((name.as_str(), value.as_bytes()), ("x-url", &b"http://a/"[..]));
        for bad in
            ["novalue", "a b: c", "x: a\nb", "Content-Length: 3", "Transfer-Encoding: chunked"]
        {
            assert!(header(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_has_numbers() {
        assert!(address("127.0.0.1:0").is_ok() && address("[::1]:8080").is_ok());
        for bad in ["localhost:8080", "8080", "127.0.0.1", "127.0.0.1:99999"] {
            assert!(address(bad).unwrap_err().contains("127.0.0.1:8080"), "{bad}");
        }
    }

    #[test]
    fn a_selector_names_a_function() {
        assert_eq!(selector("function=hello"), Ok("hello".to_owned()));
        for bad in ["hello", "function=", "app=hello"] {
            assert!(selector(bad).is_err(), "{bad}");
        }
    }
}
