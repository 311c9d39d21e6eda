//! TCP stream as hyper wants it, which reports progress to its [`Connection`].

use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::framing::Head;
use super::target::Line;
use super::{Connection, refusal};

pub(super) struct WatchedIo {
    stream: TokioIo<TcpStream>,
    connection: Arc<Connection>,
    /// The head that arrives.
    head: Head,
    /// First line of the head.
    line: Line,
    /// Bytes that were read and that hyper has no room for yet.
    held: Vec<u8>,
    /// Whether hyper has places for no more than [`FEW_HEADERS`] headers.
    few: bool,
    /// Bytes that are still thrown away before the socket is closed, once our side is.
    lingering: Option<usize>,
    /// An answer of hyper's own with its reason added, and how much of it is written.
    refusal: Option<(Vec<u8>, usize)>,
    head_bytes: usize,
    /// End of what the peer sends, where it came while an answer is owed.
    ended: Option<Ended>,
}

/// A peer that has closed its side waits for its answer, or is gone: only writing to it tells.
struct Ended {
    /// The time for which it is taken to wait.
    patience: Pin<Box<Sleep>>,
    /// Wakes the connection when it owes nothing any more.
    waker: Waker,
}

/// Time for which a peer that has closed its side and takes nothing is taken to wait for its answer.
const HALF_CLOSED: Duration = Duration::from_secs(2);

/// Bytes that are read at once while a head arrives: as many as hyper reads at first.
const HEAD_READ: usize = 8 * 1024;

/// Bytes that are read at once while an answer is owed.
const BUSY_READ: usize = 32 * 1024;

/// Headers that hyper has places for unless it is configured otherwise.
const FEW_HEADERS: usize = 100;

/// Beginning of an HTTP/2 connection (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2";

/// No head may have it: hyper refuses what it is in.
const NOT_HTTP: &[u8] = b"\0";

/// Bytes that a refused peer may still have on their way: a head or a body that is too large.
const LINGER_BYTES: usize = 16 * 1024 * 1024;

impl WatchedIo {
    /// `head_bytes` is the limit that a refusal names.
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>, head_bytes: usize) -> Self {
        let stream = TokioIo::new(stream);
        let (head, line) = (Head::default(), Line::default());
        let held = Vec::new();
        let (lingering, refusal, ended) = (None, None, None);
        let few = true;
        Self { stream, connection, head, line, held, few, lingering, refusal, head_bytes, ended }
    }

    /// Reads while an answer is owed: a body, the next request, or that the peer says no more.
    fn poll_busy(
        &mut self,
        cx: &mut Context<'_>,
        mut buf: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        let mut bytes = [MaybeUninit::uninit(); BUSY_READ];
        let mut bytes = ReadBuf::uninit(&mut bytes[..buf.remaining().min(BUSY_READ)]);
        ready!(Pin::new(self.stream.inner_mut()).poll_read(cx, &mut bytes))?;
        if bytes.filled().is_empty() {
            return self.poll_ended(cx).map(Ok);
        }
        buf.put_slice(bytes.filled());
        Poll::Ready(Ok(()))
    }

    /// Keeps the end of what the peer sends to itself for as long as the peer may wait for an answer.
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.connection.owes() {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let ended = self.ended.get_or_insert_with(|| Ended {
            patience: Box::pin(tokio::time::sleep(HALF_CLOSED)),
            waker: waker.clone(),
        });
        ended.waker = waker;
        ended.patience.as_mut().poll(cx)
    }

    /// Gives bytes back that hyper had read and not used.
    pub(super) fn unread(&mut self, bytes: &[u8]) {
        self.held.splice(..0, bytes.iter().copied());
    }

    /// Reads while a head arrives. One that gives the body's length in two ways is spoiled before
    /// hyper has all of it. One with many headers waits until hyper has places for them.
    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        mut buf: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        let mut bytes = [MaybeUninit::uninit(); HEAD_READ];
        let mut bytes = ReadBuf::uninit(&mut bytes[..buf.remaining().min(HEAD_READ)]);
        ready!(Pin::new(self.stream.inner_mut()).poll_read(cx, &mut bytes))?;
        // hyper closes a connection that begins so without a word.
        let preface = self.connection.begins() && bytes.filled().starts_with(PREFACE);
        let refused = self.head.read(bytes.filled()) || preface;
        let read = self.line.read(bytes.filled());
        let read: &[u8] = if refused { NOT_HTTP } else { &read };
        if self.few && self.head.headers() > FEW_HEADERS {
            self.few = false;
            self.held.extend_from_slice(read);
            self.connection.received();
            self.connection.leave_few();
            return Poll::Pending;
        }
        let (now, later) = read.split_at(read.len().min(buf.remaining()));
        buf.put_slice(now);
        self.held.extend_from_slice(later);
        Poll::Ready(Ok(()))
    }

    /// Writes the refusal instead of `hyper`'s bytes, all of which count as written at its end.
    fn poll_refusal(&mut self, cx: &mut Context<'_>, hyper: usize) -> Poll<std::io::Result<usize>> {
        while let Some((refusal, done)) = &mut self.refusal
            && *done < refusal.len()
        {
            *done += ready!(hyper::rt::Write::poll_write(
                Pin::new(&mut self.stream),
                cx,
                &refusal[*done..]
            ))?;
        }
        self.refusal = None;
        Poll::Ready(Ok(hyper))
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
        mut buf: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.connection.begins() {
            self.head = Head::default();
            self.line = Line::default();
        }
        if !self.held.is_empty() {
            let room = buf.remaining().min(self.held.len());
            let now: Vec<u8> = self.held.drain(..room).collect();
            buf.put_slice(&now);
            return Poll::Ready(Ok(()));
        }
        let read = match (self.head.is_complete(), self.connection.owes()) {
            (true, true) => self.poll_busy(cx, buf),
            (true, false) => self.stream().poll_read(cx, buf),
            (false, _) => self.poll_head(cx, buf),
        };
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
        if self.refusal.is_none() && !self.connection.owes() {
            self.refusal = refusal::explain(buf, self.head_bytes).map(|whole| (whole, 0));
        }
        let written = match self.refusal {
            Some(_) => self.poll_refusal(cx, buf.len()),
            None => self.stream().poll_write(cx, buf),
        };
        if let (Some(ended), Poll::Ready(Ok(_))) = (&mut self.ended, &written) {
            // A peer that is gone refuses what comes next.
            ended.patience.as_mut().reset(Instant::now() + HALF_CLOSED);
        }
        self.note(written)
    }

    /// Not offered: hyper then copies a small body behind its head and writes once, plainly, which
    /// costs the system less than a gathered write of two pieces.
    fn is_write_vectored(&self) -> bool {
        false
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let flushed = self.stream().poll_flush(cx);
        if flushed.is_ready() {
            self.connection.paid();
            if let Some(ended) = self.ended.as_ref().filter(|_| !self.connection.owes()) {
                ended.waker.wake_by_ref();
            }
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        if self.lingering.is_none() {
            ready!(self.stream().poll_shutdown(cx))?;
            let waits = self.connection.closing();
            self.lingering = Some(if waits { LINGER_BYTES } else { 0 });
        }
        let mut sink = [0; 4096];
        while let Some(left @ 1..) = self.lingering {
            let mut sink = ReadBuf::new(&mut sink);
            let read = Pin::new(self.stream.inner_mut()).poll_read(cx, &mut sink);
            let read = ready!(read).map_or(0, |()| sink.filled().len());
            self.lingering = Some(if read == 0 { 0 } else { left.saturating_sub(read) });
        }
        Poll::Ready(Ok(()))
    }
}
