//! HTTP/1.1 to one server.

use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{ClientError, Result};

/// Longest wait for a connection: a server that takes longer is as good as not there.
const CONNECT: Duration = Duration::from_secs(10);

/// A server's address, whatever the server is.
#[derive(Debug, Clone)]
pub struct Http {
    /// As given, without a slash at its end.
    base: String,
    authority: String,
    host: HeaderValue,
    path: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Http {
    /// From a URL, which must be plain `http`.
    ///
    /// # Errors
    /// [`ClientError::Url`], [`ClientError::Https`].
    pub fn new(url: &str) -> Result<Self> {
        let url = url.trim_end_matches('/');
        let bad = |reason| ClientError::Url { url: url.to_owned(), reason };
        let uri: Uri = url.parse().map_err(|_| bad("not a URL"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(ClientError::Https(url.to_owned())),
            _ => return Err(bad("not an http URL")),
        }
        let authority = uri.authority().ok_or_else(|| bad("not a URL"))?.to_string();
        let host = HeaderValue::from_str(&authority).map_err(|_| bad("not a URL"))?;
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { base: url.to_owned(), authority, host, path })
    }

    /// Sends a request, whose target is below the URL's path, and waits for the answer's head.
    ///
    /// # Errors
    /// Where there is no connection, or no answer.
    pub async fn open<B>(&self, mut request: Request<B>) -> Result<Response<Incoming>>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let target = format!("{}{}", self.path, request.uri());
        *request.uri_mut() = target.parse().map_err(|_| ClientError::Path(target))?;
        request.headers_mut().entry(HOST).or_insert_with(|| self.host.clone());
        let stream = self.connect().await?;
        let lost = |source| ClientError::NoAnswer { server: self.base.clone(), source };
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
        // An error of the connection also reaches whoever reads the answer.
        tokio::spawn(connection);
        sender.send_request(request).await.map_err(lost)
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// As [`Http::open`], and where the answer breaks off.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let (head, body) = self.open(request).await?.into_parts();
        let lost = |source| ClientError::BrokenOff { server: self.base.clone(), source };
        let body = body.collect().await.map_err(lost)?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    async fn connect(&self) -> Result<TcpStream> {
        let port =
            if self.authority.contains(':') && !self.authority.ends_with(']') { "" } else { ":80" };
        let address = format!("{}{port}", self.authority);
        let unreachable =
            |reason: String| ClientError::Unreachable { server: self.base.clone(), reason };
        let stream = tokio::time::timeout(CONNECT, TcpStream::connect(address))
            .await
            .map_err(|_| unreachable(format!("no connection within {} s", CONNECT.as_secs())))?
            .map_err(|error| unreachable(error.to_string()))?;
        // It only saves time.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}
