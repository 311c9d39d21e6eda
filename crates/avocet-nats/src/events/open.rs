//! Opening the log: its streams, and the view that is made of them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, Info};
use avocet_backplane::{Error, ErrorKind, EventFilter, EventQuery, EventView, Result};
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::timeout;

use super::journal::Line;
use super::write::Writer;
use super::{EVENTS, EventOptions, LEDGER, LINE, Log, NatsEvents};
use crate::calls::Calls;
use crate::tail::Tail;

/// Time for which lines of the ledger are kept: longer than any event.
const KEEP_LEDGER: Duration = Duration::from_secs(90 * 24 * 3600);

/// Time between two looks for events that the stream can forget.
const TRIM_EVERY: Duration = Duration::from_secs(60);

/// Number of the view's stream of events: the time at which that was made.
const STREAM: &str = "stream";

impl NatsEvents {
    pub(crate) async fn open(
        calls: Calls,
        view: Arc<dyn EventView>,
        options: EventOptions,
    ) -> Result<Self> {
        let (events, ledger) = streams(&calls, options).await?;
        settle(&*view, &events, &ledger).await?;
        let writer = Writer::new(view.session());
        let log = Arc::new(Log {
            calls,
            view,
            writer: AsyncMutex::new(writer),
            malformed: std::sync::Mutex::default(),
            sessions: AtomicU64::new(0),
        });
        log.find_malformed().await?;
        let placing = log.calls.spawn(Arc::clone(&log).place_all());
        let mut opened = Self { log: Arc::clone(&log), tasks: vec![placing] };
        log.wait_for(events.state.last_sequence).await?;
        log.catch_up(&mut *log.writer.lock().await).await?;
        log.remember().await?;
        opened.tasks.push(log.calls.spawn(Arc::clone(&log).trim_always()));
        Ok(opened)
    }
}

/// Makes the streams where they are missing, and looks at them.
async fn streams(calls: &Calls, options: EventOptions) -> Result<(Info, Info)> {
    let events = Config {
        name: EVENTS.into(),
        subjects: vec!["avocet.events.>".into()],
        max_bytes: options.bytes.map_or(-1, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        discard: DiscardPolicy::New,
        duplicate_window: options.duplicates,
        allow_direct: true,
        num_replicas: calls.replicas,
        ..Config::default()
    };
    let ledger = Config {
        name: LEDGER.into(),
        subjects: vec!["avocet.ledger".into()],
        max_age: KEEP_LEDGER,
        duplicate_window: options.duplicates,
        allow_direct: true,
        num_replicas: calls.replicas,
        ..Config::default()
    };
    calls.ensure("stream AVOCET_EVENTS", events).await?;
    calls.ensure("stream AVOCET_LEDGER", ledger).await?;
    Ok((info(calls, EVENTS).await?, info(calls, LEDGER).await?))
}

async fn info(calls: &Calls, stream: &str) -> Result<Info> {
    match calls.through(|| calls.jetstream.get_stream(stream)).await {
        Ok(stream) => Ok(stream.cached_info().clone()),
        Err(error) => Err(calls.failed(format!("stream {stream}"), error)),
    }
}

/// Has the view begin anew where it is of another stream, or knows more than the broker does.
async fn settle(view: &dyn EventView, events: &Info, ledger: &Info) -> Result<()> {
    let made = u64::try_from(events.created.unix_timestamp_nanos() / 1000).unwrap_or(0);
    let known = view.marked(STREAM).await?;
    let line = view.marked(LINE).await?.unwrap_or(0);
    let last = *view.watch().borrow();
    let is_ahead = last > events.state.last_sequence || line > ledger.state.last_sequence;
    if known != Some(made) || is_ahead {
        view.clear().await?;
        view.mark(STREAM, made).await?;
    }
    Ok(())
}

impl Log {
    /// Waits until the view has this position, as long as it comes nearer.
    async fn wait_for(&self, position: u64) -> Result<()> {
        let mut last = self.view.watch();
        while *last.borrow_and_update() < position {
            let changed = timeout(self.calls.timeout, last.changed()).await;
            let what = "reading the events";
            changed
                .map_err(|_| self.calls.unreachable(what, "no event came"))?
                .map_err(|_| Error::Closed)?;
        }
        Ok(())
    }

    /// Reads the lines of the ledger that are not in the view.
    pub(super) async fn catch_up(&self, writer: &mut Writer) -> Result<()> {
        let last = info(&self.calls, LEDGER).await?.state.last_sequence;
        let mut line = self.view.marked(LINE).await?.unwrap_or(0);
        // Old lines are forgotten: the last one may be behind a gap, or gone.
        let first = info(&self.calls, LEDGER).await?.state.first_sequence;
        line = line.max(first.saturating_sub(1));
        self.look_up_names(writer).await?;
        let mut tail = Tail::new(&self.calls, LEDGER.into(), "avocet.ledger".into(), line);
        while line < last {
            let listed = timeout(self.calls.timeout, tail.next()).await;
            let what = "reading the ledger";
            let listed = listed.map_err(|_| self.calls.unreachable(what, "no line came"))?;
            line = listed.sequence;
            // A line that somebody else wrote there says nothing.
            if let Ok(read) = serde_json::from_slice::<Line>(&listed.payload) {
                self.wait_for(read.after).await?;
                match self.apply(writer, read.command).await {
                    Err(error) if error.kind() != ErrorKind::Invalid => return Err(error),
                    _ => {}
                }
            }
            self.view.mark(LINE, line).await?;
        }
        writer.is_at(line.max(last));
        Ok(())
    }

    /// Finds the messages that are no events among those that the view has.
    async fn find_malformed(&self) -> Result<()> {
        let filter = EventFilter { source: Some(String::new()), ..EventFilter::default() };
        let mut query = EventQuery { filter, ..EventQuery::default() };
        loop {
            let page = self.view.list(query.clone()).await?;
            let reason = || "it is no CloudEvent".to_owned();
            let found = page.events.iter().map(|listed| (listed.event.position, reason()));
            self.malformed().extend(found);
            query.from = page.next;
            if query.from.is_none() {
                return Ok(());
            }
        }
    }

    /// Forgets at the broker what the view has forgotten, now and then.
    async fn trim_always(self: Arc<Self>) {
        let mut remembered = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(TRIM_EVERY).await;
            // Where it fails, the next look tries again.
            self.trim().await.ok();
            if remembered.elapsed() > Duration::from_secs(24 * 3600) {
                remembered = tokio::time::Instant::now();
                self.remember().await.ok();
            }
        }
    }

    async fn trim(&self) -> Result<()> {
        let last = *self.view.watch().borrow();
        let page = self.view.read(0, 1).await?;
        let first = page.events.first().map_or(last + 1, |event| event.position);
        if info(&self.calls, EVENTS).await?.state.first_sequence >= first {
            return Ok(());
        }
        let what = "purge of old events";
        let stream = self.calls.jetstream.get_stream_no_info(EVENTS).await;
        let stream = stream.map_err(|error| self.calls.failed(what, error))?;
        let purged = stream.purge().sequence(first).await;
        purged.map(drop).map_err(|error| self.calls.failed(what, error))?;
        self.malformed().retain(|position, _| *position >= first);
        Ok(())
    }
}
