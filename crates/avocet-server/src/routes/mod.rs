//! Functions by host name and path: the route table, which is immutable and swapped whole.
//!
//! A route has a state. Its function is deployed, or it is being deployed for the first time: then
//! calls wait for it, within bounds.
//!
//! Never in here: the registry, a function's code, requests and responses of HTTP.

mod arrivals;
mod arriving;
mod callee;
mod function;
mod messages;
mod nearby;
mod table;

pub(crate) use arrivals::{Announcement, Arrivals};
pub(crate) use arriving::{Arriving, WaitError};
pub(crate) use callee::Callee;
pub(crate) use function::{Function, Register, Registration, Version};
pub(crate) use messages::MessageTriggers;
pub(crate) use nearby::sentence as nearby;
pub(crate) use table::{Address, Found, Lookup, RouteTable, Routes};
