//! Writes the head of an invoke frame straight into the worker's buffer.
//!
//! This runs for each call, so there is no intermediate value and no serializer: the fields are
//! those of [`avocet_frames::head::Invoke`], and a test reads what is written back into it.

use avocet_frames::Trace;
use avocet_frames::head::BodyKind;
use bytes::{BufMut, BytesMut};
use http::{HeaderMap, HeaderName, Method};

/// Request as a function sees it.
pub(crate) struct InvokeHead<'a> {
    pub method: &'a Method,
    /// Path and query as the function sees them. The beginning by which the platform found the
    /// function is left out: a function behaves the same by path and by host name.
    pub url: &'a str,
    pub headers: &'a HeaderMap,
    /// Headers that replace those of the same name, with the values given here.
    pub replaced: &'a [(HeaderName, &'a str)],
    pub body: BodyKind,
    /// Address of the caller as text, where there is one.
    pub ip: Option<&'a str>,
    /// The trace that the call is in.
    pub trace: Option<&'a Trace>,
    /// Subject of a message; absent for a request.
    pub subject: Option<&'a str>,
}

impl InvokeHead<'_> {
    /// Appends the head as JSON.
    pub(crate) fn write(&self, out: &mut BytesMut) {
        out.put_slice(b"{\"m\":");
        string(out, self.method.as_str().as_bytes());
        out.put_slice(b",\"u\":");
        string(out, self.url.as_bytes());
        out.put_slice(b",\"h\":[");
        let latin1 = self.write_headers(out);
        out.put_u8(b']');
        if !latin1.is_empty() {
            // Numbers always have a JSON form.
            let places = serde_json::to_string(&latin1).unwrap_or_default();
            out.put_slice(b",\"l\":");
            out.put_slice(places.as_bytes());
        }
        if let Some(kind) = kind_text(self.body) {
            out.put_slice(b",\"k\":\"");
            out.put_slice(kind);
            out.put_u8(b'"');
        }
        if let Some(ip) = self.ip {
            out.put_slice(b",\"ip\":\"");
            out.put_slice(ip.as_bytes());
            out.put_u8(b'"');
        }
        if let Some(trace) = self.trace {
            out.put_slice(b",\"t\":");
            serde_json::to_writer(out.writer(), trace).expect("a trace is plain and needs no I/O");
        }
        if let Some(subject) = self.subject {
            out.put_slice(b",\"s\":");
            string(out, subject.as_bytes());
        }
        out.put_u8(b'}');
    }

    /// Returns the places in the list of the values that are not UTF-8.
    fn write_headers(&self, out: &mut BytesMut) -> Vec<u32> {
        let mut latin1 = Vec::new();
        let mut place = 0;
        let mut header = |name: &HeaderName, value: &[u8]| {
            // A header's name is lower case and has no character that JSON escapes.
            out.put_slice(if place == 0 { b"\"" } else { b",\"" });
            out.put_slice(name.as_str().as_bytes());
            out.put_slice(b"\",");
            if string(out, value) == Charset::Latin1 {
                latin1.push(place + 1);
            }
            place += 2;
        };
        for (name, value) in self.headers {
            if !self.replaced.iter().any(|(replaced, _)| replaced == name) {
                header(name, value.as_bytes());
            }
        }
        for (name, value) in self.replaced {
            header(name, value.as_bytes());
        }
        latin1
    }
}

/// Character encoding of a value's bytes.
#[derive(PartialEq)]
enum Charset {
    Utf8,
    Latin1,
}

fn kind_text(kind: BodyKind) -> Option<&'static [u8]> {
    Some(match kind {
        BodyKind::None => return None,
        BodyKind::Json => b"json",
        BodyKind::Text => b"text",
        BodyKind::Form => b"form",
        BodyKind::Binary => b"binary",
        BodyKind::Multipart => b"multipart",
        BodyKind::Stream => b"stream",
        BodyKind::Event => b"event",
    })
}

/// Appends `value` as a JSON string. Bytes that are not UTF-8 are read as Latin-1, as Node.js reads
/// header values.
fn string(out: &mut BytesMut, value: &[u8]) -> Charset {
    out.reserve(value.len() + 2);
    out.put_u8(b'"');
    let mut charset = Charset::Utf8;
    if is_plain(value) {
        out.put_slice(value);
    } else {
        match std::str::from_utf8(value) {
            Ok(text) => text.chars().for_each(|c| escaped(out, c)),
            Err(_) => {
                value.iter().for_each(|byte| escaped(out, char::from(*byte)));
                charset = Charset::Latin1;
            }
        }
    }
    out.put_u8(b'"');
    charset
}

