//! Host services of functions: keys and values, objects, messaging, and HTTP with its egress policy.
//!
//! [`Services::call`] carries out one operation for one function, which is named by whoever carries
//! the call, never by the call itself: so a function reaches its own buckets and no other. Every
//! operation has a limit in time and in bytes; large objects travel as transfers, piece by piece, so
//! that no object is ever whole in the platform's memory.
//!
//! [`HttpClient`] is the same client for the platform's own requests to URLs that users name.
//!
//! What this crate is not: it stores nothing, and knows neither workers nor engines.

mod answer;
pub mod egress;
pub mod http;
mod kv;
mod messaging;
mod objects;
mod request;
mod transfers;

use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::{KeyValue, Messaging, ObjectStore, Pending};
use avocet_frames::head::Operation;
use bytes::Bytes;

pub use answer::Answer;
use egress::Rule;
pub use http::{HttpClient, HttpError, HttpErrorKind, HttpRequest, HttpResponse};
use objects::Objects;

/// Longest time of one operation of a store.
const STORE_TIME: Duration = Duration::from_secs(10);

/// The stores behind the services.
#[derive(Clone)]
pub struct Stores {
    /// Keys and values.
    pub kv: Arc<dyn KeyValue>,
    /// Objects.
    pub objects: Arc<dyn ObjectStore>,
    /// Messages on subjects.
    pub messaging: Arc<dyn Messaging>,
}

/// The services of a platform.
pub struct Services {
    kv: Arc<dyn KeyValue>,
    objects: Objects,
    messaging: Arc<dyn Messaging>,
    http: Arc<HttpClient>,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").field("http", &self.http).finish_non_exhaustive()
    }
}

/// The function that asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Entries of its `spec.egress.allow`, as they are written.
    pub egress: Vec<String>,
}

impl Services {
    /// Services on these stores, with a client for the functions' HTTP requests.
    pub fn new(stores: Stores, http: Arc<HttpClient>) -> Self {
        let Stores { kv, objects, messaging } = stores;
        Self { kv, objects: Objects::new(objects), messaging, http }
    }

    /// Carries out an operation. It begins when the future is polled for the first time, and ends
    /// within a limit of its own.
    pub async fn call(&self, owner: &Owner, operation: Operation, body: Bytes) -> Answer {
        match operation {
            Operation::PublishEvent => Answer::error(501, "events are not published here"),
            Operation::Http { method, url, headers, timeout } => {
                let asked = request::Asked { method, url, headers, timeout, body };
                request::send(&self.http, &owner.egress, asked).await
            }
            Operation::Publish { .. }
            | Operation::Request { .. }
            | Operation::RequestMany { .. } => {
                messaging::call(&*self.messaging, operation, body).await
            }
            Operation::ObjectPut { .. }
            | Operation::ObjectBegin { .. }
            | Operation::ObjectWrite { .. }
            | Operation::ObjectCommit { .. }
            | Operation::ObjectAbort { .. }
            | Operation::ObjectGet { .. }
            | Operation::ObjectRead { .. }
            | Operation::ObjectDelete { .. }
            | Operation::ObjectList => self.objects.call(owner, operation, body).await,
            _ => kv::call(&*self.kv, owner, operation, body).await,
        }
    }
}

/// The result of a store within [`STORE_TIME`].
async fn in_time<T>(pending: Pending<T>) -> Result<T, Answer> {
    match tokio::time::timeout(STORE_TIME, pending).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Answer::from(&error)),
        Err(_) => {
            Err(Answer::error(504, format!("the store did not answer within {STORE_TIME:?}")))
        }
    }
}

/// Reads the entries of a function's `spec.egress.allow`.
///
/// # Errors
/// The entry that is none.
pub fn rules(entries: &[String]) -> Result<Vec<Rule>, egress::RuleError> {
    entries.iter().map(|entry| entry.parse()).collect()
}
