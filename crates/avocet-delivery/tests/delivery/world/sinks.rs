//! The sinks of a world.

use std::time::Duration;

use avocet_delivery::{DeliveryId, Input, Outcome};

use super::{Message, World};
use crate::random::Random;

/// Behaviour of a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Good,
    Slow,
    /// Fails half of the time.
    Flapping,
    /// Fails always, for events of some keys or all.
    Failing {
        all: bool,
    },
    Rejecting,
    /// No answer until the platform gives up.
    Hanging,
    Refusing,
}

impl World {
    pub(super) fn deliver(&mut self, id: DeliveryId, subscription: u64, position: u64) {
        let failed = Outcome::Failed { retry_after: None };
        let key = self.log.event(position).key.unwrap_or(position);
        let (delay, outcome) = match self.manners[subscription as usize] {
            _ if self.absent[subscription as usize] => (1, Outcome::Absent),
            Manner::Good => (self.random.below(50), Outcome::Delivered),
            Manner::Slow => (self.random.below(60_000), Outcome::Delivered),
            Manner::Flapping if self.random.chance(500) => (5, Outcome::Delivered),
            Manner::Flapping => {
                let after = self.random.chance(300).then(|| Duration::from_secs(20));
                (5, Outcome::Failed { retry_after: after })
            }
            Manner::Failing { all } if all || key.is_multiple_of(2) => (5, failed),
            Manner::Failing { .. } => (5, Outcome::Delivered),
            Manner::Rejecting if key.is_multiple_of(3) => (5, Outcome::Rejected),
            Manner::Rejecting => (5, Outcome::Delivered),
            Manner::Hanging => (30_000, failed),
            Manner::Refusing if self.in_trouble() => (5, Outcome::Refused { retry_after: None }),
            Manner::Refusing => (5, Outcome::Delivered),
        };
        let outcome = match outcome {
            Outcome::Failed { .. } if self.in_trouble() && self.random.chance(100) => {
                Outcome::Interrupted
            }
            other => other,
        };
        self.send(delay, Message::Handled { id, subscription, position, outcome });
    }

    pub(super) fn handled(
        &mut self,
        id: DeliveryId,
        subscription: u64,
        position: u64,
        outcome: Outcome,
        current: bool,
    ) {
        match outcome {
            Outcome::Delivered => drop(self.taken.insert((subscription, position))),
            Outcome::Failed { .. } | Outcome::Refused { .. } => {
                *self.failed.entry((subscription, position)).or_default() += 1;
            }
            Outcome::Rejected => drop(self.rejected.insert((subscription, position))),
            Outcome::Absent | Outcome::Interrupted => {}
        }
        if !current {
            return;
        }
        let answer = Input::Answered { id, outcome, note: None };
        if self.in_trouble() && self.random.chance(10) {
            self.note(|| format!("the answer of {id:?} is lost"));
            return;
        }
        let delay = self.latency();
        if self.in_trouble() && self.random.chance(50) {
            self.send(delay + 3, Message::ToEngine(answer.clone()));
        }
        self.send(delay, Message::ToEngine(answer));
    }
}

pub(super) fn manner(random: &mut Random) -> Manner {
    match random.below(9) {
        0 | 1 => Manner::Good,
        2 => Manner::Slow,
        3 => Manner::Flapping,
        4 => Manner::Failing { all: true },
        5 => Manner::Failing { all: false },
        6 => Manner::Rejecting,
        7 => Manner::Hanging,
        _ => Manner::Refusing,
    }
}
