//! HTTP requests of functions, and of the platform to URLs that users name.
//!
//! Connections are pooled, and never shared by callers whose policies differ. A request as a whole
//! has a time limit; an answer has bounds on its head and on its body, before and after gzip.

mod body;
mod connect;
mod error;
mod redirect;
mod tls;
mod url;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap,
    HeaderValue, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use ::http::{Method, Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::egress::{Policy, Rule};
use connect::Connector;
pub use error::{HttpError, HttpErrorKind};
use url::Target;

/// Time for a request where its caller says nothing.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_millis(2500);

/// Longest time that a request can be given.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(300);

/// Bytes of an answer's body, before and after it is decoded.
pub const MAX_BODY: usize = 16 << 20;

/// Bytes of an answer's head, and headers in it.
const MAX_HEAD: usize = 256 << 10;
const MAX_HEADERS: usize = 512;

/// Redirects that are followed.
const MAX_REDIRECTS: u32 = 10;

/// Idle connections that are kept for each host, and for how long.
const IDLE: usize = 16;
const IDLE_TIME: Duration = Duration::from_secs(30);

/// Policies that have connections of their own; beyond it all are forgotten.
const MAX_CLIENTS: usize = 256;

type Pool = Client<Connector, Full<Bytes>>;

/// A request.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// Absolute `http://` or `https://` URL, sent as it is given.
    pub url: String,
    /// Headers. Those that belong to the connection are left out.
    pub headers: HeaderMap,
    /// Body; POST, PUT and PATCH without a type are `text/plain`.
    pub body: Bytes,
    /// Time for the whole of it, redirects and the answer's body included; at most [`MAX_TIMEOUT`].
    pub timeout: Duration,
}

/// A complete answer, of any status.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, decoded.
    pub body: Bytes,
}

/// Sends requests where policies let them.
pub struct HttpClient {
    operator: Arc<[Rule]>,
    pools: Mutex<HashMap<Arc<[Rule]>, Pool>>,
}

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpClient").field("operator", &self.operator).finish_non_exhaustive()
    }
}

impl HttpClient {
    /// A client that reaches public addresses, and those that the operator's rules cover.
    pub fn new(operator: impl Into<Arc<[Rule]>>) -> Self {
        Self { operator: operator.into(), pools: Mutex::default() }
    }

    /// Sends a request to what `allow` and the operator's rules cover; without rules in `allow`, to
    /// public addresses. A status that is not 2xx is no error.
    ///
    /// # Errors
    /// Where there is no complete answer in time.
    pub async fn send(
        &self,
        allow: &[Rule],
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        let timeout = request.timeout.min(MAX_TIMEOUT);
        let pool = self.pool(allow);
        let answered = tokio::time::timeout(timeout, follow(&pool, request)).await;
        answered.unwrap_or_else(|_| Err(HttpError::timeout(timeout)))
    }

    fn pool(&self, allow: &[Rule]) -> Pool {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(allow) {
            return pool.clone();
        }
        if pools.len() >= MAX_CLIENTS {
            pools.clear();
        }
        let allow: Arc<[Rule]> = allow.into();
        let policy = Policy::new(self.operator.clone(), allow.clone());
        let pool = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIME)
            .pool_max_idle_per_host(IDLE)
            .http1_max_buf_size(MAX_HEAD)
            .http1_max_headers(MAX_HEADERS)
            .build(Connector::new(policy));
        pools.insert(allow, pool.clone());
        pool
    }
}

/// Sends, and sends again where the answer says so.
async fn follow(pool: &Pool, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
    prepare(&mut request);
    let mut target = Target::parse(&request.url)?;
    for _ in 0..=MAX_REDIRECTS {
        let response = send_once(pool, &request, &target).await?;
        match redirect::next(&mut request, &target, &response)? {
            Some(next) => target = next,
            None => return finish(request.method == Method::HEAD, response).await,
        }
    }
    Err(HttpError::new(
        HttpErrorKind::Redirect,
        format!("it was redirected more than {MAX_REDIRECTS} times"),
    ))
}

/// Adds what every request has, and leaves out what is the connection's.
fn prepare(request: &mut HttpRequest) {
    let headers = &mut request.headers;
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
    headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
    headers
        .entry(USER_AGENT)
        .or_insert(HeaderValue::from_static(concat!("avocet/", env!("CARGO_PKG_VERSION"))));
    if matches!(request.method, Method::POST | Method::PUT | Method::PATCH) {
        let text = HeaderValue::from_static("text/plain");
        headers.entry(CONTENT_TYPE).or_insert(text);
    }
}

async fn send_once(
    pool: &Pool,
    request: &HttpRequest,
    target: &Target,
) -> Result<Response<Incoming>, HttpError> {
    let mut out = Request::new(Full::new(request.body.clone()));
    *out.method_mut() = request.method.clone();
    *out.uri_mut() = target.uri()?;
    *out.headers_mut() = request.headers.clone();
    if let Some(credentials) = target.credentials() {
        out.headers_mut().entry(AUTHORIZATION).or_insert(credentials);
    }
    if request.body.is_empty()
        && matches!(request.method, Method::POST | Method::PUT | Method::PATCH)
    {
        out.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    pool.request(out).await.map_err(|error| HttpError::of_client(&error))
}

async fn finish(is_head: bool, response: Response<Incoming>) -> Result<HttpResponse, HttpError> {
    let (parts, incoming) = response.into_parts();
    let (status, mut headers) = (parts.status, parts.headers);
    let body = match is_head {
        true => Bytes::new(),
        false => body::read(&mut headers, incoming).await?,
    };
    Ok(HttpResponse { status, headers, body })
}
