//! Values of events and their rows in columns.

use avocet_backplane::delivery::{DeadReason, Entry, Tries};
use avocet_backplane::{Digest, StateKind};
use rusqlite::Row;
use rusqlite::types::FromSqlError;

/// State of a row, as its column holds it. The statements name the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Done = 0,
    Waiting = 1,
    Behind = 2,
    Taken = 3,
    Dead = 4,
}

impl From<StateKind> for State {
    fn from(kind: StateKind) -> Self {
        match kind {
            StateKind::Done => Self::Done,
            StateKind::Waiting => Self::Waiting,
            StateKind::Behind => Self::Behind,
            StateKind::Taken => Self::Taken,
            StateKind::Dead => Self::Dead,
        }
    }
}

/// The kind of a state, as its column holds it.
pub(super) fn kind_of(number: i64) -> rusqlite::Result<StateKind> {
    match number {
        0 => Ok(StateKind::Done),
        1 => Ok(StateKind::Waiting),
        2 => Ok(StateKind::Behind),
        3 => Ok(StateKind::Taken),
        4 => Ok(StateKind::Dead),
        other => Err(FromSqlError::OutOfRange(other).into()),
    }
}

/// A reason as its column holds it.
pub(super) const fn reason_number(reason: DeadReason) -> i64 {
    match reason {
        DeadReason::Rejected => 0,
        DeadReason::MaxDeliveries => 1,
        DeadReason::MaxAge => 2,
    }
}

fn reason_of(number: i64) -> rusqlite::Result<DeadReason> {
    match number {
        0 => Ok(DeadReason::Rejected),
        1 => Ok(DeadReason::MaxDeliveries),
        2 => Ok(DeadReason::MaxAge),
        other => Err(FromSqlError::OutOfRange(other).into()),
    }
}

/// The entry that a row of the columns `failed, refused, ready_ms, written_ms, reason` was made of;
/// they begin at the column `at`.
pub(super) fn entry_of(row: &Row<'_>, at: usize, state: StateKind) -> rusqlite::Result<Entry> {
    let tries = tries_of(row, at)?;
    Ok(match state {
        StateKind::Done => Entry::Done,
        StateKind::Behind => Entry::Behind { tries },
        StateKind::Taken => Entry::Taken { tries },
        StateKind::Waiting => {
            Entry::Waiting { tries, at_ms: row.get(at + 2)?, written_ms: row.get(at + 3)? }
        }
        StateKind::Dead => Entry::Dead { tries, reason: reason_of(row.get(at + 4)?)? },
    })
}

/// Failures in the columns `failed, refused`, which begin at the column `at`.
pub(super) fn tries_of(row: &Row<'_>, at: usize) -> rusqlite::Result<Tries> {
    Ok(Tries { failed: row.get(at)?, refused: row.get(at + 1)? })
}

/// Key of a subject's order: it is stored, so it never changes.
pub(super) fn key_of(subject: &str) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = Digest::of(subject.as_bytes()).0;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// A number as SQLite holds it.
pub(super) fn bounded(number: u64) -> u64 {
    number.min(i64::MAX as u64)
}
