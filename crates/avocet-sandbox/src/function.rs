//! One function on the loop's side: its queue, its instances, and who runs next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use avocet_frames::head::{Failure, FailureKind, HostReply, Loaded, SourceError};
use avocet_frames::{CallId, Kind};
use bytes::Bytes;

use crate::calls::send_failed;
use crate::current_piece::Stop;
use crate::host_calls::Asker;
use crate::instance::Instance;
use crate::limits::{heap_message, load_timeout, queue_message, timeout_message};
use crate::loading::LoadState;
use crate::numbers::SlotId;
use crate::outbox::Outbox;
use crate::program::Program;
use crate::queue::{Job, Queue};
use crate::slot::{Home, Slot};
use crate::turn_end::TurnEnd;
use crate::work::Event;

/// Slow threads that one function has at the same time, of the 64 of its namespace: its neighbours
/// find others.
const SLOW_SHARE: usize = 16;

/// Instances that are ready at least, where each call has globals of its own.
const FRESH_INSTANCES: usize = 2;

/// Instances of one function that wait for host services beside those that its limit allows.
const MAX_BLOCKED_INSTANCES: usize = 256;

/// End of the time of a call that waits.
struct Deadline {
    at: Duration,
    slot: SlotId,
    call: u32,
    serial: u64,
}

enum Phase {
    Loading { since: Duration },
    Ready,
    Failed(SourceError),
}

/// A loaded function.
pub(crate) struct Function {
    pub(crate) program: Arc<Program>,
    pub(crate) queue: Arc<Queue>,
    outbox: Arc<Outbox>,
    slots: Vec<Slot>,
    next_slot: SlotId,
    phase: Phase,
    deadlines: VecDeque<Deadline>,
    /// On the loop's list of functions to run.
    pub(crate) queued: bool,
    /// Time at which the loop wakes it at the latest.
    pub(crate) alarm: Option<Duration>,
    /// On its way out: forgotten once its calls are done.
    pub(crate) leaving: bool,
}

impl Function {
    pub(crate) fn new(program: Arc<Program>, outbox: Arc<Outbox>, now: Duration) -> Self {
        let mut function = Self {
            program,
            queue: Arc::default(),
            outbox,
            slots: Vec::new(),
            next_slot: 0,
            phase: Phase::Loading { since: now },
            deadlines: VecDeque::new(),
            queued: false,
            alarm: None,
            leaving: false,
        };
        function.add_slot(now);
        function
    }

    fn id(&self, call: u32) -> CallId {
        CallId::new(self.program.number, call)
    }

    fn fail(&self, call: u32, kind: FailureKind, message: String) {
        send_failed(&self.outbox, self.id(call), Failure { kind, message });
    }

    fn add_slot(&mut self, now: Duration) {
        let id = self.next_slot;
        self.next_slot += 1;
        self.slots.push(Slot::new(id, &self.program, &self.outbox, now));
    }

    /// A call arrived complete.
    pub(crate) fn accept(&mut self, job: Job) {
        if let Phase::Failed(error) = &self.phase {
            return self.fail(job.call, FailureKind::NotLoaded, error.message.clone());
        }
        if self.leaving {
            let message = "the function is being unloaded".to_owned();
            return self.fail(job.call, FailureKind::NotLoaded, message);
        }
        if self.is_full() {
            let message = format!("{} calls wait already (spec.queue)", self.queue.len());
            return self.fail(job.call, FailureKind::Overload, message);
        }
        self.queue.push(job);
    }

    /// No thread is left to run on.
    pub(crate) fn refuse_waiting(&mut self) {
        for job in self.queue.take() {
            let message = "too many calls of this namespace are stuck".to_owned();
            self.fail(job.call, FailureKind::Overload, message);
        }
    }

