//! Delivery of events: from the door where they are published to the functions and addresses that
//! want them.
//!
//! ```text
//!  POST /publish ─┐                       ┌─▶ functions (avocet_workers::Invoke)
//!  emitCloudEvent ┴▶ Bus ─▶ EventLog ─▶ Driver
//!                                ▲        └─▶ http(s) addresses
//!      registry ─▶ follow ───────┘ subscriptions
//! ```
//!
//! [`Bus`] makes an event durable, which is all that its publisher waits for. The driver runs the
//! engine of `avocet-delivery`, which decides what is delivered when: it reads the log for the engine,
//! delivers, and writes down what became of it. Subscriptions follow the registry. Everything that has
//! to survive the process is in the log; what is here can be lost at any instant.
//!
//! Never in here: what a function is, connections of callers, SQL.

pub(crate) mod accept;
mod attempt;
mod bus;
mod convert;
mod driver;
pub(crate) mod ending;
mod follow;
mod function;
mod handle;
mod index;
mod message;
mod recent;
mod sink;
mod status;
mod url;
mod wanted;

pub(crate) use attempt::Attempt;
pub(crate) use bus::Bus;
pub(crate) use driver::Totals;
pub(crate) use follow::Followed;
pub(crate) use function::{FunctionSink, Functions};
pub(crate) use handle::{Delivery, Parts};
pub(crate) use sink::{Deliver, Delivering, Ended};
pub(crate) use status::SubscriptionStatus;
pub(crate) use wanted::{ANSWER_WITHIN, Choice};
