//! Bodies of answers, within their bounds.

use std::io::{self, Write};

use ::http::HeaderMap;
use ::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use bytes::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::{HttpError, HttpErrorKind, MAX_BODY};

/// Reads a body, decoded where it is gzip.
pub(super) async fn read(headers: &mut HeaderMap, body: Incoming) -> Result<Bytes, HttpError> {
    let gzip = headers
        .get(CONTENT_ENCODING)
        .is_some_and(|coding| [&b"gzip"[..], b"x-gzip"].contains(&coding.as_bytes()));
    if !gzip {
        return collect(body).await;
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    inflate(body).await
}

async fn collect(mut body: Incoming) -> Result<Bytes, HttpError> {
    let mut all = BytesMut::new();
    while let Some(data) = piece(&mut body).await? {
        if all.len() + data.len() > MAX_BODY {
            return Err(too_large());
        }
        if all.is_empty() && hyper::body::Body::is_end_stream(&body) {
            return Ok(data);
        }
        all.extend_from_slice(&data);
    }
    Ok(all.freeze())
}

async fn inflate(mut body: Incoming) -> Result<Bytes, HttpError> {
    let mut decoder = MultiGzDecoder::new(Bounded(Vec::new()));
    let mut any = false;
    while let Some(data) = piece(&mut body).await? {
        any |= !data.is_empty();
        decoder.write_all(&data).map_err(|error| not_gzip(&error))?;
    }
    if !any {
        return Ok(Bytes::new());
    }
    let decoded = decoder.finish().map_err(|error| not_gzip(&error))?;
    Ok(decoded.0.into())
}

async fn piece(body: &mut Incoming) -> Result<Option<Bytes>, HttpError> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            HttpError::new(HttpErrorKind::Answer, format!("the answer broke off: {error}"))
        })?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

fn too_large() -> HttpError {
    let limit = MAX_BODY >> 20;
    HttpError::new(HttpErrorKind::TooLarge, format!("the answer is longer than {limit} MiB"))
}

fn not_gzip(error: &io::Error) -> HttpError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => too_large(),
        _ => HttpError::new(HttpErrorKind::Answer, format!("the answer is no gzip: {error}")),
    }
}

/// Memory up to [`MAX_BODY`].
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.0.len() + data.len() > MAX_BODY {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