fn escaped(out: &mut BytesMut, c: char) {
    match c {
        '"' => out.put_slice(b"\\\""),
        '\\' => out.put_slice(b"\\\\"),
        '\0'..='\x1f' => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            let code = c as usize;
            out.put_slice(b"\\u00");
            out.put_u8(DIGITS[code >> 4]);
            out.put_u8(DIGITS[code & 15]);
        }
        _ => out.put_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Whether `value` is a JSON string as it is: printable ASCII without quote and backslash. Eight
/// bytes at a time.
fn is_plain(value: &[u8]) -> bool {
    let (words, rest) = value.as_chunks::<8>();
    words.iter().all(|word| word_is_plain(u64::from_le_bytes(*word)))
        && rest.iter().all(|byte| matches!(byte, b' '..=b'\x7f') && !matches!(byte, b'"' | b'\\'))
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// Subtracting from each byte sets its high bit where it was below (or zero, for the XORed ones);
/// a borrow only ever comes from a byte that is itself found.
fn word_is_plain(word: u64) -> bool {
    let zero = |x: u64| x.wrapping_sub(ONES) & !x;
    let below_space = word.wrapping_sub(ONES * 0x20) & !word;
    let quote = zero(word ^ (ONES * u64::from(b'"')));
    let backslash = zero(word ^ (ONES * u64::from(b'\\')));
    (word | below_space | quote | backslash) & HIGH == 0
}

#[cfg(test)]
mod tests {
    use avocet_frames::head::Invoke;
    use avocet_frames::{SpanId, TraceId};
    use http::HeaderValue;
    use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST};

    use super::*;

    fn read(head: &InvokeHead<'_>) -> Invoke {
        let mut out = BytesMut::new();
        head.write(&mut out);
        serde_json::from_slice(&out).unwrap_or_else(|e| panic!("{e}: {out:?}"))
    }

    #[test]
    fn what_is_written_is_the_invoke_head() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        headers.append(COOKIE, HeaderValue::from_static("a=\"1\\2\""));
        headers.append(COOKIE, HeaderValue::from_static("tab\there"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        headers.insert("x-utf8", HeaderValue::from_bytes("größe".as_bytes()).unwrap());
        headers.insert("x-latin1", HeaderValue::from_bytes(b"gr\xf6\xdfe").unwrap());
        let trace = Trace {
            id: TraceId::new(1),
            span: SpanId::new(2),
            sampled: Some(true),
            state: Some("vendor=\"1\\".into()),
            baggage: None,
        };
        let invoke = read(&InvokeHead {
            method: &Method::POST,
            url: "/a?b=\"c\"",
            headers: &headers,
            replaced: &[(CONTENT_TYPE, "application/json")],
            body: BodyKind::Json,
            ip: Some("::1"),
            trace: Some(&trace),
            subject: Some("orders.\"new\""),
        });
        let expected = Invoke {
            m: "POST".into(),
            u: "/a?b=\"c\"".into(),
            h: [
                "host",
                "localhost",
                "cookie",
                "a=\"1\\2\"",
                "cookie",
                "tab\there",
                "x-utf8",
                "größe",
                "x-latin1",
                "größe",
                "content-type",
                "application/json",
            ]
            .map(String::from)
            .to_vec(),
            l: vec![9],
            k: BodyKind::Json,
            ip: Some("::1".into()),
            t: Some(trace.clone()),
            s: Some("orders.\"new\"".into()),
        };
        assert_eq!(invoke, expected);
    }

    #[test]
    fn every_body_kind_is_named_as_the_frames_name_it() {
        use BodyKind::{Binary, Event, Form, Json, Multipart, None, Stream, Text};
        for body in [None, Json, Text, Form, Binary, Multipart, Stream, Event] {
            let headers = HeaderMap::new();
            let head = InvokeHead {
                method: &Method::GET,
                url: "/",
                headers: &headers,
                replaced: &[],
                body,
                ip: Option::None,
                trace: Option::None,
                subject: Option::None,
            };
            assert_eq!(read(&head).k, body);
        }
    }

    #[test]
    fn every_byte_at_every_place_is_told_apart() {
        for byte in 0..=u8::MAX {
            let plain = (0x20..0x80).contains(&byte) && byte != b'"' && byte != b'\\';
            for place in 0..19 {
                let mut value = *b"accept: text/html, ";
                value[place] = byte;
                assert_eq!(is_plain(&value), plain, "byte {byte} at {place}");
            }
        }
        assert!(is_plain(ACCEPT.as_str().as_bytes()));
    }
}
