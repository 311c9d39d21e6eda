//! Answers of the admin API.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
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
    rest: Option<mpsc::Receiver<Bytes>>,
    /// Notified when the body is complete.
    connection: Option<Arc<Connection>>,
}

impl AdminBody {
    /// A body that is written piece by piece. It ends when the sender is dropped.
    pub(super) fn streamed(rest: mpsc::Receiver<Bytes>) -> Self {
        Self { whole: Bytes::new(), rest: Some(rest), connection: None }
    }
}

impl From<Bytes> for AdminBody {
    fn from(whole: Bytes) -> Self {
        Self { whole, rest: None, connection: None }
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
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = if !self.whole.is_empty() {
            Some(std::mem::take(&mut self.whole))
        } else if let Some(rest) = &mut self.rest {
            ready!(rest.poll_recv(cx))
        } else {
            None
        };
        Poll::Ready(data.map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.whole.is_empty() && self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.rest {
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(self.whole.len() as u64),
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

/// 204.
pub(super) fn no_content() -> Response<AdminBody> {
    let mut response = Response::new(AdminBody::from(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
