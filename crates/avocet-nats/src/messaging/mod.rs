//! Messages by core NATS.

mod inbox;

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use async_nats::{Client, HeaderMap, HeaderName, HeaderValue, RequestErrorKind, StatusCode};
use avocet_backplane::messaging::{
    Headers, MAX_REPLIES, MAX_REPLIES_BYTES, Message, Received, ReplyTo, Subscribe, matches_any,
};
use avocet_backplane::{Error, Incoming, Messaging, Pending, Result};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::{Instant, timeout_at};

use crate::calls::Calls;
use inbox::{Inbox, Queues};

#[derive(Debug)]
pub(crate) struct NatsMessaging(pub(crate) Calls);

impl Messaging for NatsMessaging {
    fn publish(&self, message: Message) -> Pending<()> {
        if let Err(error) = message.check().and_then(|()| self.fits(&message)) {
            return Box::pin(std::future::ready(Err(error)));
        }
        let what = format!("publish to {:?}", message.subject);
        let client = self.0.client.clone();
        let mut sending = Box::pin(async move { send(&client, message).await });
        // At once where there is room, so that messages keep their order whoever awaits what.
        if self.0.client.connection_state() == async_nats::connection::State::Connected
            && let Some(sent) = sending.as_mut().now_or_never()
        {
            let sent = sent.map_err(|error| self.0.failed(what, error));
            return Box::pin(std::future::ready(sent));
        }
        let calls = self.0.clone();
        self.0.run(
            what.clone(),
            async move { sending.await.map_err(|error| calls.failed(what, error)) },
        )
    }

    fn subscribe(&self, subscribe: Subscribe) -> Pending<Incoming<Received>> {
        if let Err(error) = subscribe.check() {
            return Box::pin(std::future::ready(Err(error)));
        }
        let calls = self.0.clone();
        let what = format!("subscribe to {}", subscribe.subjects.join(", "));
        self.0.run(what.clone(), async move {
            let inbox = Inbox::new(subscribe.queue_messages, subscribe.queue_bytes);
            let mut subscribers = Vec::with_capacity(subscribe.subjects.len());
            for subject in subscribe.subjects.clone() {
                let subscriber = match &subscribe.queue_group {
                    Some(group) => calls.client.queue_subscribe(subject, group.clone()).await,
                    None => calls.client.subscribe(subject).await,
                };
                subscribers.push(subscriber.map_err(|error| calls.failed(&what, error))?);
            }
            let copies = match subscribe.queue_group {
                Some(_) => Copies::One,
                None => Copies::OnePerPattern,
            };
            let queues = Arc::new(Mutex::new(subscribers));
            let task = forward(Arc::clone(&queues), subscribe.subjects, copies, inbox.clone());
            let reader = inbox.incoming(queues, calls.spawn(task));
            calls.round_trip(what).await?;
            Ok(reader)
        })
    }

    fn request(&self, message: Message, time: Duration) -> Pending<Message> {
        if let Err(error) = message.check().and_then(|()| self.fits(&message)) {
            return Box::pin(std::future::ready(Err(error)));
        }
        let (calls, what) = (self.0.clone(), format!("request to {:?}", message.subject));
        self.0.run_within(time + self.0.timeout, what.clone(), async move {
            let request = async_nats::Request::new().payload(message.payload).timeout(Some(time));
            let request = match message.headers.is_empty() {
                true => request,
                false => request.headers(header_map(&message.headers)),
            };
            let subject = message.subject;
            match calls.client.send_request(subject.clone(), request).await {
                Ok(answer) => Ok(received(answer)),
                Err(error) => Err(match error.kind() {
                    RequestErrorKind::NoResponders => Error::NoResponders { subject },
                    RequestErrorKind::TimedOut => Error::NoReply { subject, time },
                    _ => calls.failed(what, error),
                }),
            }
        })
    }

    fn request_many(&self, message: Message, time: Duration) -> Pending<Vec<Message>> {
        if let Err(error) = message.check().and_then(|()| self.fits(&message)) {
            return Box::pin(std::future::ready(Err(error)));
        }
        let (calls, what) = (self.0.clone(), format!("request to {:?}", message.subject));
        self.0.run_within(time + self.0.timeout, what.clone(), async move {
            let inbox = calls.client.new_inbox();
            let failed = |error| calls.failed(&what, error);
            let answers = calls.client.subscribe(inbox.clone()).await;
            let answers = answers.map_err(|error| failed(error.into()))?;
            let subject = message.subject.clone();
            let message = Message { reply: Some(ReplyTo::new(inbox)), ..message };
            send(&calls.client, message).await.map_err(failed)?;
            collect(answers, &subject, Instant::now() + time).await
        })
    }
}

