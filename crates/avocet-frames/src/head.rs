//! The typed heads, one per frame kind that has one.
//!
//! Field names are short where a frame is sent for each call (each has its meaning beside it) and
//! whole words elsewhere. A field that is absent has its default; unknown fields are ignored, so
//! that a newer peer can add one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::level::{Level, UnknownLevel};
pub use crate::services::{Asked, HostCall, HostReply, Operation, TraceContext};

use crate::Trace;

/// [`crate::Kind::Hello`], supervisor to worker and back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`crate::VERSION`] of the sender; a peer that differs is refused.
    pub version: u32,
    /// To the worker: the namespace whose functions it will hold. Empty in the warm pool: a second
    /// hello names it when the worker is taken into use.
    #[serde(default)]
    pub namespace: String,
    /// From the worker: its process id.
    #[serde(default)]
    pub pid: u32,
    /// From the worker: what runs the functions, for people (`V8 10.2.154.26`).
    #[serde(default)]
    pub engine: String,
    /// To the worker: isolates or interpreters that it keeps ready in advance.
    #[serde(default)]
    pub warm: u32,
}

/// [`crate::Kind::Load`]: a function's definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// The function's name.
    pub name: String,
    /// Namespace of the function.
    pub namespace: String,
    /// Revision of the function, from 1.
    pub revision: u64,
    /// The runtime's name as deployed (`v8`, `nodejs20`, `python312`).
    pub runtime: String,
    /// The file that holds the handler, one of `files`.
    pub entry: String,
    /// The handler's export.
    pub export: String,
    /// Paths and lengths of the files whose bytes make up the body, in this order. Empty where
    /// `dir` is given.
    pub files: Vec<FileEntry>,
    /// The folder that holds the files already, for a worker that reads them itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<String>,
    /// The function's environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The `context` argument of the function.
    pub context: serde_json::Value,
    /// Callers beside requests, and reach of its host services.
    #[serde(default, skip_serializing_if = "ServiceSettings::is_default")]
    pub services: ServiceSettings,
    /// Limits of the function.
    pub limits: Limits,
}

/// Callers of a function beside requests, and reach of its host services.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceSettings {
    /// Subjects whose messages call it. Where there are some, a handler without another signature
    /// is `(subject, payload) => …`; a request calls it with the first one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// Whether `eval` and `new Function` work in a function that messages call.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub eval: bool,
    /// Whether a handler `(subject, payload) => …` keeps its globals from call to call.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reuse: bool,
    /// Hosts and networks that its HTTP calls may reach; empty: all public addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub egress: Vec<String>,
}

impl ServiceSettings {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// One file of a [`Load`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative to the function's folder, with `/`.
    pub path: String,
    /// Bytes in the body.
    pub len: usize,
}

/// Limits of one function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall-clock time of one call, milliseconds.
    pub timeout_ms: u64,
    /// Processor time of one call, milliseconds; 0 is no limit of its own.
    #[serde(default)]
    pub cpu_ms: u64,
    /// JavaScript heap (with array buffers) of one instance, bytes.
    pub heap_bytes: u64,
    /// Calls in flight in one instance.
    pub concurrency: u32,
    /// Instances at the same time.
    pub instances: u32,
    /// Calls that wait for their turn, over all instances; beyond it a call fails with
    /// [`FailureKind::Overload`].
    pub queue: u32,
}

/// [`crate::Kind::Loaded`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// Absent: the function is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<SourceError>,
    /// Milliseconds that it took.
    pub took_ms: f64,
}

/// Fault of a source, and its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceError {
    /// One line: `SyntaxError: Unexpected token '}'`.
    pub message: String,
    /// The file, as in [`Load::files`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The source line itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_line: Option<String>,
    /// The stack, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
}

