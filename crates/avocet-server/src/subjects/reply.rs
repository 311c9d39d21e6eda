//! Replies: what the outcome of a message's invocation means for whoever asked.

use std::future::poll_fn;

use avocet_backplane::Message;
use avocet_backplane::messaging::{ERROR_HEADER, MAX_MESSAGE_BYTES};
use avocet_functions::response::AnswerBody;
use avocet_workers::Chunks as _;
use bytes::{Bytes, BytesMut};

use crate::calls::Outcome;

/// The reply, where one is wanted. An outcome that is an error by its status (400 and up) is an error
/// reply with that code.
pub(super) async fn of(message: &Message, outcome: Outcome) -> Option<Message> {
    message.reply.as_ref()?;
    let Outcome { answer, body, stream, .. } = outcome;
    let code = answer.status.as_u16();
    let reason = answer.headers.get(ERROR_HEADER);
    let reason = reason.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let body = match answer.body {
        AnswerBody::Empty => Bytes::new(),
        AnswerBody::Text(text) => text.into(),
        AnswerBody::Guest => body,
    };
    if code >= 400 {
        let reason = reason.unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned());
        return message.answer_error(code, &reason);
    }
    let Some(mut stream) = stream else { return message.answer(body) };
    let mut all = BytesMut::from(&body[..]);
    while let Some(chunk) = poll_fn(|cx| stream.poll_chunk(cx)).await {
        match chunk {
            Ok(chunk) if all.len() + chunk.len() <= MAX_MESSAGE_BYTES => {
                all.extend_from_slice(&chunk);
            }
            Ok(_) => return message.answer_error(500, "the reply is too large for a message"),
            Err(error) => return message.answer_error(500, &error.message),
        }
    }
    message.answer(all.freeze())
}
