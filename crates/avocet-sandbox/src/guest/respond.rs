//! The sandbox's operations: answers, log lines, spans.

use avocet_engine::activity;
use avocet_engine::ops::{Blob, OpError};
use avocet_engine::v8::{ArrayBuffer, HandleScope, Local, String as JsString};
use avocet_frames::head::{FailureKind, Level, Respond, Returned};
use avocet_frames::{CallId, Kind, codec};
use serde::de::value::{Error as PlainError, StrDeserializer};
use serde::de::{Deserialize, IntoDeserializer};

use super::state::{Body, Guest};
use crate::calls::Plain;

/// A wire name (`thrown-text`) as the enum that it stands for.
fn named<'de, T: Deserialize<'de>>(argument: &str, name: &'de str) -> Result<T, OpError> {
    let name: StrDeserializer<'de, PlainError> = name.into_deserializer();
    T::deserialize(name).map_err(|error| OpError::type_error(format!("{argument}: {error}")))
}

fn too_long() -> OpError {
    OpError::range("the body is longer than a string can be")
}

pub(super) fn body_text<'s>(scope: &mut HandleScope<'s>) -> Result<Local<'s, JsString>, OpError> {
    let body = scope.slot_mut::<Body>().map(std::mem::take).unwrap_or_default();
    JsString::new_from_utf8(scope, &body.0).ok_or_else(too_long)
}

pub(super) fn body_bytes<'s>(
    scope: &mut HandleScope<'s>,
) -> Result<Local<'s, ArrayBuffer>, OpError> {
    let body = scope.slot_mut::<Body>().map(std::mem::take).unwrap_or_default();
    ArrayBuffer::copy_of(scope, &body.0).ok_or_else(OpError::thrown)
}

pub(super) fn respond_none(scope: &mut HandleScope<'_>, call: u32) {
    Guest::of(scope).calls.plain(call, Plain::None, |_| {});
}

pub(super) fn respond_text(scope: &mut HandleScope<'_>, call: u32, text: Local<'_, JsString>) {
    let calls = Guest::of(scope).calls.clone();
    calls.plain(call, Plain::Text, |out| text.write_utf8_into(scope, out));
}

pub(super) fn respond_json(scope: &mut HandleScope<'_>, call: u32, json: Local<'_, JsString>) {
    let calls = Guest::of(scope).calls.clone();
    calls.plain(call, Plain::Json, |out| json.write_utf8_into(scope, out));
}

pub(super) fn respond_bytes(scope: &mut HandleScope<'_>, call: u32, view: Blob<'_>) {
    let calls = Guest::of(scope).calls.clone();
    calls.plain(call, Plain::Bytes, |out| view.write_into(scope, out));
}

#[expect(clippy::too_many_arguments, reason = "one for each field of the frame's head")]
pub(super) fn respond(
    scope: &mut HandleScope<'_>,
    call: u32,
    r: String,
    status: u16,
    headers: Option<Vec<String>>,
    removed: Option<Vec<String>>,
    body: Option<Blob<'_>>,
    more: bool,
) -> Result<(), OpError> {
    let head = Respond {
        r: named::<Returned>("r", &r)?,
        s: (status > 0).then_some(status),
        h: headers,
        x: removed,
        more,
        e: None,
    };
    let mut bytes = Vec::new();
    if let Some(body) = body {
        body.write_into(scope, &mut bytes);
    }
    Guest::of(scope).calls.respond(call, &head, &bytes);
    Ok(())
}

pub(super) fn respond_failed(
    scope: &mut HandleScope<'_>,
    call: u32,
    kind: String,
    message: String,
) -> Result<(), OpError> {
    let kind = named::<FailureKind>("kind", &kind)?;
    Guest::of(scope).calls.fail(call, kind, &message);
    Ok(())
}

pub(super) fn respond_chunk(scope: &mut HandleScope<'_>, call: u32, body: Blob<'_>) -> bool {
    let mut bytes = Vec::new();
    body.write_into(scope, &mut bytes);
    Guest::of(scope).calls.chunk(call, &bytes)
}

/// With `failure` the stream is broken off: its caller is not to take it for complete.
pub(super) fn respond_end(scope: &mut HandleScope<'_>, call: u32, failure: Option<String>) {
    let calls = &Guest::of(scope).calls;
    match failure {
        Some(message) => calls.fail(call, FailureKind::Internal, &message),
        None => calls.end(call),
    }
}

/// `call` −1 is the one whose code is running.
pub(super) fn log(
    scope: &mut HandleScope<'_>,
    call: f64,
    level: String,
    text: String,
) -> Result<(), OpError> {
    let level = named::<Level>("level", &level)?;
    let call = if call < 0.0 { activity::current(scope) } else { call as u32 };
    Guest::of(scope).program.logs.write(call, level, &text);
    Ok(())
}

pub(super) fn current_call(scope: &mut HandleScope<'_>) -> u32 {
    activity::current(scope)
}

pub(super) fn span(scope: &mut HandleScope<'_>, call: u32, json: String) {
    let guest = Guest::of(scope);
    let id = CallId::new(guest.program.number, call);
    guest.outbox.with(|out| codec::put(out, Kind::Span, id, json.as_bytes(), &[]));
}
