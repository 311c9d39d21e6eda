//! The V8 worker: one process that runs the functions of one namespace in isolates.
//!
//! The supervisor starts it with a socketpair as its standard input and speaks
//! [frames](avocet_frames). Its entry point is [`run_worker`].
//! Beside it, [`Compiler`] checks whether a source would load, for who only looks at files.
//!
//! # The loop
//!
//! One thread runs the loop (`worker`): sleep in poll until there is something to do; read what
//! is there; sort the frames into functions (`receive`); give each function that has work one
//! *turn*, in the order in which they became ready; write all answers with one system call.
//!
//! A turn (`turn`, `pieces`) enters one isolate once and runs a batch in it: events, timers that
//! are due, then waiting calls, at most 64 of them or 2 ms. Then the next function has its turn,
//! so one that is called all the time cannot keep the others waiting.
//!
//! The loop's thread calls JavaScript itself. A call that takes a microsecond must not pay for
//! waking another thread, and mostly nothing takes longer.
//!
//! # The handoff
//!
//! Where something does take longer, the loop goes on without it (`handoff`). Before a turn the
//! thread parks the loop's state; a monitor that finds the same turn parked at two ticks (4 ms
//! each) takes the state out and gives it to a spare thread. The slow thread finishes its turn,
//! posts its instance back and becomes a spare. So:
//!
//! - what another function waits because of a slow one is two ticks at most;
//! - calls that wait behind a stuck one get another instance, up to `limits.instances`;
//! - at most 64 threads are slow at a time; beyond it calls are refused as overload until one
//!   comes back;
//! - a thread that stays slow (200 ms) gets a lower priority, and ends instead of serving again.
//!
//! An isolate is not bound to a thread: V8's lock is taken once per turn.
//!
//! # Limits
//!
//! The monitor also holds the limits of wall-clock and processor time (`current_piece`): it counts from
//! when it first sees a piece of work, so the fast path reads no clock, and a limit is exact to one
//! tick. It terminates execution; that call is answered 408, the instance takes no new calls and
//! ends when its other calls are answered, and the next call has a fresh isolate. Calls that wait
//! for a promise are ended by the loop when their time is over; their instance goes on. Processor
//! time counts for each uninterrupted piece of work. A caller that is gone stops what still runs for
//! it, where that is slow.
//!
//! The heap limit (at least 16 MiB) works through V8's own callback: execution is terminated, all calls of the
//! instance fail, the isolate is disposed of. Array buffers count, by the allocator. WebAssembly is
//! off, because its memories would not.
//!
//! # Instances
//!
//! An isolate starts from a snapshot that is made at compile time (`build.rs`), or, where V8 is not
//! the one of then, once at start. The *warm pool*, a thread of low priority, keeps some ready and disposes
//! of those that are over; both take milliseconds that the loop should not spend. All instances of
//! a function share its queue.
//!
//! # Bounds
//!
//! Calls that wait: `limits.queue`. Log lines: 64 KiB each, 1,000 per second and function, the rest
//! counted. Streamed answers: the credit window, then 16 MiB held. Answers that the supervisor does
//! not read: 8 MiB, then no call is started. Timers: 100,000 per isolate. Host calls: 10,000 open
//! per function.
//!
//! # What is not here
//!
//! The return table (the supervisor applies it), HTTP, the outer jail, and tokio.

mod blocked;
mod calls;
mod current_piece;
mod function;
mod guest;
mod handoff;
mod hooks;
mod host_calls;
mod inbound;
mod instance;
mod limits;
mod loading;
mod logs;
mod numbers;
mod outbox;
mod pieces;
mod program;
mod queue;
mod receive;
mod run;
mod shared;
mod slot;
mod snapshot;
mod syntax;
mod thread;
mod turn;
mod turn_end;
mod warm_pool;
mod work;
mod worker;

pub use run::run_worker;
pub use syntax::{Compiler, SourceKind, SyntaxError};
