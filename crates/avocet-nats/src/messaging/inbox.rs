//! Messages that wait for a subscriber, within bounds.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_nats::Subscriber;
use avocet_backplane::Incoming;
use avocet_backplane::messaging::{Message, Received};
use futures_util::Stream;
use tokio::task::AbortHandle;

/// Queue of a subscriber: what does not fit is counted and left out.
#[derive(Clone)]
pub(super) struct Inbox(Arc<Mutex<Queue>>);

struct Queue {
    items: VecDeque<Received>,
    messages: usize,
    bytes: usize,
    most_messages: usize,
    most_bytes: usize,
    is_closed: bool,
    waker: Option<Waker>,
}

impl Inbox {
    pub(super) fn new(most_messages: usize, most_bytes: usize) -> Self {
        Self(Arc::new(Mutex::new(Queue {
            items: VecDeque::new(),
            messages: 0,
            bytes: 0,
            most_messages,
            most_bytes,
            is_closed: false,
            waker: None,
        })))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a message, or counts it as missed.
    pub(super) fn push(&self, message: Message) {
        let mut queue = self.queue();
        let bytes = message.bytes();
        if queue.messages >= queue.most_messages || queue.bytes + bytes > queue.most_bytes {
            match queue.items.back_mut() {
                Some(Received::Missed(count)) => *count += 1,
                _ => queue.items.push_back(Received::Missed(1)),
            }
        } else {
            queue.messages += 1;
            queue.bytes += bytes;
            queue.items.push_back(Received::Message(message));
        }
        if let Some(waker) = queue.waker.take() {
            waker.wake();
        }
    }

    /// Ends it after what is there.
    pub(super) fn close(&self) {
        let mut queue = self.queue();
        queue.is_closed = true;
        if let Some(waker) = queue.waker.take() {
            waker.wake();
        }
    }

    /// The subscriber's side; dropping it ends the subscriptions and the task that reads them.
    pub(super) fn incoming(self, queues: Queues, task: AbortHandle) -> Incoming<Received> {
        Incoming::new(Reader { inbox: self, queues, task })
    }
}

/// The client's queues, one for each pattern.
pub(super) type Queues = Arc<Mutex<Vec<Subscriber>>>;

struct Reader {
    inbox: Inbox,
    queues: Queues,
    task: AbortHandle,
}

impl Stream for Reader {
    type Item = Received;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Received>> {
        let mut queue = self.inbox.queue();
        match queue.items.pop_front() {
            Some(item) => {
                if let Received::Message(message) = &item {
                    queue.messages -= 1;
                    queue.bytes -= message.bytes();
                }
                Poll::Ready(Some(item))
            }
            None if queue.is_closed => Poll::Ready(None),
            None => {
                queue.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // The client tells the server at once, before anything that is published next: what a group
        // gets from then on goes to others.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.task.abort();
    }
}
