//! A supervisor with a fake worker, and a sink that can be waited on.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use avocet_frames::head::Load;
use avocet_workers::{
    CallError, CallRequest, CallResponse, CallTag, Definition, Event, FunctionHandle, Launch,
    Launcher, Limits, LogLine, LogSink, Span, Supervisor, SupervisorOptions,
};
use bytes::{BufMut, Bytes, BytesMut};
use tokio::sync::Notify;

/// Far away: no test gets there unless it is broken.
pub(crate) const FAR: Duration = Duration::from_secs(60);

/// Limit so near that it is reached at once.
pub(crate) const NEAR: Duration = Duration::from_millis(1);

/// Keeps what it gets.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    kept: Mutex<Kept>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<LogLine>,
    spans: Vec<Span>,
    events: Vec<Event>,
}

impl LogSink for Sink {
    fn log(&self, line: LogLine) {
        self.kept.lock().unwrap().lines.push(line);
        self.changed.notify_waiters();
    }

    fn span(&self, span: Span) {
        self.kept.lock().unwrap().spans.push(span);
        self.changed.notify_waiters();
    }

    fn event(&self, event: Event) {
        self.kept.lock().unwrap().events.push(event);
        self.changed.notify_waiters();
    }
}

impl Sink {
    async fn until<T>(&self, what: &str, mut find: impl FnMut(&Kept) -> Option<T>) -> T {
        let search = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = find(&self.kept.lock().unwrap()) {
                    return found;
                }
                changed.await;
            }
        };
        match tokio::time::timeout(FAR, search).await {
            Ok(found) => found,
            Err(_) => panic!("no {what} in {:#?}", self.kept.lock().unwrap()),
        }
    }

    /// Waits for the first event that matches.
    pub(crate) async fn event<T>(&self, find: impl FnMut(&Event) -> Option<T>) -> T {
        let mut find = find;
        self.until("such event", |kept| kept.events.iter().find_map(&mut find)).await
    }

    /// Waits for as many events that match.
    pub(crate) async fn events(&self, count: usize, matches: impl Fn(&Event) -> bool) {
        let find = |kept: &Kept| {
            (kept.events.iter().filter(|e| matches(e)).count() >= count).then_some(())
        };
        self.until("such events", find).await;
    }

    /// Waits for a line that contains `text`.
    pub(crate) async fn line(&self, text: &str) -> LogLine {
        let find = |kept: &Kept| kept.lines.iter().find(|l| l.text.contains(text)).cloned();
        self.until(text, find).await
    }

    pub(crate) async fn some_span(&self) -> Span {
        self.until("span", |kept| kept.spans.first().cloned()).await
    }

    pub(crate) fn lines(&self) -> Vec<LogLine> {
        self.kept.lock().unwrap().lines.clone()
    }

    pub(crate) fn count(&self, matches: impl Fn(&Event) -> bool) -> usize {
        self.kept.lock().unwrap().events.iter().filter(|e| matches(e)).count()
    }
}

/// A supervisor of fake workers.
pub(crate) struct Bench {
    pub(crate) supervisor: Supervisor,
    pub(crate) sink: Arc<Sink>,
}

pub(crate) fn fake_launch() -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_avocet-fake-worker"))
}

pub(crate) fn launcher() -> Launcher {
    Launcher::new(env!("CARGO_BIN_EXE_avocet-fake-worker")).arg("launch")
}

/// No warm pool, and limits far away.
pub(crate) fn options(launch: Launch) -> SupervisorOptions {
    SupervisorOptions {
        warm_processes: 0,
        idle_after: FAR,
        worker_idle_after: FAR,
        load_timeout: FAR,
        timeout_grace: Duration::ZERO,
        tick: NEAR,
        pong_within: FAR,
        cancel_within: FAR,
        stall_after: FAR,
        start_within: FAR,
        end_within: FAR,
        ..SupervisorOptions::new(launch, launcher())
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut SupervisorOptions)) -> Self {
        Self::started(fake_launch(), change)
    }

    /// With a setting of the fake worker.
    pub(crate) fn fake(name: &str, value: &str) -> Self {
        Self::started(fake_launch().env(name, value), |_| {})
    }

    pub(crate) fn started(launch: Launch, change: impl FnOnce(&mut SupervisorOptions)) -> Self {
        let sink = Arc::new(Sink::default());
        let mut options = options(launch);
        options.logs = sink.clone();
        change(&mut options);
        Self { supervisor: Supervisor::new(options), sink }
    }

    pub(crate) fn function(&self, name: &str) -> FunctionHandle {
        self.limited(name, |_| {})
    }

    pub(crate) fn limited(&self, name: &str, change: impl FnOnce(&mut Limits)) -> FunctionHandle {
        self.supervisor.register(Arc::new(definition("space", name, change)))
    }
}

pub(crate) fn definition(
    namespace: &str,
    name: &str,
    change: impl FnOnce(&mut Limits),
) -> Definition {
    let mut limits = Limits {
        timeout_ms: FAR.as_millis() as u64,
        cpu_ms: 0,
        heap_bytes: 1 << 26,
        concurrency: 1000,
        instances: 1,
        queue: 1000,
    };
    change(&mut limits);
    let load = Load {
        name: name.into(),
        namespace: namespace.into(),
        revision: 1,
        runtime: "v8".into(),
        entry: "handler.js".into(),
        dir: None,
        export: "main".into(),
        files: Vec::new(),
        env: BTreeMap::new(),
        context: serde_json::Value::Null,
        services: Default::default(),
        limits,
    };
    Definition::new(load, [("handler.js", "code"), ("lib/a.js", "more")]).unwrap()
}

pub(crate) type Answer = Result<CallResponse, CallError>;

pub(crate) fn request(url: &str, body: &[u8]) -> CallRequest<impl FnOnce(&mut BytesMut) + Send> {
    let head = format!(r#"{{"m":"POST","u":"{url}","h":[]}}"#);
    let head = move |out: &mut BytesMut| out.put_slice(head.as_bytes());
    CallRequest::new(head, Bytes::copy_from_slice(body)).tag(CallTag { invocation: 7, trace: 11 })
}

pub(crate) async fn call(function: &FunctionHandle, url: &str) -> Answer {
    within(function.call(request(url, b"body"))).await
}

/// The text that a call answers.
pub(crate) async fn text(function: &FunctionHandle, url: &str) -> String {
    let answer = call(function, url).await.unwrap();
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// A call in a task of its own.
pub(crate) fn spawn(
    function: &FunctionHandle,
    url: &'static str,
) -> tokio::task::JoinHandle<Answer> {
    let function = function.clone();
    tokio::spawn(async move { function.call(request(url, b"body")).await })
}

/// A task that is to end by itself.
pub(crate) async fn join<T>(task: tokio::task::JoinHandle<T>) -> T {
    within(task).await.unwrap()
}

/// Fails instead of hanging.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(FAR, work).await.expect("it does not hang")
}

/// Lets other tasks run until so many calls of the function are in flight.
pub(crate) async fn in_flight(function: &FunctionHandle, calls: u32) {
    within(async {
        while function.state().in_flight != calls {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Whether a process exists, also as a zombie.
pub(crate) fn exists(pid: u32) -> bool {
    std::path::Path::new(&format!("/proc/{pid}")).exists()
}
