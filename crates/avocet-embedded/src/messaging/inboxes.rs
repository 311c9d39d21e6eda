//! Inboxes: the places that answers go to.

use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use avocet_backplane::messaging::Received;
use avocet_backplane::{Incoming, Message};

use crate::mailbox::{Bounds, Inlet, mailbox};

/// Subject of an inbox: this and its number. Nobody outside of the process sees it.
const PREFIX: &str = "_INBOX.local.";

/// Inboxes of requests that wait.
#[derive(Debug, Default)]
pub(super) struct Inboxes(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: AtomicU64,
    open: Mutex<HashMap<u64, Arc<Inlet<Received>>>>,
}

/// Receives answers; those that come later are dropped.
pub(super) struct Inbox {
    number: u64,
    answers: Incoming<Received>,
    inboxes: Arc<Inner>,
}

/// Ends its inbox when the last who could answer has dropped it.
struct Hold {
    number: u64,
    inboxes: Weak<Inner>,
}

impl Inboxes {
    pub(super) fn open(&self, bounds: Bounds) -> Inbox {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        let (inlet, outlet) = mailbox(bounds, Received::Missed, || {});
        self.0.lock().insert(number, Arc::new(inlet));
        Inbox { number, answers: Incoming::new(outlet), inboxes: Arc::clone(&self.0) }
    }

    /// Gives a message to the inbox that it is for, and whether that took it; `None` where its subject
    /// is none of an inbox.
    pub(super) fn answer(&self, message: &Message) -> Option<bool> {
        let number = message.subject.strip_prefix(PREFIX)?.parse().ok();
        let inlet = number.and_then(|number: u64| self.0.lock().get(&number).cloned());
        let Some(inlet) = inlet else { return Some(false) };
        let bytes = message.bytes();
        let taken = inlet.offer(Received::Message(message.clone()), bytes).is_ok();
        if !taken {
            inlet.miss();
        }
        Some(taken)
    }

    /// Ends every wait.
    pub(super) fn close(&self) {
        let open = std::mem::take(&mut *self.0.lock());
        drop(open);
    }
}

impl Inbox {
    pub(super) fn subject(&self) -> String {
        format!("{PREFIX}{}", self.number)
    }

    /// Right to answer, for whoever holds a copy of it.
    pub(super) fn hold(&self) -> Arc<dyn Any + Send + Sync> {
        Arc::new(Hold { number: self.number, inboxes: Arc::downgrade(&self.inboxes) })
    }

    /// The next answer; `None` where no more can come.
    pub(super) async fn next(&mut self) -> Option<Received> {
        self.answers.next().await
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let inlet = self.inboxes.lock().remove(&self.number);
        drop(inlet);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let Some(inboxes) = self.inboxes.upgrade() else { return };
        let inlet = inboxes.lock().get(&self.number).cloned();
        if let Some(inlet) = inlet {
            inlet.close();
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Inlet<Received>>>> {
        // Nothing under the lock can panic half way.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
