//! The admin API: its types, its routes, its OpenAPI document, and a client.
//!
//! Server, command line and console share this crate, so that none of them writes or reads JSON of
//! the API by hand. [`OPENAPI`] is the contract for everybody else; tests hold the types and
//! [`ROUTES`] to it, both ways.
//!
//! With the feature `client`, `client::Api` asks a running server.
//!
//! What this crate is not: it does not answer requests and decides nothing; `avocet-server` does.

mod apply;
#[cfg(feature = "client")]
pub mod client;
mod events;
mod functions;
mod kv;
mod logs;
mod messages;
mod objects;
mod platform;
mod problem;
mod routes;
mod schedules;
mod stored;
mod subscriptions;

pub use apply::{
    ApplyFile, ApplyOutcome, ApplyReport, ApplyRequest, ApplyResult, Diagnostic, Severity,
    default_namespace,
};
pub use events::{
    Attempt, Delivery, DeliveryState, EventDetails, EventFilter, EventList, ImportError,
    ImportReport, PurgeReport, ReplayDeadRequest, ReplayEventRequest, ReplayReport,
};
pub use functions::{
    FunctionDetails, FunctionList, FunctionState, FunctionSummary, Phase, RevisionList,
    RevisionSummary, RollbackReport, RollbackRequest,
};
pub use kv::{KeyChange, KeyList, KeySet, KeySummary, KeyValue, KeyWritten};
pub use logs::{Level, LogGap, LogLine, LogQuery, LogRecord, Stream, Then};
pub use messages::{MessageGap, MessageLine, MessageRecord};
pub use objects::{ObjectDetails, ObjectList, ObjectSummary};
pub use platform::{GatewayLimits, Health, Info, NamespaceList, NamespaceSummary};
pub use problem::Problem;
pub use routes::{NoRoute, Operation, ROUTES, Route, Segments};
pub use schedules::{CatchUp, RunCronReport, RunCronRequest, ScheduleList, ScheduleSummary};
pub use stored::{StoredObject, StoredObjectList};
pub use subscriptions::{
    SubscriptionDetails, SubscriptionList, SubscriptionState, SubscriptionSummary,
};

/// The OpenAPI document of the API, as JSON.
pub const OPENAPI: &str = include_str!("../../../docs/openapi.json");
