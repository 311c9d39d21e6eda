use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use crate::namespace::{Answer, Namespace, NewCall, Start};
use crate::{BodyStream, CallError, CallRequest, CallResponse, Definition, FailureKind, LoadError};

/// A registered function. Clones are the same function; when the last one is dropped, or with
/// [`FunctionHandle::remove`], it is forgotten.
#[derive(Debug, Clone)]
pub struct FunctionHandle {
    function: Arc<Function>,
}

#[derive(Debug)]
struct Function {
    namespace: Arc<Namespace>,
    key: usize,
    definition: Arc<Definition>,
}

impl Drop for Function {
    fn drop(&mut self) {
        self.namespace.forget(self.key);
    }
}

/// Whether a function is in its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Not loaded: the next call loads it.
    Asleep,
    /// Being loaded; calls are already on their way behind it.
    Loading,
    /// Loaded.
    Awake,
}

/// What a function is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionState {
    /// Whether it is in its worker.
    pub phase: Phase,
    /// Calls that are not answered yet.
    pub in_flight: u32,
    /// The process of its namespace's worker, where there is one.
    pub pid: Option<u32>,
}

/// A function is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// How long the worker took to load it; zero where it was awake already.
    pub took: Duration,
    /// The worker's process.
    pub pid: u32,
}

impl FunctionHandle {
    pub(crate) fn new(namespace: Arc<Namespace>, definition: Arc<Definition>) -> Self {
        let key = namespace.register(definition.clone());
        Self { function: Arc::new(Function { namespace, key, definition }) }
    }

    /// What was registered.
    pub fn definition(&self) -> &Arc<Definition> {
        &self.function.definition
    }

    /// Calls the function, loading it and starting its worker where needed.
    ///
    /// The function's time limit ([`crate::Limits::timeout_ms`]) counts from here. Dropping the
    /// future cancels the call.
    ///
    /// # Errors
    /// Exactly one of response and error for each call; see [`crate::FailureKind`] for the classes.
    pub async fn call<W>(&self, request: CallRequest<W>) -> Result<CallResponse, CallError>
    where
        W: FnOnce(&mut BytesMut) + Send,
    {
        let Function { namespace, key, .. } = &*self.function;
        let CallRequest { head, body, tag } = request;
        let (mut head, since) = (Some(head), Instant::now());
        let number = loop {
            let begun = std::future::poll_fn(|cx| {
                let new = NewCall { key: *key, head: &mut head, body: &body, tag, since };
                Poll::Ready(namespace.start(new, cx.waker()))
            });
            match begun.await {
                Start::Started(number) => break number,
                Start::Failed(error) => return Err(error),
                Start::Wait => {
                    let deadline = since + namespace.time_limit(*key);
                    Box::pin(namespace.turn(deadline)).await?;
                }
            }
        };
        let pending = Pending { namespace, number, state: PendingState::Registered };
        let answer = pending.await?;
        let stream = answer.streams.then(|| BodyStream::new(namespace.clone(), number));
        Ok(CallResponse { head: answer.head, body: answer.body, stream })
    }

    /// Loads the function without calling it: says whether its source is right. A revision that
    /// runs is not touched by loading another one beside it.
    ///
    /// # Errors
    /// [`LoadError::Source`] with the place where the source is wrong, [`LoadError::Failed`] where
    /// nothing could be found out.
    pub async fn load(&self) -> Result<Loaded, LoadError> {
        let Function { namespace, key, .. } = &*self.function;
        let deadline = Instant::now() + namespace.time_limit(*key);
        let told = loop {
            match namespace.load(*key)? {
                Some(told) => break told,
                None => namespace.turn(deadline).await?,
            }
        };
        told.await.unwrap_or_else(|_| {
            let message = "the load was given up with its supervisor";
            Err(LoadError::Failed(CallError::new(FailureKind::NotLoaded, message)))
        })
    }

    /// Unloads the function now. Calls in flight are finished; the next call loads it again.
    pub fn sleep(&self) {
        self.function.namespace.sleep(self.function.key);
    }

    /// What it is doing.
    pub fn state(&self) -> FunctionState {
        self.function.namespace.state(self.function.key)
    }

    /// Forgets the function, for all clones of the handle: calls in flight are finished, new ones
    /// fail with [`crate::FailureKind::NotLoaded`].
    pub fn remove(&self) {
        self.function.namespace.remove(self.function.key);
    }
}

/// A call that is on its way. Dropped before its answer, it is cancelled.
struct Pending<'a> {
    namespace: &'a Arc<Namespace>,
    number: u32,
    state: PendingState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PendingState {
    /// The waker of this very poll was left with the call: no need to look for the answer.
    Registered,
    Waiting,
    Answered,
}

impl Future for Pending<'_> {
    type Output = Result<Answer, CallError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.state == PendingState::Registered {
            self.state = PendingState::Waiting;
            return Poll::Pending;
        }
        let answer = self.namespace.poll_answer(self.number, cx);
        if answer.is_ready() {
            self.state = PendingState::Answered;
        }
        answer
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.state != PendingState::Answered {
            self.namespace.abandon(self.number);
        }
    }
}
