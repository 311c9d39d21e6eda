//! Messages on subjects.

use std::collections::BTreeMap;

use avocet_api::{MessageGap, MessageLine, MessageRecord};
use avocet_backplane::Message;
use avocet_backplane::messaging::{REQUEST_TIME, Received, Subscribe};
use http::StatusCode;

use super::answer::{bytes, no_content};
use super::lines::{either, lines};
use super::time::duration;
use super::{Admin, Answered, Asked, Problem};

impl Admin {
    pub(super) async fn publish_message(&self, asked: &Asked<'_>) -> Answered {
        let message = Message::new(subject(asked)?, asked.body.clone());
        self.stores.messaging.publish(message).await?;
        Ok(no_content())
    }

    /// The first answer; one that tells of an error is 502.
    pub(super) async fn request_message(&self, asked: &Asked<'_>) -> Answered {
        let subject = subject(asked)?;
        let time = asked.parameter("timeout").map(|text| duration("timeout", text)).transpose()?;
        let message = Message::new(subject, asked.body.clone());
        let time = time.unwrap_or(REQUEST_TIME);
        let answer = self.stores.messaging.request(message, time).await?;
        match answer.service_error() {
            None => Ok(bytes(answer.payload)),
            Some(error) => {
                let detail = format!("the responder of {subject:?} failed: {}", error.message);
                Err(Problem::new(StatusCode::BAD_GATEWAY, detail))
            }
        }
    }

    pub(super) async fn subscribe(&self, asked: &Asked<'_>) -> Answered {
        let all = asked.query.iter().filter(|(name, _)| name == "subject");
        let subscribe = Subscribe::to_any(all.map(|(_, subject)| subject.clone()).collect());
        let subscribe = match asked.parameter("queueGroup") {
            Some(group) => subscribe.group(group),
            None => subscribe,
        };
        let messages = self.stores.messaging.subscribe(subscribe).await?;
        Ok(lines(messages, line, self.draining.clone()))
    }
}

fn subject<'a>(asked: &'a Asked<'_>) -> Result<&'a str, Problem> {
    let none = || Problem::bad_request("the query names no subject: ?subject=orders.new");
    asked.parameter("subject").ok_or_else(none)
}

fn line(received: Received) -> MessageLine {
    let message = match received {
        Received::Message(message) => message,
        Received::Missed(missed) => return MessageLine::Gap(MessageGap { missed }),
    };
    let (text, base64) = either(&message.payload);
    let mut headers = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in message.headers.iter() {
        headers.entry(name.to_owned()).or_default().push(value.to_owned());
    }
    let reply = message.reply.as_ref().map(|reply| reply.subject().to_owned());
    MessageLine::Record(MessageRecord { subject: message.subject, text, base64, headers, reply })
}
