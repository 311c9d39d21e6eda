//! HTTP to a running server: its admin API and its gateway.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::failure::{Exit, Failure};

/// Longest wait for a connection: a server that takes longer is as good as not there.
const CONNECT: Duration = Duration::from_secs(10);

/// A server's address.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// As given, without a slash at its end.
    base: String,
    authority: String,
    path: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    /// From a URL, which must be plain http.
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        let url = url.trim_end_matches('/');
        let bad = |why: &str| {
            Failure::new(Exit::Usage, format!("{why}: {url}"))
                .help("name a server like http://127.0.0.1:8081 with --server or AVOCET_SERVER")
        };
        let uri: Uri = url.parse().map_err(|_| bad("not a URL"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(bad("https is not supported")
                    .detail("The admin API is meant for the server's own machine or a tunnel to it (ssh -L 8081:127.0.0.1:8081 HOST).")
                    .into());
            }
            _ => return Err(bad("not an http URL").into()),
        }
        let authority = uri.authority().context("a URL with a scheme has an authority")?;
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { base: url.to_owned(), authority: authority.to_string(), path })
    }

    /// Sends a request and waits for the answer's head.
    pub(crate) async fn open(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> anyhow::Result<Response<Incoming>> {
        let target = format!("{}{}", self.path, request.uri());
        *request.uri_mut() = target
            .parse()
            .map_err(|_| Failure::new(Exit::Usage, format!("not a path: {target}")))?;
        if !request.headers().contains_key(http::header::HOST) {
            request.headers_mut().insert(http::header::HOST, self.authority.parse()?);
        }
        let stream = self.connect().await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // An error of the connection also reaches whoever reads the answer.
        tokio::spawn(connection);
        let lost = || format!("the server did not answer: {}", self.base);
        sender.send_request(request).await.with_context(lost)
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let (head, body) = self.open(request).await?.into_parts();
        let lost = || format!("the answer broke off: {}", self.base);
        let body = body.collect().await.with_context(lost)?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    async fn connect(&self) -> anyhow::Result<TcpStream> {
        let port =
            if self.authority.contains(':') && !self.authority.ends_with(']') { "" } else { ":80" };
        let address = format!("{}{port}", self.authority);
        let unreachable = |why: String| {
            Failure::new(Exit::Unreachable, format!("no server answers: {}: {why}", self.base))
                .help("start one with `avocet serve`, or name it with --server or AVOCET_SERVER")
        };
        let stream = tokio::time::timeout(CONNECT, TcpStream::connect(address))
            .await
            .map_err(|_| unreachable(format!("no connection within {} s", CONNECT.as_secs())))?
            .map_err(|error| unreachable(error.to_string()))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).context("the server's answer is not JSON")
    }
}
