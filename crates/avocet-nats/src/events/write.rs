//! Writing what becomes of events: into the ledger first, then into the view.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_nats::HeaderMap;
use avocet_backplane::delivery::{Batch, DeadReason, Entry, Record, Tries};
use avocet_backplane::{Error, Result, Start, Subscription};

use super::journal::{self, Command, Line, State};
use super::{EVENTS, LINE, Log};
use crate::stream::{Fault, Put};

/// Attempts at a line while others write lines, too.
const ATTEMPTS: usize = 5;

/// Knowledge of whoever writes.
pub(super) struct Writer {
    /// Number of the ledger's last line.
    line: u64,
    /// False where the ledger may have lines that are not in the view.
    is_current: bool,
    /// Session and number of the last batch of an engine.
    last_batch: (u64, u64),
    /// Session of the view, and the number of the last batch there.
    session: u64,
    number: u64,
    /// Subscriptions by their numbers in the view.
    names: HashMap<u64, String>,
}

/// Result of a command.
pub(super) enum Outcome {
    Subscribed(Subscription),
    Count(u64),
    Nothing,
}

impl Writer {
    pub(super) fn new(session: u64) -> Self {
        let names = HashMap::new();
        Self { line: 0, is_current: false, last_batch: (0, 0), session, number: 0, names }
    }

    /// Takes note that the view has the ledger up to this line.
    pub(super) fn is_at(&mut self, line: u64) {
        self.line = line;
        self.is_current = true;
    }
}

impl Log {
    pub(super) async fn subscribe(&self, name: String, start: Start) -> Result<Subscription> {
        let mut writer = self.writer.lock().await;
        if let Some(found) = self.subscription(&name).await? {
            return Ok(found);
        }
        let last = *self.view.watch().borrow();
        let cursor = match start {
            Start::Next => last,
            Start::First => 0,
            Start::After(position) => position.min(last),
        };
        let command = Command::Subscribe { name: name.clone(), cursor };
        match self.command(&mut writer, command).await? {
            Outcome::Subscribed(subscription) => Ok(subscription),
            _ => Err(Error::Closed),
        }
    }

    async fn subscription(&self, name: &str) -> Result<Option<Subscription>> {
        let all = self.view.subscriptions().await?;
        Ok(all.into_iter().find(|found| found.name == name))
    }

    pub(super) async fn unsubscribe(&self, name: String) -> Result<()> {
        let mut writer = self.writer.lock().await;
        if self.subscription(&name).await?.is_none() {
            let reason = format!("there is no subscription {name:?}");
            return Err(Error::Invalid { field: "subscription".into(), reason });
        }
        self.command(&mut writer, Command::Unsubscribe { name }).await.map(drop)
    }

    /// Writes subscriptions again, so that they outlive the ledger's first lines.
    pub(super) async fn remember(&self) -> Result<()> {
        let mut writer = self.writer.lock().await;
        for Subscription { name, cursor, .. } in self.view.subscriptions().await? {
            self.command(&mut writer, Command::Subscribe { name, cursor }).await?;
        }
        Ok(())
    }

    pub(super) async fn write(&self, batch: Batch) -> Result<()> {
        let mut writer = self.writer.lock().await;
        let (own, last) = ((batch.session, batch.id), writer.last_batch);
        if own <= last {
            let reason = format!("{own:?} comes after {last:?} was written (session, number)");
            return Err(Error::Invalid { field: "batch".into(), reason });
        }
        self.emit(&writer, &batch.records).await?;
        for command in journal::commands(&batch, &writer.names) {
            self.command(&mut writer, command).await?;
        }
        writer.last_batch = own;
        Ok(())
    }

    /// Appends what handlers emitted, with records that take effect.
    async fn emit(&self, writer: &Writer, records: &[Record]) -> Result<()> {
        let mut ended = HashSet::new();
        for record in records {
            let event = (record.subscription, record.position);
            let is_first = !ended.contains(&event);
            if record.entry == Entry::Done || matches!(record.entry, Entry::Dead { .. }) {
                ended.insert(event);
            }
            if record.emitted.is_empty() || State::of(record.entry).is_none() || !is_first {
                continue;
            }
            if writer.names.contains_key(&record.subscription) && self.is_open(event).await? {
                self.append(&record.emitted).await?;
            }
        }
        Ok(())
    }

    /// Whether something can still become of an event.
    async fn is_open(&self, (subscription, position): (u64, u64)) -> Result<bool> {
        let states = self.view.states(position).await?;
        let own = states.iter().find(|state| state.subscription == subscription);
        let is_final = |entry| entry == Entry::Done || matches!(entry, Entry::Dead { .. });
        match own {
            Some(state) => Ok(!is_final(state.entry)),
            None => Ok(self.view.event(position).await?.is_some()),
        }
    }

