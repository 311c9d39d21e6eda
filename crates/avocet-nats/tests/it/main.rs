//! The stores at real servers, of both releases.

mod connection;
