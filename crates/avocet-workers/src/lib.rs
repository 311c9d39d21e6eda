//! The supervisor's side of a worker: spawn, frames, pools, limits.
//!
//! A [`Supervisor`] holds one worker process per namespace ([`Placement::Namespace`]) or per
//! instance of a function ([`Placement::Instance`]) and speaks [`avocet_frames`] with it over a
//! socketpair. [`Supervisor::register`] turns a [`Definition`] into a [`FunctionHandle`];
//! the handle's calls start the process, load the function and retry nothing: each call is
//! answered exactly once, with a [`CallResponse`] or a [`CallError`].
//!
//! ```text
//! FunctionHandle::call ─┐ lock: slot + frame          ┌─ reader task: frames → slots → wakers
//! FunctionHandle::call ─┼──► Core ──► writer task ──► socket ──► worker process
//! FunctionHandle::call ─┘      ▲ timer task: deadlines, pings, idle functions, idle worker
//! ```
//!
//! What holds at any time:
//! - user code never runs here; nothing that a worker sends is trusted beyond its own namespace;
//! - every wait has a limit and every queue a bound (see [`SupervisorOptions`]); over it the
//!   caller gets [`FailureKind::Overload`] and a time after which to try again;
//! - a call's number is not used again before the worker can no longer answer it: a call that was
//!   given up keeps its slot until a pong proves that the worker has read the cancellation;
//! - a function that was put to sleep gets a new number when it wakes, so an unload can never hit
//!   calls that came after it;
//! - no process outlives its supervisor: workers are killed when the [`Supervisor`] is dropped, and
//!   the system kills them where the supervisor itself is killed.
//!
//! Absent on purpose: retries (delivery's business), the return table (`avocet-functions`), and
//! how a process is launched and confined (`avocet-jail`).
//!
//! All of it needs a tokio runtime with I/O and time enabled, of either flavour.

mod body;
mod call;
mod definition;
mod error;
mod exit;
mod fleet;
mod handle;
mod host;
mod invoke;
mod observe;
mod options;
mod pool;
mod process;
mod refill;
mod response;
mod restart;
mod roster;
mod seat;
mod shared;
mod spawned;
mod state;
mod supervisor;
mod sync;
mod upload;
mod worker;

pub use avocet_frames::head::{
    Failure, FailureKind, Level, Limits, Respond, Returned, SourceError,
};
pub use avocet_jail::{Cgroups, Isolation, Launch, Launcher};
pub use body::{ArrivingBody, CallBody};
pub use call::{CallRequest, CallTag};
pub use definition::{Definition, DefinitionError};
pub use error::{CallError, LoadError};
pub use exit::Exit;
pub use handle::FunctionHandle;
pub use host::{HostAnswer, HostFuture, HostRequest, HostServices, NoHostServices};
pub use invoke::{Chunks, Invocation, Invoke, InvokeError, InvokeFuture, Outcome};
pub use observe::{Discard, Event, LogLine, LogSink, Span};
pub use options::{Placement, SupervisorOptions};
pub use response::{BodyStream, CallResponse};
pub use restart::RestartPolicy;
pub use state::{FunctionState, Loaded, Phase, WorkerStats};
pub use supervisor::{Shutdown, Supervisor};
