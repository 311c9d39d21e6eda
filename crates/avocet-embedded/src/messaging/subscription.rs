//! One who listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use avocet_backplane::Message;
use avocet_backplane::messaging::{Received, matches_any};

use crate::mailbox::Inlet;

/// Somebody who listens on one pattern or several.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) number: u64,
    pub(super) patterns: Arc<[String]>,
    pub(super) inlet: Inlet<Received>,
}

/// A number that no other subscription has.
pub(super) fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Subscription {
    /// True where the pattern with this index is the one by which it gets messages on the subject.
    pub(super) fn listens_by(&self, index: usize, subject: &str) -> bool {
        self.patterns.len() == 1 || matches_any(&self.patterns, subject) == Some(index)
    }

    /// Gives it the message where it has room.
    pub(super) fn offer(&self, message: &Message) -> bool {
        let bytes = message.bytes() + message.subject.len();
        self.inlet.offer(Received::Message(message.clone()), bytes).is_ok()
    }
}