/// [`crate::Kind::Invoke`]. Sent for each call; written by the supervisor, read by the guest's own
/// JSON parser, lazily where it can.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invoke {
    /// Method.
    pub m: String,
    /// URL as the function sees it: path and query, beginning with `/`.
    pub u: String,
    /// Headers, flat: name, value, name, value. Names in lower case, in the order of arrival.
    pub h: Vec<String>,
    /// Places in `h` of values that are Latin-1: their bytes are not UTF-8, as those of all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub l: Vec<u32>,
    /// Kind as which the body is to be read.
    #[serde(default)]
    pub k: BodyKind,
    /// The caller's address, without port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The trace that the call is in. Absent where the caller says nothing of traces and the
    /// supervisor makes no span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t: Option<Trace>,
    /// Subject of a message. Absent for a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s: Option<String>,
}

/// Kind as which the guest reads a request's body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyKind {
    /// No body.
    #[default]
    None,
    /// JSON, not yet parsed: where it does not parse, the guest answers
    /// [`FailureKind::BadBody`] and does not call the function.
    Json,
    /// Text, UTF-8.
    Text,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Bytes.
    Binary,
    /// `multipart/*`: left on the request, `event.data` is absent.
    Multipart,
    /// Bytes that come in body-chunk frames: read from the request, `event.data` is absent.
    Stream,
    /// A structured CloudEvent, already checked: JSON whose attributes are the event's.
    Event,
}

/// [`crate::Kind::Respond`]. The supervisor turns it into the response by the return table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Respond {
    /// Kind of the value that the function returned; the body holds its bytes.
    pub r: Returned,
    /// Status, where the function set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s: Option<u16>,
    /// Headers that the function set, flat: name, value, name, value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub h: Option<Vec<String>>,
    /// Headers that the platform would add and the function removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<Vec<String>>,
    /// The body goes on in respond-chunk frames.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Reason for which the platform, not the function, ended the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<Failure>,
}

/// Kind of a value that a function returned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Returned {
    /// Nothing, `null` or `""`.
    #[default]
    None,
    /// A string, a number or a boolean: the body is its text.
    Text,
    /// An object or an array: the body is its JSON.
    Json,
    /// Bytes.
    Bytes,
    /// The function ended the response itself: status, headers and body are as it set them.
    Response,
    /// Thrown string: the body is that string.
    ThrownText,
    /// Anything else that was thrown; the body is empty and the stack went to the log.
    Thrown,
    /// The call did not end in the function: `e` says why.
    Failed,
}

/// Reason for which the platform ended a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The class, which decides the status.
    pub kind: FailureKind,
    /// One line for people; names the limit and its setting.
    pub message: String,
}

/// Class of a [`Failure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// 408: over the wall-clock limit.
    Timeout,
    /// 408: over the processor-time limit.
    Cpu,
    /// 500: over the heap limit.
    Heap,
    /// 400: the body is not what its content type says.
    BadBody,
    /// 503 with `Retry-After`: the function's queue is full.
    Overload,
    /// 503 with `Retry-After`: the function could not be loaded.
    NotLoaded,
    /// 502: the worker died with the call in it.
    Crashed,
    /// 500: the function left with `process.exit`.
    Exited,
    /// 500: a defect of the platform itself.
    Internal,
}

/// [`crate::Kind::Log`]; the body is the text, without a line break at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// Level.
    pub level: Level,
    /// Milliseconds since the Unix epoch.
    pub time: f64,
    /// The trace that the guest began for the call, 32 hexadecimal digits, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// [`crate::Kind::Pong`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pong {
    /// Instances that are awake.
    pub awake: u32,
    /// Calls in flight.
    pub calls: u32,
    /// Bytes of JavaScript heap in use over all of them.
    pub heap_bytes: u64,
    /// From a worker with one instance: something goes on in it beside its calls (timers, sockets,
    /// threads).
    #[serde(default)]
    pub working: bool,
}

/// [`crate::Kind::Credit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Bytes that the receiver has taken.
    pub n: u32,
}
