//! Sends finished spans to a collector: OTLP over HTTP, in its JSON encoding.
//!
//! Callers never wait for it: a span goes into a bounded queue, and what does not fit is counted and
//! dropped. One task takes batches out of the queue; a collector that does not answer is tried again
//! ever more rarely.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use avocet_backplane::{Level, LogLine, LogStore};
use avocet_functions::model::FunctionName;
use avocet_runtimes::COLLECTOR_VARIABLE;
use avocet_workers::{Definition, Span};
use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::log_lines::platform_error;
use crate::neighbours::Neighbours;
use crate::outbound::{NoTarget, Target, connect};
use encode::request;

mod encode;

/// Bytes of spans that wait; further ones are dropped.
const MAX_BYTES: usize = 8 << 20;

/// Spans of one request.
const BATCH: usize = 512;

/// Spans wait so long for others to go with them.
const GATHER: Duration = Duration::from_secs(1);

/// Time of one request.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Pauses after failures: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Attempts for one batch.
const ATTEMPTS: u32 = 3;

/// Bytes of an answer that are read; nothing is done with them.
const ANSWER_BYTES: usize = 64 * 1024;

/// The queue in front of a collector, and the task that empties it.
#[derive(Debug)]
pub(crate) struct Exporter {
    /// [`Collector::function`].
    collector: Option<FunctionName>,
    queue: Mutex<Queue>,
    /// There is something to send.
    filled: Arc<Notify>,
    sent: AtomicU64,
    dropped: AtomicU64,
    /// Weak: the log store may own this exporter.
    log: OnceLock<Weak<dyn LogStore>>,
}

#[derive(Debug, Default)]
struct Queue {
    spans: VecDeque<(Arc<Definition>, Bytes)>,
    bytes: usize,
}

/// A collector's address that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// Text that is no URL.
    #[error("the trace collector's address `{0}` is no URL")]
    NoUrl(String),
    /// URL of another kind than the one that is spoken here.
    #[error("the trace collector's address `{0}` must begin with http:// or https://")]
    Scheme(String),
}

/// Collector that spans are sent to.
#[derive(Debug, Clone)]
struct Collector {
    /// The address as it was given.
    url: String,
    target: Target,
    path: String,
    /// The function whose address on a cluster it is, and where that is answered if it is deployed
    /// here. Its own spans are not for it: each batch of them would make the next one.
    function: Option<FunctionName>,
    neighbours: Neighbours,
}

impl Collector {
    /// `http[s]://host[:port][/path]`; the path is `/v1/traces` where none is given.
    fn parse(text: &str, neighbours: Neighbours) -> Result<Self, CollectorError> {
        let uri: Uri = text.parse().map_err(|_| CollectorError::NoUrl(text.into()))?;
        let target = Target::of(&uri).map_err(|why| match why {
            NoTarget::Host => CollectorError::NoUrl(text.into()),
            NoTarget::Scheme => CollectorError::Scheme(text.into()),
        })?;
        let path = match uri.path() {
            "" | "/" => "/v1/traces",
            path => path,
        };
        Ok(Self {
            url: text.to_owned(),
            function: FunctionName::of_service(target.host()),
            target,
            path: path.to_owned(),
            neighbours,
        })
    }
}

impl Exporter {
    /// Starts sending to `endpoint`, which may be one of `neighbours`.
    pub(crate) fn start(
        endpoint: &str,
        neighbours: Neighbours,
    ) -> Result<Arc<Self>, CollectorError> {
        let collector = Collector::parse(endpoint, neighbours)?;
        let exporter = Arc::new(Self {
            collector: collector.function.clone(),
            queue: Mutex::default(),
            filled: Arc::default(),
            sent: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            log: OnceLock::new(),
        });
        tokio::spawn(run(Arc::downgrade(&exporter), exporter.filled.clone(), collector));
        Ok(exporter)
    }

    /// Logs to `log` when the collector begins to take nothing, with the reason, and when it takes
    /// spans again. Sets the log once; later calls are ignored.
    pub(crate) fn log_to(&self, log: &Arc<dyn LogStore>) {
        self.log.get_or_init(|| Arc::downgrade(log));
    }

    fn say(&self, level: Level, text: String) {
        if let Some(log) = self.log.get().and_then(Weak::upgrade) {
            log.append(vec![LogLine { level, ..platform_error(text) }]);
        }
    }

