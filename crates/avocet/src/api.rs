//! The admin API as commands use it.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::cli::Remote;
use crate::client::{Answer, Client};
use crate::diagnostics;
use crate::failure::{Exit, Failure};

/// What a path segment or a query value may hold as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A server's admin API.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: Client,
}

impl Api {
    /// Of the server that the command line names.
    pub(crate) fn of(remote: &Remote) -> anyhow::Result<Self> {
        Self::at(&remote.server)
    }

    /// Of the server at this URL.
    pub(crate) fn at(url: &str) -> anyhow::Result<Self> {
        Ok(Self { client: Client::new(url)? })
    }

    /// Reads one resource.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None).await?.json()
    }

    /// Sends `body` as JSON where there is one; an answer other than 2xx is a failure.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let answer = self.client.send(request(method, path, body)?).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(refused(&answer).into()) }
    }

    /// Sends `body` as JSON and gives status and JSON, also where the server refuses.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let answer = self.client.send(request(method, path, Some(body))?).await?;
        match answer.json() {
            Ok(json) if json.get("results").is_some() => Ok((answer.status, json)),
            _ => Err(refused(&answer).into()),
        }
    }

    /// Opens an answer that is read as it comes.
    pub(crate) async fn stream(&self, path: &str) -> anyhow::Result<Incoming> {
        let (head, body) = self.client.open(request(Method::GET, path, None)?).await?.into_parts();
        if head.status.is_success() {
            return Ok(body);
        }
        let body = http_body_util::BodyExt::collect(body).await?.to_bytes();
        Err(refused(&Answer { status: head.status, headers: head.headers, body }).into())
    }
}

/// Path of a function, or of something below it (`below` begins with `/`, or is empty).
pub(crate) fn function_path(namespace: &str, name: &str, below: &str) -> String {
    format!("/api/v1/namespaces/{}/functions/{}{below}", escape(namespace), escape(name))
}

/// `text` as a path segment or a query value.
pub(crate) fn escape(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

fn request(
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> anyhow::Result<Request<Full<Bytes>>> {
    let request = Request::builder().method(method).uri(path);
    Ok(match body {
        Some(json) => request
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::from(serde_json::to_vec(json)?))?,
        None => request.body(Full::default())?,
    })
}

/// A problem document as a failure.
fn refused(answer: &Answer) -> Failure {
    let problem = answer.json().unwrap_or_default();
    let exit = match answer.status.as_u16() {
        404 => Exit::NotFound,
        400 | 409 | 413 | 415 | 422 => Exit::Refused,
        _ => Exit::Failed,
    };
    let detail = problem.get("detail").and_then(Value::as_str);
    let Some(detail) = detail else {
        return Failure::new(Exit::Failed, format!("the server answered {}", answer.status))
            .help("is this the address of an Avocet admin API?");
    };
    let mut failure = Failure::new(exit, detail);
    for line in diagnostics::lines(&problem, &|path| path.to_owned()) {
        failure = failure.detail(line);
    }
    failure
}