    /// Whether no further call may wait: those that could run at once do not count as waiting.
    fn is_full(&self) -> bool {
        let limits = &self.program.head.limits;
        let waiting = self.queue.len() as u64;
        if waiting < u64::from(limits.queue) {
            return false;
        }
        let places = u64::from(limits.concurrency) * u64::from(limits.instances);
        let taken: u64 = self.slots.iter().map(|slot| slot.calls.len() as u64).sum();
        waiting >= u64::from(limits.queue) + places.saturating_sub(taken)
    }

    /// The instance to run next: one with something due, then one that can take a waiting call.
    pub(crate) fn pick(&mut self, now: Duration) -> Option<&mut Slot> {
        let concurrency = self.program.concurrency();
        let waiting = self.queue.len() > 0 && !self.is_spread();
        let due = |slot: &Slot| slot.is_here() && slot.is_due(now);
        let free = |slot: &Slot| slot.is_here() && slot.takes_calls(concurrency);
        let found = self.slots.iter().position(due);
        let found = found.or_else(|| self.slots.iter().position(|slot| waiting && free(slot)));
        let found = match found {
            Some(found) => found,
            None if waiting && self.may_grow() => {
                self.add_slot(now);
                self.slots.len() - 1
            }
            None => return None,
        };
        Some(&mut self.slots[found])
    }

    /// Whether it has its share of slow threads: calls wait until one of them is free.
    fn is_spread(&self) -> bool {
        let slow = |slot: &&Slot| !slot.is_here() && !slot.current.is_blocked();
        self.slots.len() >= SLOW_SHARE && self.slots.iter().filter(slow).count() >= SLOW_SHARE
    }

    /// Whether something is left to do at once.
    pub(crate) fn has_work(&self, now: Duration) -> bool {
        self.queue.len() > 0 || self.slots.iter().any(|slot| slot.is_here() && slot.is_due(now))
    }

    /// Whether waiting calls deserve another instance: not while one is still loading. Instances
    /// that wait for a host service do not count, so that functions can call themselves.
    fn may_grow(&self) -> bool {
        let active = self.slots.iter().filter(|slot| !slot.retired);
        let loading = active.clone().any(|slot| !slot.loaded);
        let fresh = self.program.is_fresh();
        let blocked = active.clone().filter(|slot| slot.waits(fresh)).count();
        let limit = self.instances() + blocked.min(MAX_BLOCKED_INSTANCES);
        !loading && active.count() < limit
    }

    /// Instances at the same time, those that wait for a host service aside.
    fn instances(&self) -> usize {
        self.program.head.limits.instances.max(1) as usize
    }

    /// Whether an instance without calls is one too many, now that others do not wait any more.
    fn is_spare(&self, id: SlotId) -> bool {
        let slot = self.slots.iter().find(|slot| slot.id == id);
        let idle = slot.is_some_and(|slot| slot.is_ready() && slot.calls.len() == 0);
        let active = self.slots.iter().filter(|slot| !slot.retired);
        let fresh = self.program.is_fresh();
        let blocked = active.clone().filter(|slot| slot.waits(fresh)).count();
        idle && active.count() > self.instances() + blocked
    }

