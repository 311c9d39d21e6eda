//! Accepts connections, bounds their number, and drains them.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::CONNECTION;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::answers::AnswerMemory;
use super::connection::{Connection, ConnectionLimits, Place, Sweep};
use super::io::WatchedIo;
use super::served::Http;
use super::shares::{Share, Shares};

/// Most 503 answers at the same time to callers over the bound; beyond it they are just closed.
const REFUSALS: usize = 64;

/// Time in which a peer that has just connected has to begin its request, once the end has begun.
const FIRST_WORD: Duration = Duration::from_secs(2);

/// Time for a peer that keeps its connection to send the next request, once the end has begun.
const NEXT_WORD: Duration = Duration::from_secs(1);

const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: text/plain; charset=utf-8\r\nretry-after: 1\r\nconnection: close\r\n\
    content-length: 36\r\n\r\ntoo many open connections; try again";

const LATE: &[u8] = b"HTTP/1.1 408 Request Timeout\r\n\
    content-type: text/plain; charset=utf-8\r\nconnection: close\r\n\
    content-length: 45\r\n\r\nthe request's head did not arrive in its time";

/// Answers requests.
pub(crate) trait Serve: Send + Sync + 'static {
    /// The answers' body.
    type Body: http_body::Body<Data = bytes::Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + 'static;

    /// Answers one request that came over `connection`.
    fn serve(
        &self,
        request: Request<Incoming>,
        connection: &Arc<Connection>,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}

/// Settings of a listener.
#[derive(Debug, Clone)]
pub(crate) struct Listener {
    pub limits: ConnectionLimits,
    /// Open connections.
    pub connections: usize,
    /// Open connections of one address.
    pub connections_of_one: usize,
    /// Memory of large answers.
    pub answers: AnswerMemory,
    /// Bytes of a request's head.
    pub head_bytes: usize,
}

/// Accepts from `socket` until `drain` turns true; then finishes what runs for up to `grace` from
/// that moment on and closes everything.
pub(crate) async fn serve<S: Serve>(
    socket: TcpListener,
    options: Listener,
    mut drain: watch::Receiver<bool>,
    grace: impl Fn() -> Duration + Send,
    service: Arc<S>,
) {
    let sweep = Arc::<Sweep>::default();
    let _end = End {
        sweeper: tokio::spawn(sweep.clone().run(options.limits, options.answers)),
        sweep: sweep.clone(),
    };
    let places = Arc::new(Semaphore::new(options.connections));
    let shares = Shares::new(options.connections_of_one);
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    let http = Arc::new(Http::new(options.head_bytes));
    let ending = drain.clone();
    let room = |peer: SocketAddr| {
        let share = shares.take(peer.ip())?;
        Some((places.clone().try_acquire_owned().ok()?, share))
    };
    let take = |stream: TcpStream, peer: SocketAddr| match room(peer) {
        Some(room) => {
            let (place, connection) = sweep.enter(peer.ip());
            let key = place.key();
            let task = tokio::spawn(run(
                http.clone(),
                stream,
                (place, room),
                connection.clone(),
                ending.clone(),
                service.clone(),
            ));
            sweep.bind(key, connection, task.abort_handle());
        }
        None => refuse(stream, &refusals),
    };
    loop {
        let accepted = tokio::select! {
            biased;
            () = begun(&mut drain) => break,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => take(stream, peer),
            Err(error) => wait_out(&error).await,
        }
    }
    // Who has connected already is served: closing the socket would reset them.
    for (stream, peer) in waiting(socket, options.connections) {
        take(stream, peer);
    }
    let all = u32::try_from(options.connections).unwrap_or(u32::MAX);
    // What is still there afterwards ends with `_end`.
    let _ = timeout(grace(), places.acquire_many(all)).await;
}

/// Takes up to `most` connections that the system has accepted, and closes the socket.
fn waiting(socket: TcpListener, most: usize) -> Vec<(TcpStream, SocketAddr)> {
    // The runtime may not have heard of them yet: the system is asked itself.
    let Ok(socket) = socket.into_std() else { return Vec::new() };
    let accepted = std::iter::from_fn(|| socket.accept().ok()).take(most);
    accepted
        .filter_map(|(stream, peer)| {
            stream.set_nonblocking(true).ok()?;
            Some((TcpStream::from_std(stream).ok()?, peer))
        })
        .collect()
}

/// Ends every connection with the listener, however that ends.
struct End {
    sweep: Arc<Sweep>,
    sweeper: JoinHandle<()>,
}

impl Drop for End {
    fn drop(&mut self) {
        self.sweeper.abort();
        self.sweep.abort_all();
    }
}

async fn run<S: Serve>(
    http: Arc<Http>,
    stream: TcpStream,
    _held: (Place, (OwnedSemaphorePermit, Share)),
    connection: Arc<Connection>,
    mut drain: watch::Receiver<bool>,
    service: Arc<S>,
) {
    // Only fails on a socket that is already dead, which the first read says better.
    let _ = stream.set_nodelay(true);
    let io = WatchedIo::new(stream, connection.clone(), http.head_bytes);
    let answer = service_fn(|request| {
        connection.busy();
        let (service, connection) = (&service, &connection);
        async move {
            let mut response = service.serve(request, connection).await;
            if connection.is_ending() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut served = http.serve(io, connection.clone(), answer);
    // How a connection ended concerns its peer alone: a reset or a broken request line is not ours
    // to report.
    tokio::select! {
        biased;
        _ = &mut served => {}
        () = connection.late() => {
            // A peer that is gone needs no answer.
            if let Some(io) = served.into_io() {
                let _ = tell_late(io).await;
            }
        }
        () = begun(&mut drain) => {
            // A peer that keeps its connection may have sent a request already, or is about to:
            // it is answered, and told that nothing comes after it.
            connection.end();
            let patience = if connection.is_new() { FIRST_WORD } else { NEXT_WORD };
            if !connection.is_busy() && timeout(patience, &mut served).await.is_ok() {
                return;
            }
            connection.hurry();
            served.graceful_shutdown();
            let _ = served.await;
        }
    }
}

async fn tell_late(io: WatchedIo) -> std::io::Result<()> {
    let mut io = TokioIo::new(io);
    io.write_all(LATE).await?;
    io.shutdown().await
}

/// Waits for the end to begin; also where nobody is left who could say so.
async fn begun(drain: &mut watch::Receiver<bool>) {
    drop(drain.wait_for(|draining| *draining).await);
}

/// Answers a caller over the bound: it is to come back.
fn refuse(mut stream: TcpStream, refusals: &Arc<Semaphore>) {
    let Ok(permit) = refusals.clone().try_acquire_owned() else { return };
    tokio::spawn(async move {
        let _permit = permit;
        let told = async {
            stream.write_all(FULL).await?;
            stream.shutdown().await?;
            // Closing with unread bytes would reset the connection before the answer is read.
            let mut sink = [0; 1024];
            while tokio::io::AsyncReadExt::read(&mut stream, &mut sink).await? > 0 {}
            std::io::Result::Ok(())
        };
        let _ = timeout(Duration::from_secs(1), told).await;
    });
}

/// Running out of descriptors passes; a peer that left before it was accepted is nothing.
async fn wait_out(error: &std::io::Error) {
    let passing =
        [ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset, ErrorKind::Interrupted];
    if !passing.contains(&error.kind()) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
