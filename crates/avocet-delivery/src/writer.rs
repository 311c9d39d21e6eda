//! Entries on their way into the log: one batch at a time, in order.

use std::collections::VecDeque;

use crate::item::Serial;
use crate::log::{Batch, BatchId, Entry, Note, Position, Record, SubscriptionId};
use crate::time::Moment;

/// New cursors of subscriptions.
type Cursors = Vec<(SubscriptionId, Position)>;

/// An entry with its number.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) serial: Serial,
    pub(crate) record: Record,
}

/// The batch that was given out.
#[derive(Debug)]
struct UnderWay {
    id: BatchId,
    /// Number of its entries, the first ones of the queue.
    count: usize,
    cursors: Cursors,
    deadline: Moment,
}

#[derive(Debug, Default)]
pub(crate) struct Writer {
    queue: VecDeque<Pending>,
    under_way: Option<UnderWay>,
    last_serial: Serial,
    last_batch: u64,
    /// Time before which nothing is written.
    paused_until: Option<Moment>,
}

impl Writer {
    /// Queues an entry; gives its number.
    pub(crate) fn push(
        &mut self,
        subscription: SubscriptionId,
        position: Position,
        entry: Entry,
        note: Option<Note>,
    ) -> Serial {
        self.last_serial += 1;
        let record = Record { subscription, position, entry, note };
        self.queue.push_back(Pending { serial: self.last_serial, record });
        self.last_serial
    }

    pub(crate) fn last_serial(&self) -> Serial {
        self.last_serial
    }

    /// Whether every entry up to this number is durable.
    pub(crate) fn has_written(&self, serial: Serial) -> bool {
        self.queue.front().is_none_or(|first| first.serial > serial)
    }

    /// Whether a batch can begin.
    pub(crate) fn is_free(&self, now: Moment) -> bool {
        self.under_way.is_none() && self.paused_until.is_none_or(|until| until <= now)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The batch under way, where it has been for too long.
    pub(crate) fn overdue(&self, now: Moment) -> Option<BatchId> {
        self.under_way.as_ref().filter(|batch| batch.deadline <= now).map(|batch| batch.id)
    }

    /// Ends the pause after a batch that failed, where its time is over.
    pub(crate) fn pass(&mut self, now: Moment) {
        self.paused_until.take_if(|until| *until <= now);
    }

    /// End of the pause after a batch that failed, or of the time of the one under way.
    pub(crate) fn next_wake(&self) -> Option<Moment> {
        self.under_way.as_ref().map(|batch| batch.deadline).or(self.paused_until)
    }

    /// The entries of the next batch, for a look before it begins.
    pub(crate) fn next(&self, max: usize) -> impl Iterator<Item = &Pending> {
        self.queue.iter().take(max)
    }

    /// Begins a batch.
    pub(crate) fn begin(&mut self, max: usize, cursors: Cursors, deadline: Moment) -> Batch {
        self.last_batch += 1;
        let id = BatchId(self.last_batch);
        let count = self.queue.len().min(max);
        self.under_way = Some(UnderWay { id, count, cursors: cursors.clone(), deadline });
        self.paused_until = None;
        let records = self.queue.iter().take(count).map(|pending| pending.record.clone()).collect();
        Batch { id, records, cursors }
    }

    /// The batch is durable: gives its entries and cursors. Nothing for another batch than the one
    /// under way.
    pub(crate) fn written(&mut self, id: BatchId) -> Option<(Vec<Pending>, Cursors)> {
        let under_way = self.under_way.take_if(|under_way| under_way.id == id)?;
        Some((self.queue.drain(..under_way.count).collect(), under_way.cursors))
    }

    /// The batch may not be durable: its entries are written again, in one of a later number, not
    /// before `until`.
    pub(crate) fn failed(&mut self, id: BatchId, until: Moment) {
        if self.under_way.take_if(|under_way| under_way.id == id).is_some() {
            self.paused_until = Some(until);
        }
    }
}
