//! Messages of the ledger's stream: what an engine and people did to events, by the names of
//! subscriptions, so that any view can be made of them.

use std::collections::HashMap;
use std::sync::Arc;

use avocet_backplane::delivery::{Batch, DeadReason, Entry, Record, Tries};
use serde::{Deserialize, Serialize};

/// Most bytes of the lines of one message, so that it stays below a server's `max_payload`.
const MOST_BYTES: usize = 512 << 10;

/// Message of the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Line {
    /// Position up to which its writer knew the events.
    pub(super) after: u64,
    #[serde(rename = "do")]
    pub(super) command: Command,
}

/// Change of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Command {
    Subscribe { name: String, cursor: u64 },
    Unsubscribe { name: String },
    Write { rows: Vec<Row>, cursors: Vec<(String, u64)> },
    Replay { name: String, positions: Vec<u64> },
    Purge { positions: Vec<u64> },
}

/// Row of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) subscription: String,
    pub(super) position: u64,
    #[serde(flatten)]
    pub(super) state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<Arc<str>>,
}

/// State of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub(super) enum State {
    Done,
    Waiting { failed: u32, refused: u32, at: u64, written: u64 },
    Behind { failed: u32, refused: u32 },
    Taken { failed: u32, refused: u32 },
    Dead { failed: u32, refused: u32, reason: Reason },
}

/// Reason for which an event is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reason {
    Rejected,
    MaxDeliveries,
    MaxAge,
}

impl State {
    /// `None` for what changes nothing.
    pub(super) fn of(entry: Entry) -> Option<Self> {
        Some(match entry {
            Entry::Return => return None,
            Entry::Done => Self::Done,
            Entry::Waiting { tries: Tries { failed, refused }, at_ms, written_ms } => {
                Self::Waiting { failed, refused, at: at_ms, written: written_ms }
            }
            Entry::Behind { tries: Tries { failed, refused } } => Self::Behind { failed, refused },
            Entry::Taken { tries: Tries { failed, refused } } => Self::Taken { failed, refused },
            Entry::Dead { tries: Tries { failed, refused }, reason } => {
                let reason = match reason {
                    DeadReason::Rejected => Reason::Rejected,
                    DeadReason::MaxDeliveries => Reason::MaxDeliveries,
                    DeadReason::MaxAge => Reason::MaxAge,
                };
                Self::Dead { failed, refused, reason }
            }
        })
    }

    pub(super) fn entry(self) -> Entry {
        match self {
            Self::Done => Entry::Done,
            Self::Waiting { failed, refused, at, written } => {
                let tries = Tries { failed, refused };
                Entry::Waiting { tries, at_ms: at, written_ms: written }
            }
            Self::Behind { failed, refused } => Entry::Behind { tries: Tries { failed, refused } },
            Self::Taken { failed, refused } => Entry::Taken { tries: Tries { failed, refused } },
            Self::Dead { failed, refused, reason } => {
                let reason = match reason {
                    Reason::Rejected => DeadReason::Rejected,
                    Reason::MaxDeliveries => DeadReason::MaxDeliveries,
                    Reason::MaxAge => DeadReason::MaxAge,
                };
                Entry::Dead { tries: Tries { failed, refused }, reason }
            }
        }
    }
}

/// Commands of a batch, each small enough for one message; cursors come last. What is about a
/// subscription without a name is left out.
pub(super) fn commands(batch: &Batch, names: &HashMap<u64, String>) -> Vec<Command> {
    let (mut commands, mut rows, mut bytes) = (Vec::new(), Vec::new(), 0);
    for record in &batch.records {
        let Some((name, state)) = names.get(&record.subscription).zip(State::of(record.entry))
        else {
            continue;
        };
        let size = 200 + name.len() + 2 * record.note.as_ref().map_or(0, |note| note.len());
        if bytes + size > MOST_BYTES && !rows.is_empty() {
            commands.push(Command::Write { rows: std::mem::take(&mut rows), cursors: Vec::new() });
            bytes = 0;
        }
        bytes += size;
        rows.push(Row {
            subscription: name.clone(),
            position: record.position,
            state,
            note: record.note.clone(),
        });
    }
    let cursors = batch
        .cursors
        .iter()
        .filter_map(|(subscription, cursor)| Some((names.get(subscription)?.clone(), *cursor)));
    let cursors: Vec<_> = cursors.collect();
    if !rows.is_empty() || !cursors.is_empty() {
        commands.push(Command::Write { rows, cursors });
    }
    commands
}

/// Batch of a view; `numbers` are its subscriptions by name.
pub(super) fn batch(
    (session, id): (u64, u64),
    rows: Vec<Row>,
    cursors: Vec<(String, u64)>,
    numbers: &HashMap<String, u64>,
) -> Batch {
    let records = rows.into_iter().filter_map(|row| {
        Some(Record {
            subscription: *numbers.get(&row.subscription)?,
            position: row.position,
            entry: row.state.entry(),
            note: row.note,
            emitted: Vec::new(),
        })
    });
    let cursors =
        cursors.into_iter().filter_map(|(name, cursor)| Some((*numbers.get(&name)?, cursor)));
    Batch { session, id, records: records.collect(), cursors: cursors.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_batch_becomes_several_messages_with_the_cursors_last() {
        let tries = Tries { failed: 1, refused: 2 };
        let entries = [
            Entry::Done,
            Entry::Waiting { tries, at_ms: 3, written_ms: 4 },
            Entry::Behind { tries },
            Entry::Taken { tries },
            Entry::Dead { tries, reason: DeadReason::MaxAge },
            Entry::Return,
        ];
        let note: Arc<str> = "x".repeat(4000).into();
        let records: Vec<_> = (0..300)
            .map(|n| Record {
                subscription: 1,
                position: n,
                entry: entries[n as usize % entries.len()],
                note: Some(Arc::clone(&note)),
                emitted: Vec::new(),
            })
            .collect();
        let whole = Batch { session: 1, id: 1, records, cursors: vec![(1, 300), (2, 1)] };
        let names = HashMap::from([(1, "s".to_owned())]);
        let commands = commands(&whole, &names);
        assert!(commands.len() > 1);
        let (mut rows, mut cursors) = (Vec::new(), Vec::new());
        for command in commands {
            let text = serde_json::to_string(&Line { after: 0, command }).unwrap();
            assert!(text.len() < 1 << 20);
            assert!(cursors.is_empty());
            let line: Line = serde_json::from_str(&text).unwrap();
            let Command::Write { rows: more, cursors: last } = line.command else { panic!() };
            rows.extend(more);
            cursors = last;
        }
        let numbers = HashMap::from([("s".to_owned(), 9)]);
        let read = batch((1, 1), rows, cursors, &numbers);
        assert_eq!(read.cursors, [(9, 300)]);
        let kept = whole.records.iter().filter(|record| record.entry != Entry::Return);
        assert_eq!(
            kept.map(|record| (record.position, record.entry)).collect::<Vec<_>>(),
            read.records.iter().map(|record| (record.position, record.entry)).collect::<Vec<_>>()
        );
    }
}
