//! The admin API: `docs/openapi.json` says what it takes and gives.

mod answer;
mod events;
pub(crate) mod functions;
mod guard;
mod kv;
mod lines;
mod logs;
mod messages;
mod objects;
mod platform;
mod problem;
mod router;
mod schedules;
mod stored;
mod stores;
mod subscriptions;
mod time;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, EXPECT};
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use avocet_api::{ApplyFile, ApplyRequest, GatewayLimits, Operation, default_namespace};
use avocet_services::Stores;

use crate::delivery::Delivery;
use crate::life::{Life, to_its_end};
use crate::net::body::{self, BodyError, BodyMemory};
use crate::net::{Connection, Serve};
use crate::results::Results;
use crate::schedules::Schedules;
pub(crate) use answer::AdminBody;
use answer::{json, no_content};
pub use logs::Logs;
pub(crate) use logs::selection;
pub(crate) use problem::Problem;

/// Largest body, in bytes.
const BODY_BYTES: usize = 64 * 1024 * 1024;

/// Answers operators of the platform.
#[derive(Clone)]
pub(crate) struct Admin {
    pub life: Arc<Life>,
    pub delivery: Arc<Delivery>,
    pub results: Arc<Results>,
    pub schedules: Arc<Schedules>,
    pub stores: Stores,
    pub started: (Instant, u64),
    pub address: SocketAddr,
    pub data_folder: PathBuf,
    /// Host names that the API answers to, beside addresses and `localhost`.
    pub names: Vec<String>,
    pub limits: GatewayLimits,
    /// Longest time for a request's body.
    pub body_time: Duration,
    /// Memory of all bodies together.
    pub body_memory: BodyMemory,
    /// Everything that is counted, as Prometheus text.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Turns true when the server is about to end: answers without an end of their own end then.
    pub draining: watch::Receiver<bool>,
}

/// A request whose route and body are known.
struct Asked<'a> {
    segments: Vec<&'a str>,
    query: Vec<(String, String)>,
    headers: &'a HeaderMap,
    body: Bytes,
}

type Answered = Result<Response<AdminBody>, Problem>;

impl Serve for Admin {
    type Body = AdminBody;

    async fn serve(
        &self,
        request: Request<Incoming>,
        connection: &Arc<Connection>,
    ) -> Response<AdminBody> {
        let (parts, body) = request.into_parts();
        let response = match self.answer(&parts, body).await {
            Ok(response) => response,
            Err(problem) => problem.into_response(),
        };
        answer::hold(response, connection)
    }
}

impl Admin {
    async fn answer(&self, parts: &Parts, body: Incoming) -> Answered {
        guard::check(&parts.headers, &parts.uri, &self.names)?;
        let (operation, segments) = router::route(&parts.method, parts.uri.path())?;
        if operation == Operation::WriteStoredObject {
            return self.store_object(&segments, parts, body).await;
        }
        let body = self.read(&parts.headers, body).await?;
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let query = form_urlencoded::parse(query).into_owned().collect();
        let asked = Asked { segments, query, headers: &parts.headers, body };
        self.run(operation, &asked).await
    }

