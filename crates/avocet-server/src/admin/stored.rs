//! Objects of functions: their bytes come and go in pieces.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use avocet_api::{StoredObject, StoredObjectList};
use avocet_backplane::objects::ObjectInfo;
use avocet_backplane::{Bucket, Error};
use bytes::Bytes;
use futures_core::Stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, EXPECT};
use http::request::Parts;
use http::{HeaderValue, Response};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use super::answer::{AdminBody, json, no_content};
use super::stores::decode;
use super::time::rfc3339;
use super::{Admin, Answered, Asked, Problem};
use crate::net::body;

impl Admin {
    pub(super) async fn stored_objects(&self, asked: &Asked<'_>) -> Answered {
        let [namespace, name] = asked.decoded()?;
        let all = self.stores.objects.list(&Bucket::objects(&namespace, &name)).await?;
        json(&StoredObjectList { objects: all.into_iter().map(described).collect() })
    }

    /// An object's bytes. One that is damaged breaks off before its end.
    pub(super) async fn stored_object(&self, asked: &Asked<'_>) -> Answered {
        let (bucket, name) = object(asked)?;
        let Some(object) = self.stores.objects.get(&bucket, &name).await? else {
            return Err(missing(asked, &name));
        };
        let mut response = Response::new(AdminBody::pieces(object.data));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(CONTENT_LENGTH, object.info.bytes.into());
        let tag = HeaderValue::from_str(&format!("\"{}\"", object.info.digest)).ok();
        headers.extend(tag.map(|tag| (ETAG, tag)));
        Ok(response)
    }

    /// Stores the request's body as it comes, whatever its length.
    pub(super) async fn store_object(
        &self,
        segments: &[&str],
        parts: &Parts,
        incoming: Incoming,
    ) -> Answered {
        let wrong = || Problem::internal("a route has other segments than its operation");
        let segments = <[&str; 3]>::try_from(segments).map_err(|_| wrong())?;
        let [namespace, name, object] = decode(segments)?;
        let upload = Upload {
            incoming: Some(incoming),
            time: self.body_time,
            deadline: Box::pin(tokio::time::sleep(self.body_time)),
            expects_continue: parts.headers.contains_key(EXPECT),
            object: object.clone(),
        };
        let bucket = Bucket::objects(&namespace, &name);
        let data = avocet_backplane::Incoming::new(upload);
        json(&described(self.stores.objects.put(&bucket, &object, data).await?))
    }

    pub(super) async fn delete_stored_object(&self, asked: &Asked<'_>) -> Answered {
        let (bucket, name) = object(asked)?;
        match self.stores.objects.delete(&bucket, &name).await? {
            true => Ok(no_content()),
            false => Err(missing(asked, &name)),
        }
    }
}

fn object(asked: &Asked<'_>) -> Result<(Bucket, String), Problem> {
    let [namespace, name, object] = asked.decoded()?;
    Ok((Bucket::objects(&namespace, &name), object))
}

fn missing(asked: &Asked<'_>, object: &str) -> Problem {
    let function = asked.segments.get(..2).unwrap_or_default().join("/");
    Problem::not_found(format!("there is no object {object:?} of function {function}"))
}

fn described(info: ObjectInfo) -> StoredObject {
    let ObjectInfo { name, bytes: size, chunks, digest, modified_ms } = info;
    StoredObject { name, size, chunks, digest: digest.to_string(), mtime: rfc3339(modified_ms) }
}

/// A request's body as an object's data. What the store does not take is thrown away, so that the
/// caller gets the answer.
struct Upload {
    incoming: Option<Incoming>,
    /// Longest time between two pieces.
    time: Duration,
    deadline: Pin<Box<Sleep>>,
    expects_continue: bool,
    object: String,
}

impl Stream for Upload {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        let piece = match body::poll_next(incoming, cx) {
            Poll::Ready(piece) => piece,
            Poll::Pending => {
                ready!(self.deadline.as_mut().poll(cx));
                self.incoming = None;
                let reason = format!("nothing came for {:?}", self.time);
                return Poll::Ready(Some(Err(self.broken(reason))));
            }
        };
        match piece {
            Some(Ok(piece)) => {
                let deadline = Instant::now() + self.time;
                self.deadline.as_mut().reset(deadline);
                Poll::Ready(Some(Ok(piece)))
            }
            None => {
                self.incoming = None;
                Poll::Ready(None)
            }
            Some(Err(error)) => {
                self.incoming = None;
                Poll::Ready(Some(Err(self.broken(error.describe().1))))
            }
        }
    }
}

impl Upload {
    fn broken(&self, reason: String) -> Error {
        Error::BrokenOff { what: format!("the upload of object {:?}", self.object), reason }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(rest) = self.incoming.take() {
            body::refuse(rest, self.expects_continue);
        }
    }
}
