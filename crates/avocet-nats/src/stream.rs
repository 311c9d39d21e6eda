//! JetStream streams as buckets use them: the last message of a subject, writing with a condition,
//! lists.
//!
//! The client's own buckets cannot be used: making one fails at servers before 2.10 (it reads an
//! answer that they do not give), and some of what is needed is not in their interface.

use std::error::Error as _;
use std::fmt::Display;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::context::{
    CreateStreamErrorKind, GetStreamErrorKind, PublishError, PublishErrorKind,
};
use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use async_nats::jetstream::stream::{Config, DirectGetErrorKind, LastRawMessageErrorKind};
use async_nats::jetstream::{self, ErrorCode};
use avocet_backplane::{Error, Result};
use bytes::Bytes;
use futures_util::StreamExt as _;

use crate::calls::Calls;

/// Time after which the server forgets a list that nobody reads any more.
const FORGET: Duration = Duration::from_secs(30);

/// Most messages of a list that are asked for at once.
const FETCH: usize = 500;

/// Header with the number by which a server knows a message that it has already.
pub(crate) const MESSAGE_ID: &str = "Nats-Msg-Id";

/// Message that is written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Put {
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Bytes,
}

/// Reason for which a message was not written.
#[derive(Debug)]
pub(crate) enum Fault {
    /// No such stream.
    NoStream,
    /// The subject's last message is another one than expected.
    OtherSequence,
    /// No room in the stream, or none at the server.
    Full,
    /// The server has no time to live for single messages, or not in this stream.
    NoTtl,
    /// Anything else.
    Other(Error),
}

/// Message of a list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Bytes,
    pub(crate) sequence: u64,
    /// Number among the messages of its reader, from 1 and without a gap.
    pub(crate) number: u64,
    pub(crate) time_ms: u64,
}

impl Calls {
    /// The last message of a subject; `None` where there is none, or no such stream.
    pub(crate) async fn last(
        &self,
        what: impl Display,
        stream: &str,
        subject: &str,
    ) -> Result<Option<StreamMessage>> {
        if !self.knows(stream) && !self.has_stream(&what, stream).await? {
            return Ok(None);
        }
        let what = what.to_string();
        self.through(|| self.last_now(&what, stream, subject)).await
    }

    async fn last_now(
        &self,
        what: &str,
        stream: &str,
        subject: &str,
    ) -> Result<Option<StreamMessage>> {
        let handle = self.jetstream.get_stream_no_info(stream).await;
        let handle = handle.map_err(|error| self.failed(what, error))?;
        // With replicas any of them would answer, also one that is behind: the leader is asked.
        if self.replicas > 1 {
            return match handle.get_last_raw_message_by_subject(subject).await {
                Ok(message) => Ok(Some(message)),
                Err(error) => match error.kind() {
                    LastRawMessageErrorKind::NoMessageFound => Ok(None),
                    _ => self.nothing_or(what, stream, error).await,
                },
            };
        }
        match handle.direct_get_last_for_subject(subject).await {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => self.nothing_or(what, stream, error).await,
        }
    }

    /// Nothing where the stream is not there, else the error.
    async fn nothing_or<T>(
        &self,
        what: impl Display,
        stream: &str,
        error: impl Into<crate::error::Source>,
    ) -> Result<Option<T>> {
        match self.has_stream(&what, stream).await? {
            true => Err(self.failed(what, error)),
            false => Ok(None),
        }
    }

