//! Host services: what a function asks of the platform while it runs, and the answers.

use serde::{Deserialize, Serialize};

/// [`crate::Kind::HostCall`]; the body is the call's payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCall {
    /// The request's number, chosen by the worker, unique per function while open.
    pub c: u32,
    /// Operation and its arguments.
    #[serde(flatten)]
    pub asked: Asked,
    /// The trace that it belongs to.
    #[serde(flatten)]
    pub trace: TraceContext,
}

/// An operation as a worker named it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Asked {
    /// One that this version knows.
    Known(Operation),
    /// Another one, or one with arguments that are not its own: it is answered with status 501.
    Unknown {
        /// Name of the operation.
        op: String,
    },
}

impl Asked {
    /// Service and method, for messages: `kv.get`.
    pub fn name(&self) -> String {
        let written = serde_json::to_value(self).ok();
        let name = written.as_ref().and_then(|written| written.get("op")?.as_str());
        name.unwrap_or_default().to_owned()
    }
}

impl From<Operation> for Asked {
    fn from(operation: Operation) -> Self {
        Self::Known(operation)
    }
}

/// An operation of a host service. `op` on the wire is service and method (`kv.get`); arguments are
/// beside it, payloads are the frame's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op")]
pub enum Operation {
    /// Publishes the structured CloudEvent that is the body. The answer's status and body are the
    /// bus's.
    #[serde(rename = "events.publish")]
    PublishEvent,

    /// The value of a key, as body; 404 where there is none.
    #[serde(rename = "kv.get")]
    KvGet {
        /// The key.
        key: String,
    },
    /// The value of a key, as body, with [`HostReply::v`] `{revision, created, expires}`; 404 where
    /// there is none.
    #[serde(rename = "kv.getWithMetadata")]
    KvGetWithMetadata {
        /// The key.
        key: String,
    },
    /// Stores the body. `v` is `{revision}`.
    #[serde(rename = "kv.set", rename_all = "camelCase")]
    KvSet {
        /// The key.
        key: String,
        /// Seconds until the value is gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ttl: Option<u64>,
        /// Revision that the key must have (0: none); otherwise 409.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_revision: Option<u64>,
    },
    /// Deletes a key; one that is not there is no error.
    #[serde(rename = "kv.delete")]
    KvDelete {
        /// The key.
        key: String,
    },
    /// Names of all keys, in order: `v` is an array.
    #[serde(rename = "kv.keys")]
    KvKeys,
    /// A page of keys: `v` is `{keys, cursor}`; `cursor` is null on the last.
    #[serde(rename = "kv.list")]
    KvList {
        /// Beginning that all of them have.
        #[serde(default)]
        prefix: String,
        /// Keys at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u32>,
        /// The `cursor` of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    /// Adds to a number that is stored as decimal text (0 where there is none): `v` is the sum.
    #[serde(rename = "kv.increment")]
    KvIncrement {
        /// The key.
        key: String,
        /// The number to add.
        by: i64,
    },

    /// Stores the body as an object. `v` is its info.
    #[serde(rename = "objects.put")]
    ObjectPut {
        /// The object's name.
        name: String,
    },
    /// Begins an object that comes in pieces: `v` is the number of the transfer.
    #[serde(rename = "objects.begin")]
    ObjectBegin {
        /// The object's name.
        name: String,
    },
    /// Adds the body to an object that was begun.
    #[serde(rename = "objects.write")]
    ObjectWrite {
        /// The transfer.
        transfer: u64,
    },
    /// Completes an object that was begun: from now on it is there. `v` is its info.
    #[serde(rename = "objects.commit")]
    ObjectCommit {
        /// The transfer.
        transfer: u64,
    },
    /// Gives a transfer of either direction up.
    #[serde(rename = "objects.abort")]
    ObjectAbort {
        /// The transfer.
        transfer: u64,
    },
    /// An object's beginning, as body, with `v` `{info, transfer}`; `transfer` is null where that is
    /// all of it. 404 where there is none.
    #[serde(rename = "objects.get")]
    ObjectGet {
        /// The object's name.
        name: String,
    },
    /// The next piece of an object, as body; an empty one is its end.
    #[serde(rename = "objects.read")]
    ObjectRead {
        /// The transfer.
        transfer: u64,
    },
    /// Deletes an object; one that is not there is no error.
    #[serde(rename = "objects.delete")]
    ObjectDelete {
        /// The object's name.
        name: String,
    },
    /// Infos of all objects: `v` is an array.
    #[serde(rename = "objects.list")]
    ObjectList,

    /// Publishes the body.
    #[serde(rename = "messaging.publish")]
    Publish {
        /// The subject.
        subject: String,
    },
    /// Sends the body as a request; the answer's body is the reply.
    #[serde(rename = "messaging.request")]
    Request {
        /// The subject.
        subject: String,
    },
    /// Sends the body as a request to all who serve the subject. The answer's body is all replies,
    /// one after the other; `v` is the array of their lengths.
    #[serde(rename = "messaging.requestMany")]
    RequestMany {
        /// The subject.
        subject: String,
    },

    /// An HTTP request with the body. `v` is `{status, headers}`, headers flat: name, value; the
    /// answer's body is the response's.
    #[serde(rename = "http.request")]
    Http {
        /// Method.
        method: String,
        /// URL as the function gave it.
        url: String,
        /// Headers, flat: name, value.
        #[serde(default)]
        headers: Vec<String>,
        /// Milliseconds for the whole of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<u64>,
    },
}

/// The span inside of which something is asked for, as W3C Trace Context and Baggage write it in
/// headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    /// `traceparent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// `tracestate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracestate: Option<String>,
    /// `baggage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baggage: Option<String>,
}

/// [`crate::Kind::HostReply`]; the body is the answer's payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostReply {
    /// The number from [`HostCall`].
    pub c: u32,
    /// A status in HTTP's terms.
    pub s: u16,
    /// Error of the call, where it failed; the guest puts call and key in front of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The result, where it is more than bytes; see [`Operation`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v: Option<serde_json::Value>,
}