    pub(super) async fn replay(&self, subscription: u64, positions: Vec<u64>) -> Result<u64> {
        let mut writer = self.writer.lock().await;
        let Some(name) = writer.names.get(&subscription).cloned() else { return Ok(0) };
        self.count(self.command(&mut writer, Command::Replay { name, positions }).await?)
    }

    pub(super) async fn purge(&self, positions: Vec<u64>) -> Result<u64> {
        let mut writer = self.writer.lock().await;
        let command = Command::Purge { positions: positions.clone() };
        let count = self.count(self.command(&mut writer, command).await?)?;
        drop(writer);
        let stream = self.calls.jetstream.get_stream_no_info(EVENTS).await;
        let stream = stream.map_err(|error| self.calls.failed("purge of events", error))?;
        for position in positions {
            if count > 0 && self.view.event(position).await?.is_none() {
                // Gone before, perhaps; what stays is forgotten with its age.
                stream.delete_message(position).await.ok();
            }
        }
        Ok(count)
    }

    fn count(&self, outcome: Outcome) -> Result<u64> {
        match outcome {
            Outcome::Count(count) => Ok(count),
            _ => Err(Error::Closed),
        }
    }

    /// Marks messages that are no events as dead for a subscription.
    pub(super) async fn reject(&self, subscription: u64, dead: Vec<(u64, String)>) -> Result<()> {
        let mut writer = self.writer.lock().await;
        let records = dead.into_iter().map(|(position, reason)| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let at = u64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(0);
            let error = format!("this message is no CloudEvent: {reason}");
            let note = serde_json::json!({ "at": at, "ms": 0, "error": error }).to_string();
            let reason = DeadReason::Rejected;
            Record {
                subscription,
                position,
                entry: Entry::Dead { tries: Tries::default(), reason },
                note: Some(Arc::from(note)),
                emitted: Vec::new(),
            }
        });
        let batch = Batch { records: records.collect(), ..Batch::default() };
        for command in journal::commands(&batch, &writer.names) {
            self.command(&mut writer, command).await?;
        }
        Ok(())
    }

    /// Makes a command durable, and carries it out.
    async fn command(&self, writer: &mut Writer, command: Command) -> Result<Outcome> {
        let after = *self.view.watch().borrow();
        let line = Line { after, command };
        let json = serde_json::to_vec(&line);
        let json = json.map_err(|error| self.calls.failed("write to the ledger", error))?;
        for _ in 0..ATTEMPTS {
            if !writer.is_current {
                self.catch_up(writer).await?;
            }
            let mut headers = HeaderMap::new();
            // Nothing is written between the lines that this view knows.
            headers.insert("Nats-Expected-Last-Sequence", writer.line.to_string());
            let put =
                Put { subject: "avocet.ledger".into(), headers, payload: json.clone().into() };
            writer.is_current = false;
            match self.calls.put("write to the ledger", put).await {
                Ok(number) => {
                    let outcome = self.apply(writer, line.command).await;
                    self.view.mark(LINE, number).await?;
                    writer.is_at(number);
                    return outcome;
                }
                Err(Fault::OtherSequence) => {}
                Err(Fault::Other(error)) => return Err(error),
                Err(Fault::Full) => {
                    let place = self.calls.place("stream AVOCET_LEDGER");
                    return Err(Error::StorageFull { place });
                }
                Err(fault) => {
                    return Err(self.calls.failed("write to the ledger", format!("{fault:?}")));
                }
            }
        }
        Err(Error::Busy)
    }

    /// Carries out a command in the view.
    pub(super) async fn apply(&self, writer: &mut Writer, command: Command) -> Result<Outcome> {
        match command {
            Command::Subscribe { name, cursor } => {
                let subscription = self.view.subscribe(&name, Start::After(cursor)).await?;
                writer.names.insert(subscription.id, name);
                Ok(Outcome::Subscribed(subscription))
            }
            Command::Unsubscribe { name } => {
                writer.names.retain(|_, own| *own != name);
                self.view.unsubscribe(&name).await.map(|()| Outcome::Nothing)
            }
            Command::Write { rows, cursors } => {
                let names = writer.names.iter();
                let numbers = names.map(|(number, name)| (name.clone(), *number)).collect();
                writer.number += 1;
                let own = (writer.session, writer.number);
                let batch = journal::batch(own, rows, cursors, &numbers);
                self.view.write(batch).await.map(|()| Outcome::Nothing)
            }
            Command::Replay { name, positions } => {
                let own = writer.names.iter().find(|(_, own)| **own == name);
                let Some((number, _)) = own else { return Ok(Outcome::Count(0)) };
                self.view.replay(*number, positions).await.map(Outcome::Count)
            }
            Command::Purge { positions } => self.view.purge(positions).await.map(Outcome::Count),
        }
    }

    /// Asks the view for the names of its subscriptions.
    pub(super) async fn look_up_names(&self, writer: &mut Writer) -> Result<()> {
        let all = self.view.subscriptions().await?;
        writer.names = all.into_iter().map(|found| (found.id, found.name)).collect();
        Ok(())
    }
}
