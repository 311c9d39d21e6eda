//! The beginning of a call: a worker, the function in it, a slot, a frame.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Waker;
use std::time::Duration;

use avocet_frames::{CallId, Kind, VERSION, head};
use bytes::{Bytes, BytesMut};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::calls::{MAX_SLOTS, Slot, Wire};
use super::effects::Effects;
use super::functions::Place;
use super::link::{Link, Up};
use super::outbox::TooLong;
use super::{Core, Worker, memory, tasks};
use crate::spawned::Spawned;
use crate::{CallError, CallTag, Event, FailureKind, LoadError, Loaded};

/// Beginning of a call.
pub(crate) enum Start {
    /// On its way under this number.
    Started(u32),
    /// To be tried again after [`Worker::turn`].
    Wait,
    /// To be tried again when a pause after deaths of the worker is over, as the error says.
    Later(CallError),
    /// Failed.
    Failed(CallError),
}

/// New call with its head and body.
pub(crate) struct NewCall<'a, W> {
    pub(crate) key: usize,
    pub(crate) head: &'a mut Option<W>,
    pub(crate) body: &'a Bytes,
    /// Bytes that may be sent of a body that arrives, before there is credit.
    pub(crate) window: Option<u32>,
    pub(crate) tag: CallTag,
    pub(crate) since: Instant,
}

type Blocked = Option<CallError>;

impl Worker {
    /// Sends a call, loading its function and starting the worker where needed.
    pub(crate) fn start<W>(self: &Arc<Self>, call: NewCall<'_, W>, waker: &Waker) -> Start
    where
        W: FnOnce(&mut BytesMut),
    {
        let call_key = call.key;
        self.step(|core, effects| match core.start(self, call, waker, effects) {
            Ok(number) => Start::Started(number),
            Err(None) => Start::Wait,
            Err(Some(error)) if core.pauses(call_key) => Start::Later(error),
            Err(Some(error)) => Start::Failed(error),
        })
    }

    /// Loads a function without calling it; `Ok(None)` where that has to wait.
    pub(crate) fn load(
        self: &Arc<Self>,
        key: usize,
    ) -> Result<Option<oneshot::Receiver<Result<Loaded, LoadError>>>, CallError> {
        self.step(|core, effects| {
            let (tell, told) = oneshot::channel();
            let now = Instant::now();
            match core.prepare(self, key, now, effects) {
                Ok(()) => {}
                Err(None) => return Ok(None),
                Err(Some(error)) => return Err(error),
            }
            let pid = core.link.up().map_or(0, |up| up.process.pid());
            let entry = &mut core.functions[key];
            entry.last_used = now;
            match &mut entry.place {
                Place::Loading { waiters, .. } => waiters.push(tell),
                Place::Asleep | Place::Awake { .. } => {
                    effects.loads.push((tell, Ok(Loaded { took: Duration::ZERO, pid })));
                }
            }
            Ok(Some(told))
        })
    }

    /// Longest time of a call of this function, from its beginning.
    pub(crate) fn time_limit(&self, key: usize) -> Duration {
        self.lock().functions[key].timeout + self.shared.options.timeout_grace
    }

    /// Waits until a call that had to wait may try again.
    ///
    /// # Errors
    /// Where too many wait already, or at `deadline`.
    pub(crate) async fn turn(&self, deadline: Instant) -> Result<(), CallError> {
        let changed = self.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        if !self.lock().must_wait(self.shared.options.max_out_bytes) {
            return Ok(());
        }
        let _waiting = self.wait()?;
        tokio::time::timeout_at(deadline, changed).await.map_err(|_| {
            CallError::new(
                FailureKind::Timeout,
                format!(
                    "the worker of namespace {} took no call within the time limit",
                    self.namespace
                ),
            )
        })
    }
}

impl Worker {
    /// Waits for the end of a pause.
    ///
    /// # Errors
    /// Where too many wait already.
    pub(crate) async fn rest(&self, until: Instant) -> Result<(), CallError> {
        let _waiting = self.wait()?;
        tokio::time::sleep_until(until).await;
        Ok(())
    }

    /// Counts a caller that waits.
    fn wait(&self) -> Result<Waiting<'_>, CallError> {
        let mut core = self.lock();
        core.waiting += 1;
        let full = core.waiting > self.shared.options.max_waiting;
        drop(core);
        let waiting = Waiting(self);
        match full {
            false => Ok(waiting),
            true => Err(CallError::new(
                FailureKind::Overload,
                format!("too many calls wait for the worker of namespace {}", self.namespace),
            )),
        }
    }
}