    /// Whether there is such a stream.
    pub(crate) async fn has_stream(&self, what: impl Display, stream: &str) -> Result<bool> {
        match self.through(|| self.jetstream.get_stream(stream)).await {
            Ok(_) => {
                self.know(stream, true);
                Ok(true)
            }
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(cause)
                    if cause.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                {
                    self.know(stream, false);
                    Ok(false)
                }
                _ => Err(self.unreachable(what, error)),
            },
        }
    }

    /// Makes a stream where there is none of that name.
    pub(crate) async fn ensure(&self, what: impl Display, config: Config) -> Result<()> {
        match self.jetstream.create_stream(config).await {
            Ok(_) => Ok(()),
            Err(error) => match error.kind() {
                CreateStreamErrorKind::JetStream(cause)
                    if cause.error_code() == ErrorCode::STREAM_NAME_EXIST =>
                {
                    Ok(())
                }
                CreateStreamErrorKind::JetStream(cause) if is_full(cause.error_code()) => {
                    Err(Error::StorageFull { place: self.place(what) })
                }
                CreateStreamErrorKind::TimedOut => Err(self.unreachable(what, error)),
                _ => Err(self.failed(what, error)),
            },
        }
    }

    /// Writes a message, once; gives its sequence.
    pub(crate) async fn put(
        &self,
        what: impl Display,
        put: Put,
    ) -> std::result::Result<u64, Fault> {
        let what = what.to_string();
        let mut put = put;
        // By its number the server knows a message that was sent again.
        put.headers.insert(MESSAGE_ID, self.client.new_inbox());
        self.through(|| async {
            let ack = self.send(&what, put.clone()).await?;
            ack.await.map(|ack| ack.sequence).map_err(|error| self.fault(&what, error))
        })
        .await
    }

    /// Sends a message, in the order of the calls; its acknowledgement is waited for by the caller.
    pub(crate) async fn send(
        &self,
        what: impl Display,
        put: Put,
    ) -> std::result::Result<jetstream::context::PublishAckFuture, Fault> {
        let message = PublishMessage::build().payload(put.payload).headers(put.headers);
        self.jetstream
            .send_publish(put.subject, message)
            .await
            .map_err(|error| self.fault(what, error))
    }

    /// Meaning of an error of writing.
    pub(crate) fn fault(&self, what: impl Display, error: PublishError) -> Fault {
        let code = error
            .source()
            .and_then(|source| source.downcast_ref::<jetstream::Error>())
            .map(jetstream::Error::error_code);
        match error.kind() {
            PublishErrorKind::StreamNotFound => Fault::NoStream,
            PublishErrorKind::WrongLastSequence => Fault::OtherSequence,
            PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => {
                Fault::Other(self.unreachable(what, error))
            }
            PublishErrorKind::MaxPayloadExceeded => {
                let limit =
                    format!("{} bytes (max_payload of the server)", self.client.max_payload());
                let size = "more bytes with its headers".to_owned();
                Fault::Other(Error::TooLarge { what: what.to_string(), size, limit })
            }
            _ if code.is_some_and(is_full) => Fault::Full,
            _ if code == Some(NO_TTL) => Fault::NoTtl,
            _ => Fault::Other(self.failed(what, error)),
        }
    }

    /// Messages that are there now; none where the stream is not.
    pub(crate) async fn list(
        &self,
        what: impl Display,
        stream: &str,
        config: pull::Config,
    ) -> Result<Vec<Listed>> {
        let config = pull::Config {
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGET,
            memory_storage: true,
            num_replicas: 1,
            ..config
        };
        let consumer = match self.jetstream.create_consumer_on_stream(config, stream).await {
            Ok(consumer) => consumer,
            Err(error) => {
                return match self.has_stream(&what, stream).await? {
                    true => Err(self.failed(what, error)),
                    false => Ok(Vec::new()),
                };
            }
        };
        let wanted = usize::try_from(consumer.cached_info().num_pending).unwrap_or(usize::MAX);
        let mut all = Vec::with_capacity(wanted.min(10_000));
        while all.len() < wanted {
            let batch = consumer.fetch().max_messages(FETCH.min(wanted - all.len()));
            let mut batch = batch.messages().await.map_err(|error| self.failed(&what, error))?;
            let before = all.len();
            while let Some(message) = batch.next().await {
                let message = message.map_err(|error| self.failed(&what, error))?;
                all.push(Listed::of(message).map_err(|error| self.failed(&what, error))?);
            }
            // Some were deleted meanwhile.
            if all.len() == before {
                break;
            }
        }
        let name = &consumer.cached_info().name;
        // The server forgets it by itself, only later.
        self.jetstream.delete_consumer_from_stream(name, stream).await.ok();
        Ok(all)
    }

    /// Deletes a stream; no error where there is none.
    pub(crate) async fn delete_stream(&self, what: impl Display, stream: &str) -> Result<()> {
        self.know(stream, false);
        match self.jetstream.delete_stream(stream).await {
            Ok(_) => Ok(()),
            Err(error) => match self.has_stream(&what, stream).await? {
                true => Err(self.failed(what, error)),
                false => Ok(()),
            },
        }
    }

    /// Deletes the messages of a subject.
    pub(crate) async fn purge(
        &self,
        what: impl Display,
        stream: &str,
        subject: &str,
    ) -> Result<()> {
        let handle = self.jetstream.get_stream_no_info(stream).await;
        let handle = handle.map_err(|error| self.failed(&what, error))?;
        let purged = handle.purge().filter(subject).await;
        purged.map(drop).map_err(|error| self.failed(what, error))
    }
}

/// The server has no time to live for single messages in this stream.
const NO_TTL: ErrorCode = ErrorCode::MESSAGE_TTL_DISABLED;

fn is_full(code: ErrorCode) -> bool {
    code == ErrorCode::STREAM_STORE_FAILED
        || code == ErrorCode::INSUFFICIENT_RESOURCES
        || code == ErrorCode::STORAGE_RESOURCES_EXCEEDED
}

impl Listed {
    pub(crate) fn of(message: jetstream::Message) -> std::result::Result<Self, async_nats::Error> {
        let info = message.info()?;
        let (sequence, number) = (info.stream_sequence, info.consumer_sequence);
        let time_ms = milliseconds(info.published);
        let message = message.message;
        Ok(Self {
            subject: message.subject.to_string(),
            headers: message.headers.unwrap_or_default(),
            payload: message.payload,
            sequence,
            number,
            time_ms,
        })
    }
}

/// Milliseconds since the Unix epoch.
pub(crate) fn milliseconds(time: async_nats::datetime::DateTime) -> u64 {
    u64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
}

/// The last message of each subject that matches.
pub(crate) fn last_of_each(filter: String) -> pull::Config {
    pull::Config {
        filter_subject: filter,
        deliver_policy: DeliverPolicy::LastPerSubject,
        ..pull::Config::default()
    }
}
