//! Messages, values and objects pass the suite at both servers.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::conformance::{self, KeyValueWorld, ObjectWorld};
use avocet_backplane::{Bucket, KeyValue, ObjectStore, kv};
use avocet_nats::Nats;
use avocet_nats::testing::{Release, Server};
use tokio::runtime::Runtime;

use crate::common::connected;

/// Servers of one release, the last one in use.
struct World {
    release: Release,
    runtime: Runtime,
    servers: RefCell<Vec<Server>>,
}

impl World {
    fn new(release: Release) -> Self {
        let runtime = Runtime::new().unwrap();
        Self { release, runtime, servers: RefCell::default() }
    }

    /// Connection to a new server.
    fn nats(&self) -> Nats {
        let server = Server::start(self.release);
        let nats = self.runtime.block_on(connected(&server));
        self.servers.borrow_mut().push(server);
        nats
    }

    /// Connection to the last server, after it was killed.
    fn again(&self) -> Nats {
        let mut servers = self.servers.borrow_mut();
        let server = servers.last_mut().unwrap();
        server.kill();
        server.restart();
        self.runtime.block_on(connected(server))
    }
}

impl KeyValueWorld for World {
    fn open(&self) -> Arc<dyn KeyValue> {
        self.nats().kv(kv::DEFAULT_BUCKET_BYTES)
    }

    fn restart(&self, store: Arc<dyn KeyValue>) -> Option<Arc<dyn KeyValue>> {
        drop(store);
        Some(self.again().kv(kv::DEFAULT_BUCKET_BYTES))
    }

    /// The server's own time; nothing of it can be skipped.
    fn pass(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn batches_are_atomic(&self) -> bool {
        false
    }
}

impl ObjectWorld for World {
    fn open(&self) -> Arc<dyn ObjectStore> {
        self.nats().objects(1 << 30)
    }

    fn open_small(&self) -> Arc<dyn ObjectStore> {
        self.nats().objects(1 << 20)
    }

    fn restart(&self, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        drop(store);
        Some(self.again().objects(1 << 30))
    }

    /// The server's own checksums would notice: see the tests of objects for a piece that is missing.
    fn damage(&self, _: &Bucket, _: &str) -> bool {
        false
    }

    fn reads_outlive_objects(&self) -> bool {
        true
    }
}

fn messages(release: Release) {
    let world = World::new(release);
    conformance::messaging(|| world.nats().messaging(), |case| world.runtime.block_on(case));
}

#[test]
fn keys_and_values_conform_at_an_old_server() {
    conformance::key_value(&World::new(Release::Old));
}

#[test]
fn keys_and_values_conform_at_a_new_server() {
    conformance::key_value(&World::new(Release::New));
}

#[test]
fn objects_conform_at_an_old_server() {
    conformance::objects(&World::new(Release::Old));
}

#[test]
fn objects_conform_at_a_new_server() {
    conformance::objects(&World::new(Release::New));
}

#[test]
fn messages_conform_at_an_old_server() {
    messages(Release::Old);
}

#[test]
fn messages_conform_at_a_new_server() {
    messages(Release::New);
}
