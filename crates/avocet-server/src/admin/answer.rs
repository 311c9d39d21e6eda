//! Answers of the admin API.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use avocet_backplane::{Error, Incoming};
use bytes::Bytes;
use futures_core::Stream as _;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use serde::Serialize;
use tokio::sync::mpsc;

use super::Answered;
use crate::net::Connection;

/// A body of the admin API.
pub(crate) struct AdminBody {
    whole: Bytes,
    /// Pieces after `whole`.
    rest: Rest,
    /// Notified when the body is complete.
    connection: Option<Arc<Connection>>,
}

/// Pieces of a body.
enum Rest {
    None,
    /// Pieces that a task sends.
    Sent(mpsc::Receiver<Bytes>),
    /// Pieces of an object, of which the last may be an error: the body breaks off.
    Read(Incoming<Result<Bytes, Error>>),
}

impl AdminBody {
    /// A body that is written piece by piece. It ends when the sender is dropped.
    pub(super) fn streamed(rest: mpsc::Receiver<Bytes>) -> Self {
        Self { whole: Bytes::new(), rest: Rest::Sent(rest), connection: None }
    }

    /// A body that is read piece by piece.
    pub(super) fn pieces(pieces: Incoming<Result<Bytes, Error>>) -> Self {
        Self { whole: Bytes::new(), rest: Rest::Read(pieces), connection: None }
    }
}

impl From<Bytes> for AdminBody {
    fn from(whole: Bytes) -> Self {
        Self { whole, rest: Rest::None, connection: None }
    }
}

impl Drop for AdminBody {
    fn drop(&mut self) {
        if let Some(connection) = &self.connection {
            connection.idle();
        }
    }
}

impl Body for AdminBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let data = if !self.whole.is_empty() {
            Some(Ok(std::mem::take(&mut self.whole)))
        } else {
            match &mut self.rest {
                Rest::None => None,
                Rest::Sent(rest) => ready!(rest.poll_recv(cx)).map(Ok),
                Rest::Read(pieces) => ready!(Pin::new(pieces).poll_next(cx)),
            }
        };
        Poll::Ready(data.map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.whole.is_empty() && matches!(self.rest, Rest::None)
    }

    fn size_hint(&self) -> SizeHint {
        match self.rest {
            Rest::Sent(_) | Rest::Read(_) => SizeHint::default(),
            Rest::None => SizeHint::with_exact(self.whole.len() as u64),
        }
    }
}

/// Notes on the connection when the answer is complete.
pub(super) fn hold(
    mut response: Response<AdminBody>,
    connection: &Arc<Connection>,
) -> Response<AdminBody> {
    response.body_mut().connection = Some(connection.clone());
    // Tools ask again and again; what they see must be true now.
    let never = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, never);
    response
}

/// 200 with `value` as JSON.
pub(super) fn json(value: &impl Serialize) -> Answered {
    let text = serde_json::to_vec(value)
        .map_err(|error| super::Problem::internal(format!("the answer is no JSON: {error}")))?;
    let mut response = Response::new(AdminBody::from(Bytes::from(text)));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// 200 with text of a kind.
pub(super) fn text(kind: &'static str, text: String) -> Response<AdminBody> {
    let mut response = Response::new(AdminBody::from(Bytes::from(text)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// 200 with bytes.
pub(super) fn bytes(bytes: Bytes) -> Response<AdminBody> {
    let mut response = Response::new(AdminBody::from(bytes));
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// 204.
pub(super) fn no_content() -> Response<AdminBody> {
    let mut response = Response::new(AdminBody::from(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
