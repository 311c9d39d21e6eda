//! A TCP stream as hyper wants it, which tells its [`Connection`] what moves.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper_util::rt::TokioIo;
use tokio::io::AsyncRead as _;
use tokio::net::TcpStream;

use super::Connection;

pub(super) struct WatchedIo {
    stream: TokioIo<TcpStream>,
    connection: Arc<Connection>,
    /// Bytes that are still thrown away before the socket is closed, once our side is.
    lingering: Option<usize>,
}

/// What a refused peer may still have on its way: a head or a body that is too large.
const LINGER_BYTES: usize = 16 * 1024 * 1024;

impl WatchedIo {
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        Self { stream: TokioIo::new(stream), connection, lingering: None }
    }

    fn stream(&mut self) -> Pin<&mut TokioIo<TcpStream>> {
        Pin::new(&mut self.stream)
    }

    fn note<T>(&self, progress: Poll<std::io::Result<T>>) -> Poll<std::io::Result<T>> {
        match &progress {
            Poll::Ready(_) => self.connection.unblocked(),
            Poll::Pending => self.connection.blocked(),
        }
        progress
    }
}

impl hyper::rt::Read for WatchedIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        let read = self.stream().poll_read(cx, buf);
        if read.is_ready() {
            self.connection.received();
        }
        read
    }
}

impl hyper::rt::Write for WatchedIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let written = self.stream().poll_write(cx, buf);
        self.note(written)
    }

    /// Not offered: hyper then copies a small body behind its head and writes once, plainly, which
    /// costs the system less than a gathered write of two pieces.
    fn is_write_vectored(&self) -> bool {
        false
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        if self.lingering.is_none() {
            ready!(self.stream().poll_shutdown(cx))?;
            let waits = self.connection.closing();
            self.lingering = Some(if waits { LINGER_BYTES } else { 0 });
        }
        let mut sink = [0; 4096];
        while let Some(left @ 1..) = self.lingering {
            let mut sink = tokio::io::ReadBuf::new(&mut sink);
            let read = Pin::new(self.stream.inner_mut()).poll_read(cx, &mut sink);
            let read = ready!(read).map_or(0, |()| sink.filled().len());
            self.lingering = Some(if read == 0 { 0 } else { left.saturating_sub(read) });
        }
        Poll::Ready(Ok(()))
    }
}
