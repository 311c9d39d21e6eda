//! A client: HTTP/1.1 to a running server, a connection for each request.

mod error;
mod events;
mod http1;
mod lines;
mod services;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{
    ApplyReport, ApplyRequest, FunctionDetails, FunctionList, Info, Level, LogQuery, NamespaceList,
    ObjectDetails, ObjectList, Operation, Problem, RevisionList, RollbackReport, RollbackRequest,
    RunCronReport, RunCronRequest, ScheduleList, SubscriptionDetails, SubscriptionList, Then,
};
pub use error::ClientError;
pub use http1::{Answer, Http};
pub use lines::{JsonLines, KeyChanges, LogLines, Messages};
pub use services::{Download, Upload};

/// Characters that stay as they are in a path segment or a query value (RFC 3986, "unreserved").
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A server's admin API.
#[derive(Debug, Clone)]
pub struct Api {
    http: Http,
}

type Result<T> = std::result::Result<T, ClientError>;

impl Api {
    /// Of the server at this URL, which must be plain `http`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Url`], [`ClientError::Https`].
    pub fn at(url: &str) -> Result<Self> {
        Ok(Self { http: Http::new(url)? })
    }

    /// Facts about the server.
    ///
    /// # Errors
    /// As every method here: [`ClientError::Refused`] where the server refuses, the others where
    /// there is no answer or none of this API.
    pub async fn info(&self) -> Result<Info> {
        self.read(Operation::Info, &[], "").await
    }

    /// Functions of one namespace, or of all.
    pub async fn functions(&self, namespace: Option<&str>) -> Result<FunctionList> {
        let query = Query::default().and("namespace", namespace);
        self.read(Operation::ListFunctions, &[], &query.0).await
    }

    /// One function.
    pub async fn function(&self, namespace: &str, name: &str) -> Result<FunctionDetails> {
        self.read(Operation::ReadFunction, &[namespace, name], "").await
    }

    /// Deletes a function with its revisions.
    pub async fn delete_function(&self, namespace: &str, name: &str) -> Result<()> {
        let request = request(Operation::DeleteFunction, &[namespace, name], "", None::<&()>)?;
        self.succeed(request).await.map(drop)
    }

    /// A function's revisions, newest first.
    pub async fn revisions(&self, namespace: &str, name: &str) -> Result<RevisionList> {
        self.read(Operation::ListRevisions, &[namespace, name], "").await
    }

    /// Makes an earlier revision the running one.
    pub async fn roll_back(
        &self,
        namespace: &str,
        name: &str,
        to: RollbackRequest,
    ) -> Result<RollbackReport> {
        let request = request(Operation::RollbackFunction, &[namespace, name], "", Some(&to))?;
        json(&self.succeed(request).await?)
    }

    /// Subscriptions and triggers of a namespace, or of all.
    pub async fn subscriptions(&self, namespace: Option<&str>) -> Result<SubscriptionList> {
        let query = Query::default().and("namespace", namespace);
        self.read(Operation::ListSubscriptions, &[], &query.0).await
    }

    /// One subscription with its definition.
    pub async fn subscription(&self, namespace: &str, name: &str) -> Result<SubscriptionDetails> {
        self.read(Operation::ReadSubscription, &[namespace, name], "").await
    }

    /// Schedules of a namespace, or of all.
    pub async fn schedules(&self, namespace: Option<&str>) -> Result<ScheduleList> {
        let query = Query::default().and("namespace", namespace);
        self.read(Operation::ListSchedules, &[], &query.0).await
    }

    /// Runs a schedule of a function now.
    pub async fn run_cron(
        &self,
        namespace: &str,
        name: &str,
        which: RunCronRequest,
    ) -> Result<RunCronReport> {
        let request = request(Operation::RunCron, &[namespace, name], "", Some(&which))?;
        json(&self.succeed(request).await?)
    }

    /// Config maps, secrets, subscriptions and API rules, of one kind or of all.
    pub async fn objects(&self, namespace: Option<&str>, kind: Option<&str>) -> Result<ObjectList> {
        let query = Query::default().and("namespace", namespace).and("kind", kind);
        self.read(Operation::ListObjects, &[], &query.0).await
    }

    /// One of them.
    pub async fn object(&self, namespace: &str, kind: &str, name: &str) -> Result<ObjectDetails> {
        self.read(Operation::ReadObject, &[namespace, kind, name], "").await
    }

    /// Deletes one of them.
    pub async fn delete_object(&self, namespace: &str, kind: &str, name: &str) -> Result<()> {
        let segments = [namespace, kind, name];
        let request = request(Operation::DeleteObject, &segments, "", None::<&()>)?;
        self.succeed(request).await.map(drop)
    }

    /// Namespaces that hold something.
    pub async fn namespaces(&self) -> Result<NamespaceList> {
        self.read(Operation::ListNamespaces, &[], "").await
    }

