//! `avocet invoke`: one call through the gateway, as any caller would make it.

use std::io::IsTerminal as _;
use std::path::Path;

use avocet_api::client::{Answer, Http};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::Full;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::cli::Invoke;
use crate::failure::{Exit, Failure};
use crate::progress::with_progress;
use crate::remote::{self, failed};
use crate::terminal::note;
use crate::{input, print};

/// Most bytes of a body: no function's limit is higher.
const MAX_BODY: u64 = 100 << 20;

/// Characters that people write in a path and query, and that have to be escaped there.
const NOT_IN_PATHS: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'{').add(b'}').add(b'|');

/// Calls the function and prints its answer.
pub(crate) async fn run(args: &Invoke) -> anyhow::Result<()> {
    let body = args.data.as_deref().map(read_data).transpose()?;
    let api = remote::api(&args.remote)?;
    let function = api.function(&args.remote.namespace, &args.name).await.map_err(failed)?;
    let gateway = Http::new(&function.summary.url).map_err(failed)?;
    let request = request(args, body)?;
    let answer = with_progress("waiting for the answer", gateway.send(request)).await;
    show(args, &answer.map_err(failed)?)
}

/// The bytes that `-d` means.
pub(crate) fn read_data(data: &str) -> anyhow::Result<Vec<u8>> {
    match data.strip_prefix('@') {
        None => Ok(data.as_bytes().to_vec()),
        Some(file) => input::bytes(Path::new(file), MAX_BODY),
    }
}

fn request(args: &Invoke, body: Option<Vec<u8>>) -> anyhow::Result<Request<Full<Bytes>>> {
    let has_body = body.is_some() || args.event.is_some();
    let method = args.method.clone().unwrap_or(if has_body { Method::POST } else { Method::GET });
    let path = utf8_percent_encode(args.path.trim_start_matches('/'), NOT_IN_PATHS);
    let path = format!("/{path}");
    let mut headers = HeaderMap::new();
    for (name, value) in &args.headers {
        headers.append(name.clone(), value.clone());
    }
    if let Some(bytes) = &body {
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(content_type(bytes)));
    }
    if let Some(kind) = &args.event {
        event_headers(&mut headers, kind, &args.source)?;
    }
    let mut request = Request::builder()
        .method(method)
        .uri(&path)
        .body(Full::from(body.unwrap_or_default()))
        .map_err(|error| Failure::new(Exit::Usage, format!("not a path: {path}: {error}")))?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Media type of bytes without one: an object or a list in JSON, or text, or bytes.
pub(crate) fn content_type(bytes: &[u8]) -> &'static str {
    let looks_like_json = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
    if looks_like_json && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() {
        "application/json"
    } else if std::str::from_utf8(bytes).is_ok() {
        "text/plain; charset=utf-8"
    } else {
        "application/octet-stream"
    }
}

/// The attributes of a CloudEvent as headers; those that `-H` gave stay.
pub(crate) fn event_headers(
    headers: &mut HeaderMap,
    kind: &str,
    source: &str,
) -> anyhow::Result<()> {
    let id = uuid::Uuid::new_v4().to_string();
    let time = jiff::Timestamp::now().to_string();
    let attributes = [
        ("ce-specversion", "1.0"),
        ("ce-type", kind),
        ("ce-source", source),
        ("ce-id", &id),
        ("ce-time", &time),
    ];
    for (name, value) in attributes {
        let value = HeaderValue::from_str(value).map_err(|_| {
            Failure::new(Exit::Usage, format!("not a value for {name}: {value:?}"))
                .help("use printable ASCII characters")
        })?;
        headers.entry(name).or_insert(value);
    }
    Ok(())
}

fn show(args: &Invoke, answer: &Answer) -> anyhow::Result<()> {
    if args.include {
        note(format_args!("HTTP/1.1 {}", answer.status));
        for (name, value) in &answer.headers {
            note(format_args!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
        }
    } else if !answer.status.is_success() {
        note(format_args!("HTTP {}", answer.status));
    }
    // A line break after the body for a person, not for a program.
    let ends = answer.body.last().is_none_or(|last| *last == b'\n');
    let more: &[u8] = if ends || !std::io::stdout().is_terminal() { b"" } else { b"\n" };
    print::to_stdout(|out| out.write_all(&answer.body).and_then(|()| out.write_all(more)))?;
    match answer.status.as_u16() {
        400.. => Err(Failure::silent(Exit::Answer).into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_sent_as_what_it_looks_like() {
        assert_eq!(content_type(br#" {"a": 1}"#), "application/json");
        assert_eq!(content_type(b"[1]"), "application/json");
        assert_eq!(content_type(b"{broken"), "text/plain; charset=utf-8");
        assert_eq!(content_type(b"42"), "text/plain; charset=utf-8");
        assert_eq!(content_type(&[0xff, 0]), "application/octet-stream");
    }

    #[test]
    fn an_attribute_given_as_header_stays() {
        let mut headers = HeaderMap::new();
        headers.insert("ce-id", HeaderValue::from_static("mine"));
        event_headers(&mut headers, "t", "/s").unwrap();
        assert_eq!(
            (&headers["ce-id"], &headers["ce-type"]),
            (&"mine".parse().unwrap(), &"t".parse().unwrap())
        );
        assert!(event_headers(&mut HeaderMap::new(), "a\nb", "/s").is_err());
    }
}
