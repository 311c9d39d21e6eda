//! Messages on subjects, which nobody keeps.

mod message;
mod subject;

pub use message::{
    ERROR_CODE_HEADER, ERROR_HEADER, Headers, MAX_MESSAGE_BYTES, Message, ReplyTo, ServiceError,
};
pub use subject::{
    MAX_SUBJECT_BYTES, check_pattern, check_subject, is_reserved, matches, matches_any,
};

use std::time::Duration;

use crate::{Incoming, Pending};

/// Longest wait for the answer of a request where the caller said nothing.
pub const REQUEST_TIME: Duration = Duration::from_millis(750);
/// Longest wait for the answers of a request to many where the caller said nothing.
pub const REQUEST_MANY_TIME: Duration = Duration::from_secs(3);

/// Most answers of one [`Messaging::request_many`].
pub const MAX_REPLIES: usize = 10_000;
/// Most bytes of the answers of one [`Messaging::request_many`].
pub const MAX_REPLIES_BYTES: usize = 64 << 20;

/// Messages on subjects: whoever listens gets them, and nobody keeps them (at most once).
///
/// Messages of one publisher on one subject reach a subscriber in their order. A publisher is not
/// held up by subscribers: one whose queue is full misses what comes meanwhile and is told so
/// ([`Received::Missed`]).
///
/// # Subjects
/// A subject is text of tokens between dots ([`check_subject`]). A pattern may have `*` for any one
/// token and `>` for one or more at the end ([`check_pattern`]). Subjects that begin with `$` or
/// `_INBOX.` belong to the bus: no wildcard as first token matches them, and who lets functions
/// publish refuses them ([`is_reserved`]).
///
/// # Runtime
/// Unlike the rest of this crate, [`Messaging::request`] and [`Messaging::request_many`] wait by
/// tokio's clock: await them in a tokio runtime that has time.
pub trait Messaging: Send + Sync + 'static {
    /// Gives a message to the bus. [`crate::Error::Invalid`] for a subject or header that breaks the
    /// rules, [`crate::Error::TooLarge`] over [`MAX_MESSAGE_BYTES`].
    fn publish(&self, message: Message) -> Pending<()>;

    /// Messages on subjects that match, from the moment at which the result is there. Dropping it
    /// ends the subscription. It outlives a connection to the bus that is lost and comes back, and
    /// ends when the bus is closed.
    fn subscribe(&self, subscribe: Subscribe) -> Pending<Incoming<Received>>;

    /// Sends a message and gives the first answer within `time`; its `reply` is replaced. Later
    /// answers are dropped.
    ///
    /// [`crate::Error::NoResponders`] at once where nobody listens, [`crate::Error::NoReply`] after
    /// `time`, [`crate::Error::Busy`] where the queues of all who listen are full. An answer that
    /// tells of an error is an answer: see [`Message::service_error`].
    fn request(&self, message: Message, time: Duration) -> Pending<Message>;

    /// Sends a message and gives all answers that come within `time`, in the order in which they
    /// came; none where nobody listens. Ends before `time` where the bus knows that no more can come
    /// (embedded: everybody who got the message has dropped it). More than [`MAX_REPLIES`] or
    /// [`MAX_REPLIES_BYTES`] are [`crate::Error::TooLarge`].
    fn request_many(&self, message: Message, time: Duration) -> Pending<Vec<Message>>;
}

/// Selection of messages, and a bound for those that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribe {
    /// Patterns, one or more. A message that several of them match comes once.
    pub subjects: Vec<String>,
    /// Queue group: of all subscriptions of one group to a pattern, one gets each message, in the
    /// whole cluster. Members of a group have the same patterns. `None`: this one gets all.
    pub queue_group: Option<String>,
    /// Most messages that wait for the subscriber. Default 8,192.
    pub queue_messages: usize,
    /// Most bytes of messages that wait for the subscriber. Default 16 MiB.
    pub queue_bytes: usize,
}

impl Subscribe {
    /// Everything on subjects that match `subject`.
    pub fn to(subject: impl Into<String>) -> Self {
        Self::to_any(vec![subject.into()])
    }

    /// Everything on subjects that match one of `subjects`.
    pub fn to_any(subjects: Vec<String>) -> Self {
        Self { subjects, queue_group: None, queue_messages: 8192, queue_bytes: 16 << 20 }
    }

    /// As a member of a queue group.
    pub fn group(self, name: impl Into<String>) -> Self {
        Self { queue_group: Some(name.into()), ..self }
    }

    /// Checks patterns and group: implementations call it first.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`].
    pub fn check(&self) -> crate::Result<()> {
        if self.subjects.is_empty() {
            let reason = "must name one or more".to_owned();
            return Err(crate::Error::Invalid { field: "subjects".into(), reason });
        }
        self.subjects.iter().try_for_each(|subject| check_pattern(subject))?;
        self.queue_group.as_deref().map_or(Ok(()), subject::check_group)
    }
}

/// Item that a subscriber receives.
#[derive(Debug, Clone)]
pub enum Received {
    /// A message.
    Message(Message),
    /// The subscriber was too slow: so many messages are left out here. Nobody has them.
    Missed(u64),
}
