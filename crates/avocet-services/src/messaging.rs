//! Messages of functions.

use avocet_backplane::messaging::{
    Message, REQUEST_MANY_TIME, REQUEST_TIME, check_subject, is_reserved,
};
use avocet_backplane::{Messaging, Pending};
use avocet_frames::head::Operation;
use bytes::{Bytes, BytesMut};
use serde_json::Value;

use crate::{Answer, answer, in_time};

pub(crate) async fn call(messaging: &dyn Messaging, operation: Operation, body: Bytes) -> Answer {
    answer::of(run(messaging, operation, body).await)
}

async fn run(
    messaging: &dyn Messaging,
    operation: Operation,
    body: Bytes,
) -> Result<Answer, Answer> {
    match operation {
        Operation::Publish { subject } => {
            in_time(messaging.publish(message(subject, body)?)).await?;
            Ok(Answer::done())
        }
        Operation::Request { subject } => {
            let request = messaging.request(message(subject, body)?, REQUEST_TIME);
            let reply = wait(request).await?;
            match reply.service_error() {
                Some(error) => Err(Answer::error(502, error.message)),
                None => Ok(Answer::bytes(reply.payload)),
            }
        }
        Operation::RequestMany { subject } => {
            let request = messaging.request_many(message(subject, body)?, REQUEST_MANY_TIME);
            Ok(joined(wait(request).await?))
        }
        _ => Ok(Answer::error(501, "this is no operation on messages")),
    }
}

/// A request ends within its own time.
async fn wait<T>(pending: Pending<T>) -> Result<T, Answer> {
    pending.await.map_err(|error| Answer::from(&error))
}

fn message(subject: String, body: Bytes) -> Result<Message, Answer> {
    check_subject(&subject).map_err(|error| Answer::from(&error))?;
    if is_reserved(&subject) {
        let why = "subjects that begin with $ or _INBOX. belong to the bus";
        return Err(Answer::error(403, why));
    }
    Ok(Message::new(subject, body))
}

/// All replies in one body, with their lengths. Those that tell of an error are left out.
fn joined(replies: Vec<Message>) -> Answer {
    let mut body = BytesMut::new();
    let mut lengths = Vec::new();
    for reply in replies.iter().filter(|reply| reply.service_error().is_none()) {
        body.extend_from_slice(&reply.payload);
        lengths.push(Value::from(reply.payload.len()));
    }
    Answer { body: body.freeze(), ..Answer::value(lengths) }
}
