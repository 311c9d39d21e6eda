//! The server from outside: real sockets, a real data folder, a worker process that stands in for
//! V8. What JavaScript sees and does is not tested here.

mod admin;
mod arriving;
mod asynchronous;
mod calls;
mod delivery;
mod events;
mod failing;
mod gateway;
mod ledger;
mod life;
mod limits;
mod objects;
mod publishing;
mod repositories;
mod schedules;
mod shared;
mod spans;
mod stores;
mod subscriptions;
mod support;