    /// Spans that the collector took, and spans that were dropped.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.sent.load(Relaxed), self.dropped.load(Relaxed))
    }

    pub(crate) fn push(&self, span: Span) {
        let load = span.function.load();
        let own =
            |name: &FunctionName| name.name() == load.name && name.namespace() == load.namespace;
        if self.collector.as_ref().is_some_and(own) {
            return;
        }
        let mut queue = self.lock();
        if queue.bytes + span.json.len() > MAX_BYTES {
            self.dropped.fetch_add(1, Relaxed);
            return;
        }
        queue.bytes += span.json.len();
        // A copy of its own: the original shares its bytes with everything that came with it.
        queue.spans.push_back((span.function, Bytes::copy_from_slice(&span.json)));
        if matches!(queue.spans.len(), 1 | BATCH) {
            self.filled.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<(Arc<Definition>, Bytes)> {
        let mut queue = self.lock();
        let count = queue.spans.len().min(BATCH);
        let batch: Vec<_> = queue.spans.drain(..count).collect();
        queue.bytes -= batch.iter().map(|(_, json)| json.len()).sum::<usize>();
        batch
    }

    fn waiting(&self) -> usize {
        self.lock().spans.len()
    }
}

async fn run(exporter: Weak<Exporter>, filled: Arc<Notify>, collector: Collector) {
    let mut connection = None;
    // It takes nothing, and the log says so.
    let mut down = false;
    let mut pause = PAUSES.0;
    loop {
        let waiting = match exporter.upgrade() {
            Some(exporter) => exporter.waiting(),
            None => return,
        };
        if waiting == 0 {
            filled.notified().await;
        }
        if waiting < BATCH {
            // Until more have come, or enough of them.
            let _ = timeout(GATHER, filled.notified()).await;
        }
        let Some(batch) = exporter.upgrade().map(|exporter| exporter.take()) else { return };
        if batch.is_empty() {
            continue;
        }
        let (count, body) = (batch.len() as u64, Bytes::from(request(&batch)));
        drop(batch);
        let mut sent = Err(Untaken { again: true, why: String::new() });
        for attempt in 0..ATTEMPTS {
            sent = post(&mut connection, &collector, body.clone()).await;
            let Err(untaken) = &sent else {
                pause = PAUSES.0;
                break;
            };
            if !std::mem::replace(&mut down, true) {
                tell_down(&exporter, &collector, &untaken.why);
            }
            connection = None;
            if !untaken.again {
                break;
            }
            if attempt + 1 < ATTEMPTS {
                sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
        let Some(exporter) = exporter.upgrade() else { return };
        match sent {
            Ok(()) => {
                exporter.sent.fetch_add(count, Relaxed);
                if std::mem::take(&mut down) {
                    tell_up(&exporter, &collector);
                }
            }
            Err(_) => {
                exporter.dropped.fetch_add(count, Relaxed);
            }
        }
    }
}

fn tell_down(exporter: &Weak<Exporter>, collector: &Collector, why: &str) {
    let Some(exporter) = exporter.upgrade() else { return };
    let url = &collector.url;
    let text = format!("the trace collector {url} takes no spans: {why} ({COLLECTOR_VARIABLE})");
    exporter.say(Level::Warn, text);
}

fn tell_up(exporter: &Exporter, collector: &Collector) {
    let (url, dropped) = (&collector.url, exporter.dropped.load(Relaxed));
    let text = format!("the trace collector {url} takes spans again; {dropped} were dropped");
    exporter.say(Level::Info, text);
}

/// Spans that the collector did not take.
struct Untaken {
    /// Another attempt may do.
    again: bool,
    why: String,
}

/// Sends a request.
async fn post(
    connection: &mut Option<SendRequest<Full<Bytes>>>,
    collector: &Collector,
    body: Bytes,
) -> Result<(), Untaken> {
    let lost = |error: &dyn std::fmt::Display| Untaken { again: true, why: error.to_string() };
    let exchange = async {
        let mut sender = match connection.take().filter(SendRequest::is_ready) {
            Some(sender) => sender,
            None => open(collector).await.map_err(|error| lost(&error))?,
        };
        let request = Request::post(&collector.path)
            .header(header::HOST, &collector.target.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| lost(&error))?;
        let response = sender.send_request(request).await.map_err(|error| lost(&error))?;
        let status = response.status();
        let read = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
        read.map_err(|error| lost(&error))?;
        *connection = Some(sender);
        if status.is_success() {
            return Ok(());
        }
        // Statuses that OTLP/HTTP says are worth another attempt.
        let again = matches!(status.as_u16(), 429 | 502 | 503 | 504);
        Err(Untaken { again, why: format!("it answered {status}") })
    };
    let late = || lost(&format!("it did not answer within {} s", ANSWER_LIMIT.as_secs()));
    timeout(ANSWER_LIMIT, exchange).await.unwrap_or_else(|_| Err(late()))
}

async fn open(collector: &Collector) -> std::io::Result<SendRequest<Full<Bytes>>> {
    let stream = connect(&collector.target, &collector.neighbours).await?;
    let (sender, connection) =
        handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
    tokio::spawn(async move {
        // Its end shows at the next request.
        let _ = connection.await;
    });
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn function(name: &str) -> Arc<Definition> {
        let load = json!({
            "name": name, "namespace": "shop", "revision": 1, "runtime": "v8", "entry": "handler.js",
            "export": "main", "files": [], "context": {},
            "limits": { "timeout_ms": 1, "heap_bytes": 1, "concurrency": 1, "instances": 1, "queue": 1 },
        });
        Arc::new(Definition::in_folder(serde_json::from_value(load).unwrap(), "/x"))
    }

    fn span(function: &Arc<Definition>, json: &'static str) -> Span {
        Span { function: function.clone(), tag: None, json: Bytes::from_static(json.as_bytes()) }
    }

    #[test]
    fn an_address_has_defaults() {
        let of = |url| {
            Collector::parse(url, Neighbours::default()).map(|own| (own.target.authority, own.path))
        };
        let expected = |host: &str, path: &str| (host.to_owned(), path.to_owned());
        assert_eq!(of("http://collector").unwrap(), expected("collector", "/v1/traces"));
        assert_eq!(of("https://127.0.0.1:99/own").unwrap(), expected("127.0.0.1:99", "/own"));
        assert!(matches!(
            Collector::parse("ftp://x", Neighbours::default()),
            Err(CollectorError::Scheme(_))
        ));
        assert!(matches!(
            Collector::parse("/v1", Neighbours::default()),
            Err(CollectorError::NoUrl(_))
        ));
    }

    #[test]
    fn spans_are_sorted_by_function_and_scope() {
        let (one, two) = (function("one"), function("two"));
        let json = |text: &'static str| Bytes::from_static(text.as_bytes());
        let batch = [
            (one.clone(), json(r#"{"name":"a","scope":"s"}"#)),
            (two, json(r#"{"name":"b"}"#)),
            (one.clone(), json("nonsense")),
            (one, json(r#"{"name":"c","scope":"s"}"#)),
        ];
        let value: Value = serde_json::from_slice(&request(&batch)).unwrap();
        let resources = value["resourceSpans"].as_array().unwrap();
        assert_eq!(resources.len(), 2);
        let first = &resources[0];
        assert_eq!(first["resource"]["attributes"][0]["value"]["stringValue"], "one");
        assert_eq!(first["scopeSpans"][0]["scope"]["name"], "s");
        assert_eq!(first["scopeSpans"][0]["spans"], json!([{ "name": "a" }, { "name": "c" }]));
    }

    #[tokio::test]
    async fn what_does_not_fit_is_dropped() {
        let exporter = Exporter::start("http://127.0.0.1:1", Neighbours::default()).unwrap();
        let of = function("one");
        let large = Bytes::from(vec![b' '; MAX_BYTES / 2 + 1]);
        for _ in 0..3 {
            exporter.push(Span { function: of.clone(), tag: None, json: large.clone() });
        }
        assert_eq!((exporter.waiting(), exporter.counts()), (1, (0, 2)));
    }

    #[tokio::test]
    async fn a_collector_gets_a_batch() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let exporter = Exporter::start(&endpoint, Neighbours::default()).unwrap();
        let of = function("one");
        for _ in 0..BATCH {
            exporter.push(span(&of, r#"{"name":"a","scope":"s"}"#));
        }
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        let mut buf = vec![0; 64 * 1024];
        while !text.ends_with("]}]}]}") {
            let read = socket.read(&mut buf).await.unwrap();
            text.push_str(std::str::from_utf8(&buf[..read]).unwrap());
        }
        assert!(text.starts_with("POST /v1/traces HTTP/1.1\r\n"));
        assert_eq!(text.matches(r#"{"name":"a"}"#).count(), BATCH);
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
        while exporter.counts() != (BATCH as u64, 0) {
            tokio::task::yield_now().await;
        }
    }
}
