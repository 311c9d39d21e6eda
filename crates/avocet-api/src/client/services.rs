//! Stores of functions, and their messages.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming};
use tokio::sync::mpsc;

use super::{
    Answer, Api, ClientError, KeyChanges, Messages, Query, Result, json, refusal, request, target,
};
use crate::{KeyList, KeySet, KeyValue, KeyWritten, Operation, StoredObject, StoredObjectList};

/// Pieces of an upload that wait.
const WAITING: usize = 4;

/// Body that is sent piece by piece.
#[derive(Debug)]
pub struct Upload(mpsc::Receiver<std::io::Result<Bytes>>);

impl Upload {
    /// An upload, and where its pieces go: it ends when the sender is dropped, and breaks off with an
    /// error among them.
    pub fn new() -> (mpsc::Sender<std::io::Result<Bytes>>, Self) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (sender, Self(receiver))
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// Bytes of an object as they come.
#[derive(Debug)]
pub struct Download {
    body: Incoming,
}

impl Download {
    /// The next piece; `None` at the end. An object that is damaged breaks off before its end.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        while let Some(frame) = self.body.frame().await {
            if let Ok(data) = frame.map_err(ClientError::LogEnded)?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

impl Api {
    /// A page of a function's keys.
    pub async fn keys(
        &self,
        (namespace, function): (&str, &str),
        prefix: &str,
        cursor: Option<&str>,
    ) -> Result<KeyList> {
        let query = Query::default().and("prefix", Some(prefix)).and("cursor", cursor);
        self.read(Operation::ListKeys, &[namespace, function], &query.0).await
    }

    /// Changes of a function's keys, from now on.
    pub async fn watch_keys(
        &self,
        (namespace, function): (&str, &str),
        prefix: &str,
    ) -> Result<KeyChanges> {
        let query = Query::default().and("prefix", Some(prefix)).and("watch", Some("true"));
        let operation = Operation::ListKeys;
        let request = request(operation, &[namespace, function], &query.0, None::<&()>)?;
        self.open(request).await.map(KeyChanges::new)
    }

    /// A key with its value.
    pub async fn key(&self, (namespace, function): (&str, &str), key: &str) -> Result<KeyValue> {
        self.read(Operation::ReadKey, &[namespace, function, key], "").await
    }

    /// Sets a key.
    pub async fn set_key(
        &self,
        (namespace, function): (&str, &str),
        key: &str,
        value: Vec<u8>,
        how: &KeySet,
    ) -> Result<KeyWritten> {
        let if_revision = how.if_revision.map(|revision| revision.to_string());
        let query = Query::default()
            .and("ttl", how.ttl.as_deref())
            .and("ifRevision", if_revision.as_deref());
        let segments = [namespace, function, key];
        let request = raw(Operation::WriteKey, &segments, &query, Full::from(value))?;
        json(&self.succeed(request).await?)
    }

    /// Deletes a key.
    pub async fn delete_key(&self, (namespace, function): (&str, &str), key: &str) -> Result<()> {
        self.do_it(Operation::DeleteKey, &[namespace, function, key]).await
    }

    /// A function's objects.
    pub async fn stored_objects(
        &self,
        (namespace, function): (&str, &str),
    ) -> Result<StoredObjectList> {
        self.read(Operation::ListStoredObjects, &[namespace, function], "").await
    }

    /// Bytes of an object.
    pub async fn stored_object(
        &self,
        (namespace, function): (&str, &str),
        object: &str,
    ) -> Result<Download> {
        let segments = [namespace, function, object];
        let request = request(Operation::ReadStoredObject, &segments, "", None::<&()>)?;
        self.open(request).await.map(|body| Download { body })
    }

    /// Stores an object.
    pub async fn store_object(
        &self,
        (namespace, function): (&str, &str),
        object: &str,
        data: Upload,
    ) -> Result<StoredObject> {
        let segments = [namespace, function, object];
        let query = Query::default();
        let request = raw(Operation::WriteStoredObject, &segments, &query, data)?;
        let body = self.open(request).await?.collect().await.map_err(ClientError::LogEnded)?;
        serde_json::from_slice(&body.to_bytes()).map_err(ClientError::Body)
    }

    /// Deletes an object.
    pub async fn delete_stored_object(
        &self,
        (namespace, function): (&str, &str),
        object: &str,
    ) -> Result<()> {
        self.do_it(Operation::DeleteStoredObject, &[namespace, function, object]).await
    }

    /// Deletes keys and objects of a function, whether it is there or not.
    pub async fn purge_data(&self, (namespace, function): (&str, &str)) -> Result<()> {
        self.do_it(Operation::PurgeData, &[namespace, function]).await
    }

    /// Publishes a message.
    pub async fn publish(&self, subject: &str, payload: Vec<u8>) -> Result<()> {
        let query = Query::default().and("subject", Some(subject));
        let request = raw(Operation::PublishMessage, &[], &query, Full::from(payload))?;
        self.succeed(request).await.map(drop)
    }

    /// Sends a message and gives the first answer within `timeout` (`750ms`, `10s`).
    pub async fn request_message(
        &self,
        subject: &str,
        payload: Vec<u8>,
        timeout: Option<&str>,
    ) -> Result<Bytes> {
        let query = Query::default().and("subject", Some(subject)).and("timeout", timeout);
        let request = raw(Operation::RequestMessage, &[], &query, Full::from(payload))?;
        let answer: Answer = self.http.send(request).await?;
        if answer.status.is_success() { Ok(answer.body) } else { Err(refusal(&answer)) }
    }

    /// Messages on subjects that match `subject`, from now on.
    pub async fn subscribe(&self, subject: &str, group: Option<&str>) -> Result<Messages> {
        let query = Query::default().and("subject", Some(subject)).and("queueGroup", group);
        let request = request(Operation::Subscribe, &[], &query.0, None::<&()>)?;
        self.open(request).await.map(Messages::new)
    }

    async fn do_it(&self, operation: Operation, segments: &[&str]) -> Result<()> {
        self.succeed(request(operation, segments, "", None::<&()>)?).await.map(drop)
    }
}

/// A request whose body is bytes.
fn raw<B>(operation: Operation, segments: &[&str], query: &Query, body: B) -> Result<Request<B>> {
    let target = target(operation, segments, &query.0);
    let request = Request::builder().method(&operation.route().method).uri(&target);
    let request = request.header(http::header::CONTENT_TYPE, "application/octet-stream");
    request.body(body).map_err(|_| ClientError::Path(target))
}