    /// Deploys a set; a refused one comes back as its report.
    pub async fn apply(&self, set: &ApplyRequest) -> Result<ApplyReport> {
        let answer = self.http.send(request(Operation::Apply, &[], "", Some(set))?).await?;
        match answer.status {
            StatusCode::OK => json(&answer),
            StatusCode::UNPROCESSABLE_ENTITY => json(&answer).map_err(|_| refusal(&answer)),
            _ => Err(refusal(&answer)),
        }
    }

    /// Reads log lines as they come.
    pub async fn logs(&self, which: &LogQuery) -> Result<LogLines> {
        let query = log_query(which);
        self.lines(request(Operation::ReadLogs, &[], &query.0, None::<&()>)?).await
    }

    /// An answer that is read line by line.
    async fn lines<T: DeserializeOwned>(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<JsonLines<T>> {
        self.open(request).await.map(JsonLines::new)
    }

    /// The body of an answer that is read as it comes; an answer other than 2xx is an error.
    async fn open<B>(&self, request: Request<B>) -> Result<Incoming>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = self.http.open(request).await?.into_parts();
        if head.status.is_success() {
            return Ok(body);
        }
        let body = body.collect().await.map_err(ClientError::LogEnded)?.to_bytes();
        Err(refusal(&Answer { status: head.status, headers: head.headers, body }))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        operation: Operation,
        segments: &[&str],
        query: &str,
    ) -> Result<T> {
        json(&self.succeed(request(operation, segments, query, None::<&()>)?).await?)
    }

    /// An answer other than 2xx is an error.
    async fn succeed(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let answer = self.http.send(request).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(refusal(&answer)) }
    }
}

/// A query, with its question mark where it has anything.
#[derive(Debug, Default)]
struct Query(String);

impl Query {
    fn and(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.0.push(if self.0.is_empty() { '?' } else { '&' });
            self.0.push_str(&format!("{name}={}", utf8_percent_encode(value, PLAIN)));
        }
        self
    }
}

fn log_query(which: &LogQuery) -> Query {
    let LogQuery { namespace, function, call, since, tail, level, then } = which;
    let tail = tail.map(|tail| tail.to_string());
    Query::default()
        .and("namespace", namespace.as_deref())
        .and("function", function.as_deref())
        .and("call", call.as_deref())
        .and("since", since.as_deref())
        .and("tail", tail.as_deref())
        .and("level", level.map(Level::name))
        .and("follow", (*then == Then::Follow).then_some("true"))
}

/// A request of an operation whose path has these segments, with `body` as JSON where there is one.
fn request(
    operation: Operation,
    segments: &[&str],
    query: &str,
    body: Option<&impl Serialize>,
) -> Result<Request<Full<Bytes>>> {
    let target = target(operation, segments, query);
    let request = Request::builder().method(&operation.route().method).uri(&target);
    let built = match body {
        Some(body) => {
            let body = serde_json::to_vec(body).map_err(ClientError::Body)?;
            request.header(CONTENT_TYPE, "application/json").body(Full::from(body))
        }
        None => request.body(Full::default()),
    };
    built.map_err(|_| ClientError::Path(target))
}

/// Path and query of an operation.
fn target(operation: Operation, segments: &[&str], query: &str) -> String {
    let mut segments = segments.iter();
    let parts = operation.route().path.split('/').map(|part| match part.starts_with('{') {
        true => segments.next().map(|own| utf8_percent_encode(own, PLAIN).to_string()),
        false => Some(part.to_owned()),
    });
    let path = parts.map(Option::unwrap_or_default).collect::<Vec<_>>().join("/");
    format!("{path}{query}")
}

fn json<T: DeserializeOwned>(answer: &Answer) -> Result<T> {
    serde_json::from_slice(&answer.body).map_err(ClientError::Body)
}

/// A problem document as an error.
fn refusal(answer: &Answer) -> ClientError {
    match serde_json::from_slice::<Problem>(&answer.body) {
        Ok(problem) => {
            ClientError::Refused(Box::new(Problem { status: answer.status.as_u16(), ..problem }))
        }
        Err(_) => ClientError::Status(answer.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries_are_escaped() {
        let path = |segments: &[&str], query: &Query| {
            let request = request(Operation::ReadFunction, segments, &query.0, None::<&()>);
            request.unwrap().uri().to_string()
        };
        let query = Query::default().and("a", None).and("b", Some("x&y=1")).and("c", Some(""));
        assert_eq!(
            path(&["a/b", "c?"], &query),
            "/api/v1/namespaces/a%2Fb/functions/c%3F?b=x%26y%3D1&c="
        );
    }

    #[test]
    fn a_problem_is_told_and_anything_else_is_a_status() {
        let answer = |body: &'static str| Answer {
            status: StatusCode::NOT_FOUND,
            headers: http::HeaderMap::new(),
            body: body.into(),
        };
        let problem = refusal(&answer(r#"{"detail": "no such function"}"#));
        assert!(matches!(problem, ClientError::Refused(p) if p.status == 404));
        let other = refusal(&answer("<html>"));
        assert!(matches!(other, ClientError::Status(StatusCode::NOT_FOUND)));
    }
}
