//! Messages between whoever is in this process.

mod inboxes;
mod subscription;
mod trie;

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use avocet_backplane::messaging::{MAX_REPLIES, MAX_REPLIES_BYTES, Received, ReplyTo, Subscribe};
use avocet_backplane::{Error, Incoming, Message, Messaging, Pending, Result};

use crate::mailbox::{Bounds, mailbox};
use crate::queue::ready;
use inboxes::Inboxes;
use subscription::Subscription;
use trie::Trie;

const ONE_ANSWER: Bounds = Bounds { items: 1, bytes: MAX_REPLIES_BYTES };
const MANY_ANSWERS: Bounds = Bounds { items: MAX_REPLIES, bytes: MAX_REPLIES_BYTES };

/// Subjects and who listens on them.
#[derive(Debug, Clone, Default)]
pub(crate) struct EmbeddedMessaging {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    listening: RwLock<Trie>,
    inboxes: Inboxes,
    closed: AtomicBool,
}

/// Numbers of subscribers of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Reached {
    /// Subscribers and groups that it was for.
    wanted: usize,
    /// Subscribers that had room.
    taken: usize,
}

impl EmbeddedMessaging {
    /// Ends every subscription and every wait for an answer.
    pub(crate) fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        let mut listening = self.shared.listening.write().unwrap_or_else(PoisonError::into_inner);
        let all = std::mem::take(&mut *listening);
        drop(listening);
        all.close();
        self.shared.inboxes.close();
    }

    /// Refuses what cannot be sent.
    fn check(&self, message: &Message) -> Result<()> {
        match self.shared.closed.load(Ordering::Acquire) {
            true => Err(Error::Closed),
            false => message.check(),
        }
    }
}

impl Shared {
    /// Gives the message to whoever it is for.
    fn deliver(&self, message: Message) -> Reached {
        if let Some(taken) = self.inboxes.answer(&message) {
            return Reached { wanted: 1, taken: usize::from(taken) };
        }
        let targets = {
            let listening = self.listening.read().unwrap_or_else(PoisonError::into_inner);
            listening.targets(&message.subject)
        };
        let taken = targets.iter().filter(|target| target.take(&message)).count();
        Reached { wanted: targets.len(), taken }
    }
}

impl Messaging for EmbeddedMessaging {
    fn publish(&self, message: Message) -> Pending<()> {
        let checked = self.check(&message);
        if checked.is_ok() {
            self.shared.deliver(message);
        }
        ready(checked)
    }

    fn subscribe(&self, subscribe: Subscribe) -> Pending<Incoming<Received>> {
        if let Err(error) = subscribe.check() {
            return ready(Err(error));
        }
        let bounds = Bounds { items: subscribe.queue_messages, bytes: subscribe.queue_bytes };
        let Subscribe { subjects, queue_group, .. } = subscribe;
        let (shared, number) = (Arc::downgrade(&self.shared), subscription::number());
        let patterns: Arc<[String]> = subjects.into();
        let own = Arc::clone(&patterns);
        let (inlet, outlet) = mailbox(bounds, Received::Missed, move || {
            if let Some(shared) = shared.upgrade() {
                let mut all = shared.listening.write().unwrap_or_else(PoisonError::into_inner);
                own.iter().for_each(|pattern| all.remove(pattern, number));
            }
        });
        let subscription = Arc::new(Subscription { number, patterns, inlet });
        let mut all = self.shared.listening.write().unwrap_or_else(PoisonError::into_inner);
        if self.shared.closed.load(Ordering::Acquire) {
            drop(all);
            return ready(Err(Error::Closed));
        }
        all.insert(&subscription, queue_group.as_deref());
        drop(all);
        ready(Ok(Incoming::new(outlet)))
    }

    fn request(&self, mut message: Message, time: Duration) -> Pending<Message> {
        if let Err(error) = self.check(&message) {
            return ready(Err(error));
        }
        let subject = message.subject.clone();
        let mut inbox = self.shared.inboxes.open(ONE_ANSWER);
        message.reply = Some(ReplyTo::new(inbox.subject()));
        match self.shared.deliver(message) {
            Reached { wanted: 0, .. } => return ready(Err(Error::NoResponders { subject })),
            Reached { taken: 0, .. } => return ready(Err(Error::Busy)),
            Reached { .. } => {}
        }
        Box::pin(async move {
            match within(time, inbox.next()).await {
                Some(Some(Received::Message(answer))) => Ok(answer),
                Some(_) => Err(Error::Closed),
                None => Err(Error::NoReply { subject, time }),
            }
        })
    }

    fn request_many(&self, mut message: Message, time: Duration) -> Pending<Vec<Message>> {
        if let Err(error) = self.check(&message) {
            return ready(Err(error));
        }
        let subject = message.subject.clone();
        let mut inbox = self.shared.inboxes.open(MANY_ANSWERS);
        message.reply = Some(ReplyTo::held(inbox.subject(), inbox.hold()));
        self.shared.deliver(message);
        Box::pin(async move {
            let mut answers = Vec::new();
            let all = async {
                while let Some(answer) = inbox.next().await {
                    match answer {
                        Received::Message(answer) => answers.push(answer),
                        Received::Missed(_) => return false,
                    }
                }
                true
            };
            let fits = within(time, all).await.unwrap_or(true);
            let bytes: usize = answers.iter().map(Message::bytes).sum();
            if fits && answers.len() <= MAX_REPLIES && bytes <= MAX_REPLIES_BYTES {
                return Ok(answers);
            }
            Err(Error::TooLarge {
                what: format!("all answers on {subject:?} together"),
                size: format!("more than {} answers, {bytes} bytes", answers.len()),
                limit: format!("{MAX_REPLIES} answers and {MAX_REPLIES_BYTES} bytes"),
            })
        })
    }
}

async fn within<F: Future>(time: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(time, future).await.ok()
}
