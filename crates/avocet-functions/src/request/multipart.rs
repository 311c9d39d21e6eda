//! Parts of a `multipart/*` body that are texts in other charsets (RFC 7578 §4.4 to §4.6, RFC 2046
//! §5.1). All other parts, and a body that is framed wrongly, stay as they came.

use encoding_rs::{Encoding, UTF_8};
use memchr::memmem;

use super::charset::{decode, named};
use super::{BodyError, MediaType};

/// Name of the field that says in which charset the other fields are (RFC 7578 §4.6).
const CHARSET_FIELD: &str = "_charset_";

/// A part: its head's bytes (with the empty line) and what follows, up to the delimiter.
struct Part<'a> {
    head: &'a [u8],
    content: &'a [u8],
}

/// The body with its texts in UTF-8; `None` where they all are.
pub(super) fn recode(body: &[u8], boundary: &str) -> Result<Option<Vec<u8>>, BodyError> {
    let mentions = |word: &str| memmem::find(body, word.as_bytes()).is_some();
    if !["charset", "Charset", "CHARSET"].into_iter().any(mentions) {
        return Ok(None);
    }
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let fallback = parts(body, &delimiter)
        .find(|part| field(part.head).as_deref() == Some(CHARSET_FIELD))
        .map(|part| named(String::from_utf8_lossy(part.content).trim()))
        .transpose()?
        .unwrap_or(UTF_8);
    let mut out = Vec::new();
    let mut copied = 0;
    for part in parts(body, &delimiter) {
        let Some((charset, head)) = to_recode(&part, fallback)? else { continue };
        let start = part.head.as_ptr() as usize - body.as_ptr() as usize;
        out.extend_from_slice(&body[copied..start]);
        out.extend_from_slice(head.as_deref().unwrap_or(part.head));
        out.extend_from_slice(decode(part.content, charset)?.as_bytes());
        copied = start + part.head.len() + part.content.len();
    }
    if copied == 0 {
        return Ok(None);
    }
    out.extend_from_slice(&body[copied..]);
    Ok(Some(out))
}

/// The parts between delimiters.
fn parts<'a>(body: &'a [u8], delimiter: &'a [u8]) -> impl Iterator<Item = Part<'a>> {
    let finder = memmem::Finder::new(delimiter);
    let at_line_start = |at: &usize| *at == 0 || body[..*at].ends_with(b"\n");
    let places: Vec<usize> = finder.find_iter(body).filter(at_line_start).collect();
    (1..places.len()).filter_map(move |index| {
        let whole = &body[places[index - 1] + delimiter.len()..places[index]];
        let start = memchr::memchr(b'\n', whole)? + 1;
        let part = &whole[start..];
        let part = part.strip_suffix(b"\r\n").or_else(|| part.strip_suffix(b"\n"))?;
        let end = memmem::find(part, b"\r\n\r\n").map(|at| at + 4);
        let end = end.or_else(|| memmem::find(part, b"\n\n").map(|at| at + 2))?;
        Some(Part { head: &part[..end], content: &part[end..] })
    })
}

/// A header of a part.
fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(own, _)| own.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The name of a part's field.
fn field(head: &[u8]) -> Option<String> {
    let (_, parameters) = header(head, "content-disposition")?.split_once(';')?;
    let text = format!("form-data/x;{parameters}");
    MediaType::parse(&text)?.parameter("name").map(str::to_owned)
}

/// The charset that a part has to be read in, where it is a text that is not UTF-8, and its head
/// afterwards, where that says so.
#[expect(clippy::type_complexity, reason = "both are used once, side by side")]
fn to_recode(
    part: &Part<'_>,
    fallback: &'static Encoding,
) -> Result<Option<(&'static Encoding, Option<Vec<u8>>)>, BodyError> {
    let content_type = header(part.head, "content-type");
    let media = content_type.and_then(MediaType::parse);
    let is_text = content_type.is_none() || media.is_some_and(|media| media.has_type("text"));
    let is_file = header(part.head, "content-disposition").is_some_and(|d| d.contains("filename"));
    let Some(label) = media.filter(|_| is_text).and_then(|media| media.parameter("charset")) else {
        let own = is_text && !is_file && fallback != UTF_8;
        return Ok(
            (own && field(part.head).as_deref() != Some(CHARSET_FIELD)).then_some((fallback, None))
        );
    };
    let charset = named(label)?;
    if charset == UTF_8 {
        return Ok(None);
    }
    let at = label.as_ptr() as usize - part.head.as_ptr() as usize;
    let head = [&part.head[..at], b"utf-8", &part.head[at + label.len()..]].concat();
    Ok(Some((charset, Some(head))))
}