    fn slot(&mut self, id: SlotId) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.id == id)
    }

    /// An instance came back from a turn. What is left over (the instance, where it is finished)
    /// is to be disposed of.
    pub(crate) fn came_back(
        &mut self,
        id: SlotId,
        mut instance: Option<Box<Instance>>,
        end: TurnEnd,
        now: Duration,
    ) -> Option<Box<Instance>> {
        let timeout = self.program.timeout();
        if let Some(instance) = &mut instance {
            let waiting = instance.drain_waiting();
            self.deadlines.extend(waiting.map(|(call, serial)| Deadline {
                at: now + timeout,
                slot: id,
                call,
                serial,
            }));
        }
        let lost = instance.is_none();
        let over = match end.stopped {
            Some(Stop::Heap) => Some((FailureKind::Heap, heap_message(&self.program))),
            _ if lost => Some((FailureKind::Internal, "the instance could not go on".to_owned())),
            _ => None,
        };
        let Some(slot) = self.slot(id) else { return instance };
        slot.next_timer = end.next_timer;
        slot.home = instance.map_or(Home::New, Home::Here);
        slot.called |= end.called;
        slot.retired |= lost || end.stopped.is_some();
        if let Some((kind, message)) = over {
            slot.events.clear();
            slot.calls.fail_all(kind, &message);
        }
        match end.load {
            Some(LoadState::Ready) => self.loaded(id, now),
            Some(LoadState::Failed(error)) => self.load_failed(id, error, now),
            Some(LoadState::Waiting) | None => {}
        }
        self.compact();
        if self.is_spare(id)
            && let Some(slot) = self.slot(id)
        {
            slot.retired = true;
        }
        if self.program.is_fresh() {
            self.refresh(id, now);
        }
        self.finished(id)
    }

    /// Gets an instance ready for the next call, after its call: with other globals.
    fn refresh(&mut self, id: SlotId, now: Duration) {
        let by = now + self.program.load_limit();
        if let Some(slot) = self.slot(id)
            && slot.called
            && !slot.retired
            && slot.calls.len() == 0
        {
            slot.reload(by);
        }
        // Another one takes calls meanwhile.
        if self.slots.len() < FRESH_INSTANCES.min(self.instances()) && !self.leaving {
            self.add_slot(now);
        }
    }

    fn loaded(&mut self, id: SlotId, now: Duration) {
        if let Some(slot) = self.slot(id) {
            slot.loaded = true;
            slot.load_by = None;
        }
        if let Phase::Loading { since } = self.phase {
            self.phase = Phase::Ready;
            self.send_loaded(None, now - since);
        }
    }

    fn load_failed(&mut self, id: SlotId, error: SourceError, now: Duration) {
        if let Some(slot) = self.slot(id) {
            slot.retired = true;
            slot.load_by = None;
            slot.events.clear();
        }
        for job in self.queue.take() {
            self.fail(job.call, FailureKind::NotLoaded, error.message.clone());
        }
        if let Phase::Loading { since } = self.phase {
            self.send_loaded(Some(error.clone()), now - since);
            self.phase = Phase::Failed(error);
        }
    }

    fn send_loaded(&self, error: Option<SourceError>, took: Duration) {
        let head = Loaded { error, took_ms: took.as_secs_f64() * 1000.0 };
        self.outbox.json(Kind::Loaded, self.id(0), &head, &[]);
    }

    /// Takes a finished instance out.
    fn finished(&mut self, id: SlotId) -> Option<Box<Instance>> {
        let at = self.slots.iter().position(|slot| slot.id == id && slot.is_finished())?;
        match self.slots.swap_remove(at).home {
            Home::Here(instance) => Some(instance),
            Home::New | Home::Away => None,
        }
    }

    /// Forgets the deadlines of calls that were answered, once they are the greater part.
    fn compact(&mut self) {
        if self.deadlines.len() < 64 {
            return;
        }
        let open: usize = self.slots.iter().map(|slot| slot.calls.len()).sum();
        if self.deadlines.len() > 2 * open + 64 {
            let slots = &self.slots;
            self.deadlines.retain(|deadline| {
                let slot = slots.iter().find(|slot| slot.id == deadline.slot);
                slot.is_some_and(|slot| slot.calls.is_waiting(deadline.call, deadline.serial))
            });
        }
    }

    /// Ends what is over its time. Returns instances to be disposed of.
    #[expect(clippy::vec_box, reason = "instances are handed on in their boxes")]
    pub(crate) fn on_alarm(&mut self, now: Duration) -> Vec<Box<Instance>> {
        self.alarm = None;
        while self.deadlines.front().is_some_and(|deadline| deadline.at <= now) {
            let Some(over) = self.deadlines.pop_front() else { break };
            let message = timeout_message(&self.program);
            if let Some(slot) = self.slot(over.slot)
                && slot.calls.is_waiting(over.call, over.serial)
            {
                slot.calls.fail(over.call, FailureKind::Timeout, &message);
                slot.events.push_back(Event::Cancel(over.call));
            }
        }
        for job in self.queue.take_before(now.saturating_sub(self.program.timeout())) {
            self.fail(job.call, FailureKind::Timeout, queue_message(&self.program));
        }
        let late = |slot: &Slot| slot.load_by.is_some_and(|by| by <= now) && slot.is_here();
        let late: Vec<_> =
            self.slots.iter().filter(|slot| late(slot)).map(|slot| slot.id).collect();
        for id in late {
            let error = load_timeout(&self.program);
            self.load_failed(id, error, now);
        }
        let ids: Vec<_> = self.slots.iter().map(|slot| slot.id).collect();
        ids.into_iter().filter_map(|id| self.finished(id)).collect()
    }

    /// Time at which [`Function::on_alarm`] or a turn is due next, besides what is due now.
    pub(crate) fn next_alarm(&self) -> Option<Duration> {
        let slots = self.slots.iter().filter(|slot| slot.is_here());
        let timers = slots.flat_map(|slot| [slot.next_timer, slot.load_by]).flatten();
        let call = self.deadlines.front().map(|deadline| deadline.at);
        let queue = self.queue.oldest().map(|at| at + self.program.timeout());
        timers.chain(call).chain(queue).min()
    }

    /// The supervisor wants no answer to `call` any more.
    pub(crate) fn cancel(&mut self, call: u32) {
        if self.queue.remove(call) {
            return;
        }
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.calls.forget(call)) {
            slot.events.push_back(Event::Cancel(call));
            if !slot.is_here() {
                slot.current.stop_call(call);
            }
        }
    }

    /// The supervisor took bytes of a streamed answer.
    pub(crate) fn credit(&mut self, call: u32, bytes: u32) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.calls.credit(call, bytes)) {
            slot.events.push_back(Event::Drain(call));
        }
    }

    /// A host service answered.
    pub(crate) fn host_reply(&mut self, head: HostReply, body: Bytes) {
        match self.program.host_calls.close(head.c) {
            Some(Asker::Thread(blocked)) => blocked.answer(head, body),
            Some(Asker::Instance(slot, call)) => {
                if let Some(slot) = self.slot(slot) {
                    slot.events.push_back(Event::HostReply { call, head, body });
                }
            }
            None => {}
        }
    }

    /// Calls without an answer, those that wait for their turn included.
    pub(crate) fn open_calls(&self) -> usize {
        let running: usize = self.slots.iter().map(|slot| slot.calls.len()).sum();
        running + self.queue.len()
    }

    /// Instances that are awake.
    pub(crate) fn awake(&self) -> usize {
        self.slots.iter().filter(|slot| !matches!(slot.home, Home::New)).count()
    }

    /// Whether a leaving function has nothing left to do.
    pub(crate) fn is_gone(&self) -> bool {
        let running = self.slots.iter().any(|slot| !slot.is_here());
        let loading = matches!(self.phase, Phase::Loading { .. });
        self.leaving && !running && !loading && self.open_calls() == 0
    }

    /// Instances of the function, to be disposed of.
    pub(crate) fn into_instances(self) -> impl Iterator<Item = Box<Instance>> {
        self.program.logs.settle();
        self.slots.into_iter().filter_map(|slot| match slot.home {
            Home::Here(instance) => Some(instance),
            Home::New | Home::Away => None,
        })
    }

    /// The instances that are here, for their statistics.
    pub(crate) fn here(&self) -> impl Iterator<Item = &Instance> {
        self.slots.iter().filter_map(|slot| match &slot.home {
            Home::Here(instance) => Some(&**instance),
            Home::New | Home::Away => None,
        })
    }
}
