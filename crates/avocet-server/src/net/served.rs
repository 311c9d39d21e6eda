//! A connection as hyper serves it, with room for as many headers as its heads turn out to have.
//!
//! hyper sets out places for a head's headers before it reads any: 100 are on its stack, more cost
//! every request an allocation and a copy of all of them. So a connection begins with those, and
//! goes over to many when the first head with more arrives, before hyper has parsed any of it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::HttpService;

use super::connection::Connection;
use super::io::WatchedIo;

/// Shortest line of a header: a name of one letter, the colon and the line's end.
const SHORTEST_LINE: usize = 4;

/// Most headers of a request: fewer than [`http::HeaderMap`] can hold.
const MOST_HEADERS: usize = 20_000;

/// Makers of connections.
#[derive(Debug, Clone)]
pub(super) struct Http {
    few: http1::Builder,
    many: http1::Builder,
    /// Bytes of a request's head.
    pub(super) head_bytes: usize,
}

impl Http {
    /// Limits heads to `head_bytes`, and to [`MOST_HEADERS`].
    pub(super) fn new(head_bytes: usize) -> Self {
        let mut few = http1::Builder::new();
        // No `pipeline_flush`: with it hyper keeps its own 400 and 431 to itself.
        few.max_buf_size(head_bytes).header_read_timeout(None);
        let mut many = few.clone();
        many.max_headers((head_bytes / SHORTEST_LINE).min(MOST_HEADERS));
        Self { few, many, head_bytes }
    }

    pub(super) fn serve<S>(
        &self,
        io: WatchedIo,
        connection: Arc<Connection>,
        service: S,
    ) -> Served<S>
    where
        S: HttpService<Incoming>,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        S::ResBody: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>> + 'static,
    {
        let hyper = Some(self.few.serve_connection(io, service));
        Served { hyper, many: self.many.clone(), connection }
    }
}

/// A connection that is served, until it ends.
pub(super) struct Served<S: HttpService<Incoming>> {
    /// `None` only while it is exchanged.
    hyper: Option<http1::Connection<WatchedIo, S>>,
    many: http1::Builder,
    connection: Arc<Connection>,
}

impl<S> Served<S>
where
    S: HttpService<Incoming> + Unpin,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::ResBody: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>> + 'static,
{
    /// Lets the connection end after the answer that it owes.
    pub(super) fn graceful_shutdown(&mut self) {
        if let Some(hyper) = &mut self.hyper {
            Pin::new(hyper).graceful_shutdown();
        }
    }

    /// The stream, whatever was going on over it.
    pub(super) fn into_io(self) -> Option<WatchedIo> {
        self.hyper.map(|hyper| hyper.into_parts().io)
    }

    fn widen(&mut self) {
        if let Some(hyper) = self.hyper.take() {
            let http1::Parts { mut io, read_buf, service, .. } = hyper.into_parts();
            io.unread(&read_buf);
            self.hyper = Some(self.many.serve_connection(io, service));
        }
    }
}

impl<S> Future for Served<S>
where
    S: HttpService<Incoming> + Unpin,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::ResBody: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>> + 'static,
{
    type Output = hyper::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        while let Some(hyper) = &mut self.hyper {
            match Pin::new(hyper).poll(cx) {
                Poll::Pending if self.connection.leaves_few() => self.widen(),
                polled => return polled,
            }
        }
        Poll::Ready(Ok(()))
    }
}