impl NatsMessaging {
    /// Checks the server's own limit.
    fn fits(&self, message: &Message) -> Result<()> {
        let (bytes, limit) = (message.bytes(), self.0.client.max_payload());
        if bytes <= limit {
            return Ok(());
        }
        Err(Error::TooLarge {
            what: format!("the message on {:?}", message.subject),
            size: format!("{bytes} bytes"),
            limit: format!("{limit} bytes (max_payload of the server)"),
        })
    }
}

impl Calls {
    /// Waits until the server has seen what was sent before.
    async fn round_trip(&self, what: impl std::fmt::Display) -> Result<()> {
        let inbox = self.client.new_inbox();
        let answer = async {
            let mut own = self.client.subscribe(inbox.clone()).await?;
            self.client.publish(inbox.clone(), bytes::Bytes::new()).await?;
            own.next().await.ok_or("the connection is closed")?;
            Ok::<_, crate::error::Source>(())
        };
        answer.await.map_err(|error| self.unreachable(what, error))
    }
}

/// Copies of a message that several patterns of a subscription match.
#[derive(Clone, Copy)]
enum Copies {
    /// One, by any of the patterns: to a queue group.
    One,
    /// One for each pattern; that of the first pattern is kept.
    OnePerPattern,
}

/// Puts messages into an inbox until the bus ends.
///
/// The client has a queue for each pattern. What is there is taken from the last queue first and given
/// from the first one on: so no message overtakes an earlier one of a pattern before its own.
async fn forward(queues: Queues, patterns: Vec<String>, copies: Copies, inbox: Inbox) {
    let mut is_over = false;
    while !is_over {
        let mut all: Vec<Vec<async_nats::Message>> = Vec::new();
        poll_fn(|context| {
            all.clear();
            let mut queues = queues.lock().unwrap_or_else(PoisonError::into_inner);
            for queue in queues.iter_mut().rev() {
                let mut own = Vec::new();
                loop {
                    match queue.poll_next_unpin(context) {
                        Poll::Ready(Some(message)) => own.push(message),
                        Poll::Ready(None) => {
                            is_over = true;
                            break;
                        }
                        Poll::Pending => break,
                    }
                }
                all.push(own);
            }
            match is_over || all.iter().any(|own| !own.is_empty()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
        for (index, own) in all.drain(..).rev().enumerate() {
            for message in own {
                let first = matches_any(&patterns, &message.subject);
                let is_kept = match copies {
                    Copies::One => first.is_some(),
                    Copies::OnePerPattern => first == Some(index),
                };
                if is_kept {
                    inbox.push(received(message));
                }
            }
        }
    }
    inbox.close();
}

async fn send(client: &Client, message: Message) -> std::result::Result<(), crate::error::Source> {
    let Message { subject, payload, headers, reply } = message;
    let headers = (!headers.is_empty()).then(|| header_map(&headers));
    let sent = match (reply, headers) {
        (None, None) => client.publish(subject, payload).await,
        (None, Some(headers)) => client.publish_with_headers(subject, headers, payload).await,
        (Some(reply), None) => {
            client.publish_with_reply(subject, reply.subject().to_owned(), payload).await
        }
        (Some(reply), Some(headers)) => {
            let reply = reply.subject().to_owned();
            client.publish_with_reply_and_headers(subject, reply, headers, payload).await
        }
    };
    sent.map_err(Into::into)
}

/// Answers until the time is over, or the server says that nobody listens.
async fn collect(
    mut answers: async_nats::Subscriber,
    subject: &str,
    deadline: Instant,
) -> Result<Vec<Message>> {
    let (mut all, mut bytes) = (Vec::new(), 0);
    while let Ok(Some(answer)) = timeout_at(deadline, answers.next()).await {
        if answer.status == Some(StatusCode::NO_RESPONDERS) {
            break;
        }
        let answer = received(answer);
        bytes += answer.bytes();
        all.push(answer);
        if all.len() > MAX_REPLIES || bytes > MAX_REPLIES_BYTES {
            return Err(Error::TooLarge {
                what: format!("all answers on {subject:?}"),
                size: format!("more than {} answers or {bytes} bytes", all.len() - 1),
                limit: format!("{MAX_REPLIES} answers, {MAX_REPLIES_BYTES} bytes"),
            });
        }
    }
    Ok(all)
}

fn received(message: async_nats::Message) -> Message {
    let headers = message.headers.unwrap_or_default();
    let headers = headers.iter().flat_map(|(name, values)| {
        values.iter().map(move |value| (name.to_string(), value.as_str().to_owned()))
    });
    Message {
        subject: message.subject.to_string(),
        payload: message.payload,
        headers: headers.collect::<Headers>(),
        reply: message.reply.map(|reply| ReplyTo::new(reply.to_string())),
    }
}

/// Headers as the client takes them. What it does not take was refused by [`Message::check`].
fn header_map(headers: &Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter() {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            map.append(name, value);
        }
    }
    map
}
