//! Operations for host services: asked for with an answer to come, or waited for.

use std::sync::Arc;

use avocet_engine::ops::{Blob, OpError};
use avocet_engine::v8::{
    ArrayBuffer, HandleScope, Integer, Local, String as JsString, Value, null,
};
use avocet_frames::head::{Asked, HostCall, HostReply, TraceContext};
use avocet_frames::{CallId, Kind, MAX_FRAME};
use bytes::Bytes;
use serde::Deserialize;

use super::state::Guest;
use crate::blocked::Blocked;
use crate::host_calls::{Asker, MAX_HOST_CALLS};

/// Room that a frame keeps for its head.
const HEAD_ROOM: usize = 1 << 20;

/// The head of a host call, as JavaScript writes it.
#[derive(Deserialize)]
struct Head {
    #[serde(flatten)]
    asked: Asked,
    #[serde(flatten)]
    trace: TraceContext,
}

/// A host call that is ready to be sent.
struct Request {
    head: Head,
    body: Vec<u8>,
}

impl Request {
    fn read(
        scope: &mut HandleScope<'_>,
        head: &str,
        body: Option<Blob<'_>>,
    ) -> Result<Self, OpError> {
        // JavaScript may have been changed by the function: what it writes is read before it is sent.
        let head = serde_json::from_str(head).map_err(|error| OpError::new(error.to_string()))?;
        let mut bytes = Vec::new();
        if let Some(body) = body {
            body.write_into(scope, &mut bytes);
        }
        if bytes.len() > MAX_FRAME - HEAD_ROOM {
            let limit = MAX_FRAME - HEAD_ROOM;
            return Err(OpError::range(format!(
                "the payload has {} bytes, the limit is {limit}",
                bytes.len()
            )));
        }
        Ok(Self { head, body: bytes })
    }

    fn send(self, guest: &Guest, call: u32, number: u32) {
        let Head { asked, trace } = self.head;
        let id = CallId::new(guest.program.number, call);
        let head = HostCall { c: number, asked, trace };
        guest.outbox.json(Kind::HostCall, id, &head, &self.body);
    }
}

fn too_many() -> OpError {
    OpError::new(format!("{MAX_HOST_CALLS} host calls of this function are open already"))
}

/// Asks a host service; the answer comes through the hook `hostReply`.
pub(super) fn host_call(
    scope: &mut HandleScope<'_>,
    call: u32,
    head: String,
    body: Option<Blob<'_>>,
) -> Result<u32, OpError> {
    let guest = Guest::of(scope).clone();
    let request = Request::read(scope, &head, body)?;
    let asker = Asker::Instance(guest.slot, call);
    let number = guest.program.host_calls.open(asker).ok_or_else(too_many)?;
    request.send(&guest, call, number);
    Ok(number)
}

/// Asks a host service and waits for its answer: status, error, value (JSON) and payload, each of
/// the last three null where there is none.
pub(super) fn host_wait<'s>(
    scope: &mut HandleScope<'s>,
    call: u32,
    head: String,
    body: Option<Blob<'s>>,
) -> Result<Vec<Local<'s, Value>>, OpError> {
    let guest = Guest::of(scope).clone();
    let request = Request::read(scope, &head, body)?;
    let blocked = Arc::new(Blocked::default());
    let asker = Asker::Thread(blocked.clone());
    let number = guest.program.host_calls.open(asker).ok_or_else(too_many)?;
    guest.current.block(blocked.clone());
    request.send(&guest, call, number);
    let waited = guest.parking.wait(&blocked);
    guest.current.unblock();
    let answered = blocked.take();
    if answered.is_none() {
        drop(guest.program.host_calls.close(number));
    }
    waited.map_err(|error| OpError::new(error.to_string()))?;
    // Without an answer execution is being terminated.
    let (head, body) = answered.ok_or_else(OpError::thrown)?;
    reply(scope, &head, &body).ok_or_else(OpError::thrown)
}

fn reply<'s>(
    scope: &mut HandleScope<'s>,
    head: &HostReply,
    body: &Bytes,
) -> Option<Vec<Local<'s, Value>>> {
    let none: Local<'_, Value> = null(scope).into();
    let text = |scope: &mut HandleScope<'s>, text: Option<&str>| {
        text.and_then(|text| JsString::new(scope, text)).map_or(none, Into::into)
    };
    let status = Integer::new(scope, i32::from(head.s)).into();
    let error = text(scope, head.error.as_deref());
    let value = head.v.as_ref().map(ToString::to_string);
    let value = text(scope, value.as_deref());
    let payload = match &body[..] {
        [] => none,
        body => ArrayBuffer::copy_of(scope, body)?.into(),
    };
    Some(vec![status, error, value, payload])
}
