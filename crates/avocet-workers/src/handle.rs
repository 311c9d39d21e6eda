use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use avocet_frames::CREDIT_WINDOW;
use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use crate::fleet::{Fleet, Permit};
use crate::seat::Seat;
use crate::upload::Upload;
use crate::worker::{Answer, NewCall, Start, Worker};
use crate::{
    BodyStream, CallBody, CallError, CallRequest, CallResponse, Definition, FunctionState,
    LoadError, Loaded,
};

/// A registered function. Clones are the same function; when the last one is dropped, or with
/// [`FunctionHandle::remove`], it is forgotten.
#[derive(Debug, Clone)]
pub struct FunctionHandle {
    place: Place,
}

/// Workers that run a function.
#[derive(Debug, Clone)]
enum Place {
    /// In the one worker of its namespace.
    Shared(Arc<Seat>),
    /// In processes of its own.
    Own(Arc<Fleet>),
}

impl FunctionHandle {
    pub(crate) fn shared(worker: Arc<Worker>, definition: Arc<Definition>) -> Self {
        let pinned = definition.min_instances() > 0;
        Self { place: Place::Shared(Arc::new(Seat::new(worker, definition, pinned))) }
    }

    pub(crate) fn own(fleet: Arc<Fleet>) -> Self {
        Self { place: Place::Own(fleet) }
    }

    /// The registered definition.
    pub fn definition(&self) -> &Arc<Definition> {
        match &self.place {
            Place::Shared(seat) => &seat.definition,
            Place::Own(fleet) => fleet.definition(),
        }
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
        let since = Instant::now();
        match &self.place {
            Place::Shared(seat) => call(seat, request, since, None).await,
            Place::Own(fleet) => {
                let permit = fleet.enter(since).await?;
                let seat = permit.seat().clone();
                call(&seat, request, since, Some(permit)).await
            }
        }
    }

    /// Loads the function without calling it: says whether its source is right. A revision that
    /// runs is not touched by loading another one beside it. A function with instances of its own
    /// gets as many as are to stay awake ([`Definition::keep_awake`]), at least one.
    ///
    /// # Errors
    /// [`LoadError::Source`] with the place where the source is wrong, [`LoadError::Failed`] where
    /// nothing could be found out.
    pub async fn load(&self) -> Result<Loaded, LoadError> {
        match &self.place {
            Place::Shared(seat) => seat.load().await,
            Place::Own(fleet) => fleet.load().await,
        }
    }

    /// Unloads the function now. Calls in flight are finished; the next call loads it again.
    pub fn sleep(&self) {
        match &self.place {
            Place::Shared(seat) => seat.worker.sleep(seat.key),
            Place::Own(fleet) => fleet.sleep(),
        }
    }

    /// State of the function.
    pub fn state(&self) -> FunctionState {
        match &self.place {
            Place::Shared(seat) => seat.state(),
            Place::Own(fleet) => fleet.state(),
        }
    }

    /// Forgets the function, for all clones of the handle: calls in flight are finished, new ones
    /// fail with [`crate::FailureKind::NotLoaded`].
    pub fn remove(&self) {
        match &self.place {
            Place::Shared(seat) => seat.worker.remove(seat.key),
            Place::Own(fleet) => fleet.remove(),
        }
    }
}

/// Longest time for which a call waits for the end of pauses after deaths of workers; one that would
/// wait longer is told to come back.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Calls the function in its place.
async fn call<W>(
    seat: &Seat,
    request: CallRequest<W>,
    since: Instant,
    permit: Option<Permit>,
) -> Result<CallResponse, CallError>
where
    W: FnOnce(&mut BytesMut) + Send,
{
    let Seat { worker, key, .. } = seat;
    let CallRequest { head, body, tag } = request;
    let (body, upload) = match body {
        CallBody::Whole(body) => (body, None),
        CallBody::Arriving(body) => (Bytes::new(), Some(Box::new(Upload::new(body)))),
    };
    let window = upload.as_ref().map(|_| CREDIT_WINDOW);
    let mut head = Some(head);
    let number = loop {
        let begun = std::future::poll_fn(|cx| {
            let new = NewCall { key: *key, head: &mut head, body: &body, window, tag, since };
            Poll::Ready(worker.start(new, cx.waker()))
        });
        match begun.await {
            Start::Started(number) => break number,
            Start::Failed(error) => return Err(error),
            Start::Later(error) => {
                let over = Instant::now() + error.retry_after.unwrap_or_default();
                if over > since + LONGEST_PAUSE.min(worker.time_limit(*key)) {
                    return Err(error);
                }
                Box::pin(worker.rest(over)).await?;
            }
            Start::Wait => {
                let deadline = since + worker.time_limit(*key);
                Box::pin(worker.turn(deadline)).await?;
            }
        }
    };
    let mut pending = Pending { worker, number, upload, state: PendingState::Registered };
    let answer = (&mut pending).await?;
    let upload = pending.upload.take();
    let stream = answer.streams.then(|| BodyStream::new(worker.clone(), number, upload, permit));
    Ok(CallResponse { head: answer.head, body: answer.body, stream })
}

/// A call that is on its way. Dropped before its answer, it is cancelled.
struct Pending<'a> {
    worker: &'a Arc<Worker>,
    number: u32,
    /// Body of the request, where it still arrives.
    upload: Option<Box<Upload>>,
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
        let this = &mut *self;
        if this.state == PendingState::Registered {
            this.state = PendingState::Waiting;
        } else {
            let answer = this.worker.poll_answer(this.number, cx);
            if answer.is_ready() {
                this.state = PendingState::Answered;
                return answer;
            }
        }
        // Only now: the waker that credit wakes lies with the call.
        if let Some(upload) = &mut this.upload
            && upload.poll(this.worker, this.number, cx).is_ready()
        {
            this.upload = None;
        }
        Poll::Pending
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.state != PendingState::Answered {
            self.worker.abandon(self.number);
        }
    }
}
