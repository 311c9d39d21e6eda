//! Helpers of several tests.

use avocet_nats::testing::Server;
use avocet_nats::{Demand, Nats, NatsOptions};

pub(crate) fn options(server: &Server) -> NatsOptions {
    let monitor = Some(server.monitor());
    NatsOptions { monitor, durability: Demand::Any, ..NatsOptions::new([server.url()]) }
}

pub(crate) async fn connected(server: &Server) -> Nats {
    Nats::connect(&options(server)).await.unwrap()
}

/// Another client of the same server.
pub(crate) async fn other(server: &Server) -> async_nats::Client {
    async_nats::connect(server.url()).await.unwrap()
}
