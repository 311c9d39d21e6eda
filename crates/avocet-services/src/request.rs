//! HTTP requests as functions ask for them.

use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::egress::FIELD;
use crate::http::{DEFAULT_TIMEOUT, HttpClient, HttpErrorKind, HttpRequest, HttpResponse};
use crate::{Answer, answer, rules};

/// Request of a function.
pub(crate) struct Asked {
    pub method: String,
    pub url: String,
    pub headers: Vec<String>,
    /// Milliseconds.
    pub timeout: Option<u64>,
    pub body: Bytes,
}

pub(crate) async fn send(client: &HttpClient, egress: &[String], asked: Asked) -> Answer {
    answer::of(try_send(client, egress, asked).await)
}

async fn try_send(client: &HttpClient, egress: &[String], asked: Asked) -> Result<Answer, Answer> {
    let allow = rules(egress)
        .map_err(|error| Answer::error(403, format!("the function's {FIELD}: {error}")))?;
    let Asked { method, url, headers, timeout, body } = asked;
    let method = Method::from_bytes(method.as_bytes())
        .map_err(|_| Answer::error(400, "the method is no token"))?;
    let headers = header_map(&headers)?;
    let timeout = timeout.map_or(DEFAULT_TIMEOUT, Duration::from_millis);
    let request = HttpRequest { method, url, headers, body, timeout };
    let response = client.send(&allow, request).await.map_err(|error| {
        let status = match error.kind() {
            HttpErrorKind::Invalid => 400,
            HttpErrorKind::Refused => 403,
            HttpErrorKind::Timeout => 504,
            _ => 502,
        };
        Answer::error(status, error.to_string())
    })?;
    Ok(answered(response))
}

fn header_map(flat: &[String]) -> Result<HeaderMap, Answer> {
    let mut map = HeaderMap::new();
    for pair in flat.chunks_exact(2) {
        let wrong = || Answer::error(400, format!("the header {:?} cannot be sent", pair[0]));
        let name = HeaderName::from_bytes(pair[0].as_bytes()).map_err(|_| wrong())?;
        let value = HeaderValue::from_bytes(pair[1].as_bytes()).map_err(|_| wrong())?;
        map.try_append(name, value).map_err(|_| wrong())?;
    }
    Ok(map)
}

fn answered(response: HttpResponse) -> Answer {
    let HttpResponse { status, headers, body } = response;
    let mut flat: Vec<Value> = Vec::with_capacity(headers.len() * 2);
    for (name, value) in &headers {
        flat.push(name.as_str().into());
        flat.push(text(value.as_bytes()).into());
    }
    Answer { body, ..Answer::value(json!({ "status": status.as_u16(), "headers": flat })) }
}

/// A header's value: UTF-8, else Latin-1.
fn text(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|byte| char::from(*byte)).collect(),
    }
}