    async fn run(&self, operation: Operation, asked: &Asked<'_>) -> Answered {
        match operation {
            Operation::Info => json(&self.info()),
            Operation::Health => self.health().await,
            Operation::Metrics => Ok(answer::text(crate::gateway::PROMETHEUS, (self.metrics)())),
            Operation::OpenApi => {
                Ok(answer::text("application/json", avocet_api::OPENAPI.to_owned()))
            }
            Operation::Apply => self.apply(asked).await,
            Operation::ListNamespaces => self.namespaces().await,
            Operation::ListFunctions => self.functions(asked),
            Operation::ReadFunction => self.function(asked).await,
            Operation::DeleteFunction => {
                let [namespace, name] = asked.segments()?.map(str::to_owned);
                let life = self.life.clone();
                to_its_end(async move { life.delete(&namespace, &name).await }).await?;
                Ok(no_content())
            }
            Operation::ReadFunctionState => {
                let [namespace, name] = asked.segments()?;
                let function = self.life.existing(namespace, name)?;
                json(&functions::state(&function))
            }
            Operation::ListRevisions => self.revisions(asked).await,
            Operation::ReadRevision => self.revision(asked).await,
            Operation::RollbackFunction => self.roll_back(asked).await,
            Operation::SleepFunction => {
                let [namespace, name] = asked.segments()?;
                let function = self.life.put_to_sleep(namespace, name)?;
                json(&functions::state(&function))
            }
            Operation::WakeFunction => {
                let [namespace, name] = asked.segments()?;
                let function = self.life.wake(namespace, name).await?;
                json(&functions::state(&function))
            }
            Operation::RunCron => self.run_cron(asked).await,
            Operation::ListSchedules => self.schedules(asked),
            Operation::ListSubscriptions => self.subscriptions(asked).await,
            Operation::ReadSubscription => self.subscription(asked).await,
            Operation::ReadLogs => self.logs(asked).await,
            Operation::ListEvents => self.events(asked).await,
            Operation::TailEvents => self.tail_events(asked).await,
            Operation::ExportEvents => self.export_events(asked).await,
            Operation::ImportEvents => self.import_events(asked).await,
            Operation::ReplayEvents => self.replay_events(asked).await,
            Operation::PurgeEvents => self.purge_events(asked).await,
            Operation::ReadEvent => self.event(asked).await,
            Operation::ReplayEvent => self.replay_event(asked).await,
            Operation::ListKeys => self.keys(asked).await,
            Operation::ReadKey => self.key(asked).await,
            Operation::WriteKey => self.write_key(asked).await,
            Operation::DeleteKey => self.delete_key(asked).await,
            Operation::ListStoredObjects => self.stored_objects(asked).await,
            Operation::ReadStoredObject => self.stored_object(asked).await,
            // Stored as it came.
            Operation::WriteStoredObject => {
                Err(Problem::internal("an object's body was read before it was stored"))
            }
            Operation::DeleteStoredObject => self.delete_stored_object(asked).await,
            Operation::PurgeData => self.purge_data(asked).await,
            Operation::Subscribe => self.subscribe(asked).await,
            Operation::PublishMessage => self.publish_message(asked).await,
            Operation::RequestMessage => self.request_message(asked).await,
            Operation::ListObjects => self.objects(asked).await,
            Operation::ReadObject => self.object(asked).await,
            Operation::DeleteObject => {
                let (life, key) = (self.life.clone(), objects::key(asked)?);
                to_its_end(async move { life.delete_object(key).await }).await?;
                Ok(no_content())
            }
        }
    }

    async fn read(&self, headers: &HeaderMap, incoming: Incoming) -> Result<Bytes, Problem> {
        let limits = body::BodyLimits {
            bytes: BODY_BYTES,
            time: self.body_time,
            expects_continue: headers.contains_key(EXPECT),
        };
        let read = body::read(incoming, limits, &self.body_memory).await;
        read.map(|read| read.bytes).map_err(|error| {
            let (status, detail) = error.describe();
            match error {
                BodyError::Busy => Problem::unavailable(detail),
                _ => Problem::new(status, detail),
            }
        })
    }

    async fn apply(&self, asked: &Asked<'_>) -> Answered {
        let mut request = match asked.content_type() {
            Some("application/json") => asked.json::<ApplyRequest>()?,
            Some("application/yaml" | "application/x-yaml" | "text/yaml") => asked.yaml()?,
            other => {
                let other = other.unwrap_or("none");
                return Err(Problem::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    format!("content type {other}; send application/json or application/yaml"),
                ));
            }
        };
        request.dry_run |= asked.flag("dryRun")?;
        let report = self.life.deploy(request).await?;
        let mut response = json(&report)?;
        if report.is_refused() {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        Ok(response)
    }
}

impl<'a> Asked<'a> {
    /// The path's variable segments; the router gave as many as the route has.
    fn segments<const N: usize>(&self) -> Result<[&'a str; N], Problem> {
        <[&str; N]>::try_from(&self.segments[..])
            .map_err(|_| Problem::internal("a route has other segments than its operation"))
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter that is a number, a time, ….
    fn parsed<T: std::str::FromStr>(&self, name: &str, what: &str) -> Result<Option<T>, Problem> {
        let read = |text: &str| {
            let wrong = || Problem::bad_request(format!("{name}={text:?} is not {what}"));
            text.parse().map_err(|_| wrong())
        };
        self.parameter(name).map(read).transpose()
    }

    fn flag(&self, name: &str) -> Result<bool, Problem> {
        Ok(self.parsed(name, "true or false")?.unwrap_or(false))
    }

    fn content_type(&self) -> Option<&str> {
        let value = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        Some(value.split(';').next().unwrap_or(value).trim())
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Problem::bad_request(format!("the body is not as expected: {error}")))
    }

    /// One YAML text as a set.
    fn yaml(&self) -> Result<ApplyRequest, Problem> {
        let text = std::str::from_utf8(&self.body)
            .map_err(|_| Problem::bad_request("the YAML text is not UTF-8"))?;
        let file =
            ApplyFile { path: "stdin.yaml".into(), text: Some(text.to_owned()), base64: None };
        let namespace = self.parameter("namespace").map(str::to_owned);
        let namespace = namespace.unwrap_or_else(default_namespace);
        Ok(ApplyRequest { namespace, files: vec![file], ..ApplyRequest::default() })
    }
}
