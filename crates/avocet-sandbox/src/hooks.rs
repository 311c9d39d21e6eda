//! The functions that the JavaScript side offers to the loop, and how they are called.

use avocet_engine::realm::Realm;
use avocet_engine::report::ScriptError;
use avocet_engine::v8::{
    ArrayBuffer, Function, Global, HandleScope, Integer, Local, Number, String as JsString, Value,
    null, undefined,
};
use avocet_frames::head::HostReply;

use crate::guest::Body;
use crate::queue::Job;

/// The functions that the loop calls, opened once per instance.
pub(crate) struct Hooks {
    pub(crate) invoke: Global<Function>,
    pub(crate) host_reply: Global<Function>,
    pub(crate) drain: Global<Function>,
    pub(crate) cancel: Global<Function>,
    pub(crate) load: Global<Function>,
}

impl Hooks {
    /// The hooks of the realm that is entered.
    pub(crate) fn take(scope: &mut HandleScope<'_>) -> Result<Self, ScriptError> {
        Ok(Self {
            invoke: Realm::hook(scope, "invoke")?,
            host_reply: Realm::hook(scope, "hostReply")?,
            drain: Realm::hook(scope, "drain")?,
            cancel: Realm::hook(scope, "cancel")?,
            load: Realm::hook(scope, "load")?,
        })
    }
}

/// Calls the handler.
pub(crate) fn invoke(scope: &mut HandleScope<'_>, hook: Local<'_, Function>, job: Job) {
    let Some(head) = text(scope, &job.head) else { return };
    let call = Integer::new_from_unsigned(scope, job.call).into();
    let length = Number::new(scope, job.body.len() as f64).into();
    if !job.body.is_empty()
        && let Some(body) = scope.slot_mut::<Body>()
    {
        body.0 = job.body;
    }
    let receiver = undefined(scope).into();
    // It throws only where it is terminated, which the piece's end sees.
    let _: Option<_> = hook.call(scope, receiver, &[call, head.into(), length]);
}

/// A string from JSON text, which is ASCII almost always.
fn text<'s>(scope: &mut HandleScope<'s>, bytes: &[u8]) -> Option<Local<'s, JsString>> {
    if bytes.is_ascii() {
        return JsString::new_from_one_byte(scope, bytes);
    }
    JsString::new_from_utf8(scope, bytes)
}

/// Calls a hook whose argument is a call's number.
pub(crate) fn call_with_number(scope: &mut HandleScope<'_>, hook: &Global<Function>, number: u32) {
    let hook = hook.open(scope);
    let number = Integer::new_from_unsigned(scope, number).into();
    let receiver = undefined(scope).into();
    let _: Option<_> = hook.call(scope, receiver, &[number]);
}

/// Hands the answer of a host service over.
pub(crate) fn host_reply(
    scope: &mut HandleScope<'_>,
    hook: &Global<Function>,
    head: &HostReply,
    body: &[u8],
) {
    let hook = hook.open(scope);
    let none: Local<'_, Value> = null(scope).into();
    let number = Integer::new_from_unsigned(scope, head.c).into();
    let status = Integer::new(scope, i32::from(head.s)).into();
    let error = head.error.as_deref().and_then(|error| JsString::new(scope, error));
    let error = error.map_or(none, Into::into);
    let payload = match body {
        [] => none,
        _ => match ArrayBuffer::copy_of(scope, body) {
            Some(buffer) => buffer.into(),
            None => return,
        },
    };
    let value = head.v.as_ref().and_then(|value| JsString::new(scope, &value.to_string()));
    let value = value.map_or(none, Into::into);
    let receiver = undefined(scope).into();
    // It throws only where it is terminated, which the piece's end sees.
    let _: Option<_> = hook.call(scope, receiver, &[number, status, error, value, payload]);
}