/// A caller that waits, counted.
struct Waiting<'a>(&'a Worker);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}

impl Core {
    fn start<W>(
        &mut self,
        worker: &Arc<Worker>,
        call: NewCall<'_, W>,
        waker: &Waker,
        effects: &mut Effects,
    ) -> Result<u32, Blocked>
    where
        W: FnOnce(&mut BytesMut),
    {
        let options = &worker.shared.options;
        let entry = &self.functions[call.key];
        if entry.in_flight >= entry.bound {
            return Err(Some(CallError::new(
                FailureKind::Overload,
                format!(
                    "{} calls of {} run or wait, its limit (spec.queue)",
                    entry.bound,
                    entry.name()
                ),
            )));
        }
        if self.calls.len() >= options.max_calls_per_worker.min(MAX_SLOTS) {
            return Err(Some(CallError::new(
                FailureKind::Overload,
                format!(
                    "{} calls are in flight in namespace {}",
                    self.calls.len(),
                    worker.namespace
                ),
            )));
        }
        self.prepare(worker, call.key, call.since, effects)?;
        self.send(call, waker, options.timeout_grace)
    }

    /// Puts a call on its way to a worker that has its function.
    fn send<W>(
        &mut self,
        call: NewCall<'_, W>,
        waker: &Waker,
        grace: Duration,
    ) -> Result<u32, Blocked>
    where
        W: FnOnce(&mut BytesMut),
    {
        let entry = &mut self.functions[call.key];
        let (Some(up), Some(function)) = (self.link.up(), entry.number()) else { return Err(None) };
        let number = self.calls.next();
        let head = call.head.take();
        let write = |out: &mut BytesMut| {
            if let Some(head) = head {
                head(out);
            }
        };
        let id = CallId::new(function, number);
        if up.out.frame(Kind::Invoke, id, call.body, write) == Err(TooLong) {
            let message =
                "the request is over the limit of one frame: 100 MiB of body, 1 MiB of head";
            return Err(Some(CallError::new(FailureKind::Internal, message)));
        }
        up.write_soon();
        up.wake_timer();
        entry.in_flight += 1;
        entry.last_used = call.since;
        self.calls.insert(Slot {
            function: call.key,
            number: function,
            deadline: call.since + entry.timeout + grace,
            tag: call.tag,
            wire: Wire::Open,
            caller: true,
            waker: Some(waker.clone()),
            answer: None,
            incoming: None,
            upload_room: call.window,
        });
        Ok(number)
    }

    /// Whether a call of the function has to wait for the end of a pause.
    fn pauses(&self, key: usize) -> bool {
        let restarts = matches!(&self.link, Link::BackOff { until, .. } if *until > Instant::now());
        restarts || self.check_blame(key).is_err()
    }

    /// Whether a call has to wait for what [`Worker::turn`] waits for.
    fn must_wait(&self, max_out_bytes: usize) -> bool {
        match &self.link {
            Link::Up(up) => {
                up.leaving.is_some() || up.killed.is_some() || up.out.queued > max_out_bytes
            }
            Link::Ending => true,
            Link::Down | Link::BackOff { .. } => false,
        }
    }

    /// Starts the worker and loads the function into it, as far as this side is concerned: what
    /// follows in the outbox will find it there.
    fn prepare(
        &mut self,
        worker: &Arc<Worker>,
        key: usize,
        now: Instant,
        effects: &mut Effects,
    ) -> Result<(), Blocked> {
        if self.functions[key].removed {
            return Err(Some(CallError::new(FailureKind::NotLoaded, "the function was removed")));
        }
        if worker.shared.closing.load(Ordering::Acquire) {
            let message = "the platform is shutting down";
            return Err(Some(CallError::new(FailureKind::Overload, message)));
        }
        self.check_blame(key).map_err(Some)?;
        if self.must_wait(worker.shared.options.max_out_bytes) {
            return Err(None);
        }
        if self.link.up().is_none() {
            self.bring_up(worker, effects).map_err(Some)?;
        }
        if self.functions[key].number().is_none() {
            self.wake_function(worker, key, now, effects).map_err(Some)?;
        }
        Ok(())
    }

    fn bring_up(&mut self, worker: &Arc<Worker>, effects: &mut Effects) -> Result<(), CallError> {
        let now = Instant::now();
        if let Link::BackOff { until, reason } = &self.link
            && *until > now
        {
            return Err(
                CallError::new(FailureKind::NotLoaded, reason.clone()).retry_after(*until - now)
            );
        }
        let shared = &worker.shared;
        let spawned = match shared.pool.take(&worker.namespace) {
            Some(spawned) => {
                let (namespace, pid) = (worker.namespace.clone(), spawned.process.pid());
                effects.events.push(Event::WorkerTaken { namespace, pid });
                spawned
            }
            None => Spawned::spawn(
                &shared.runtime,
                &shared.options,
                &shared.processes,
                Some(&worker.namespace),
            )
            .map_err(|error| self.start_failed(worker, &error, now, effects))?,
        };
        self.connect(worker, spawned, now);
        Ok(())
    }

    fn start_failed(
        &mut self,
        worker: &Worker,
        error: &std::io::Error,
        now: Instant,
        effects: &mut Effects,
    ) -> CallError {
        let options = &worker.shared.options;
        self.failures += 1;
        let pause = options.restart.pause(self.failures);
        let reason = format!(
            "no worker for namespace {}: {} could not be started: {error}",
            worker.namespace,
            options.launch.program.display(),
        );
        self.link = Link::BackOff { until: now + pause, reason: reason.clone() };
        effects.events.push(Event::StartFailed {
            namespace: Some(worker.namespace.clone()),
            reason: reason.clone(),
            retry_after: pause,
        });
        CallError::new(FailureKind::NotLoaded, reason).retry_after(pause)
    }

    fn connect(&mut self, worker: &Arc<Worker>, spawned: Spawned, now: Instant) {
        let mut up = Up::new(spawned.process, spawned.engine, now);
        let hello = head::Hello {
            version: VERSION,
            namespace: worker.namespace.to_string(),
            pid: 0,
            engine: String::new(),
            warm: worker.shared.options.warm_isolates,
        };
        up.out.json(Kind::Hello, CallId::WORKER, &hello, &Bytes::new()).unwrap_or_default();
        up.write_soon();
        self.epoch += 1;
        self.numbers.clear();
        self.retired.clear();
        tasks::serve(worker, self.epoch, &up, spawned.stream, spawned.received);
        self.link = Link::Up(Box::new(up));
    }

    fn wake_function(
        &mut self,
        worker: &Worker,
        key: usize,
        now: Instant,
        effects: &mut Effects,
    ) -> Result<(), CallError> {
        if self.numbers.len() >= worker.shared.options.max_awake_per_worker {
            self.make_room(worker, effects)?;
        }
        let entry = &mut self.functions[key];
        let Some(up) = self.link.up() else { return Ok(()) };
        let number = up.next_number;
        let definition = &entry.definition;
        let id = CallId::new(number, 0);
        if up.out.json(Kind::Load, id, definition.load(), definition.files()) == Err(TooLong) {
            let message = format!("the definition of {} is over the limit of 1 MiB", entry.name());
            return Err(CallError::new(FailureKind::NotLoaded, message));
        }
        up.next_number += 1;
        if self.single {
            up.process.belong_to(definition);
            let limit = definition.load().limits.heap_bytes;
            memory::bound(up.process.pid(), limit);
            // Its share of a processor counts from the first call on: a small one would keep an
            // interpreter from starting in time.
            if let Err(error) = up.process.limit(limit, None) {
                effects.lines.push(memory::unlimited(definition, &error));
            }
        }
        up.write_soon();
        up.wake_timer();
        entry.place = Place::Loading { number, since: now, waiters: Vec::new() };
        entry.wanted = entry.pinned;
        entry.last_used = now;
        self.numbers.insert(number, key);
        Ok(())
    }

    /// Puts the function to sleep that was used least recently.
    fn make_room(&mut self, worker: &Worker, effects: &mut Effects) -> Result<(), CallError> {
        let functions = &self.functions;
        let idle = self.numbers.values().copied().filter(|key| {
            functions.get(*key).is_some_and(|entry| {
                entry.in_flight == 0 && !entry.pinned && matches!(entry.place, Place::Awake { .. })
            })
        });
        let Some(key) = idle.min_by_key(|key| functions[*key].last_used) else {
            let awake = self.numbers.len();
            return Err(CallError::new(
                FailureKind::Overload,
                format!("{awake} functions of namespace {} are busy, its limit", worker.namespace),
            ));
        };
        let error = || CallError::new(FailureKind::NotLoaded, "the function was put to sleep");
        self.unload(key, effects, error);
        Ok(())
    }
}
