//! The workers of a supervisor, as long as somebody uses them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use crate::shared::Shared;
use crate::sync::lock;
use crate::worker::Worker;

/// Workers by what they serve.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    /// With [`Placement::Namespace`](crate::Placement::Namespace): one for each namespace.
    namespaces: Mutex<HashMap<Arc<str>, Weak<Worker>>>,
    /// With [`Placement::Instance`](crate::Placement::Instance): one for each instance.
    instances: Mutex<Vec<Weak<Worker>>>,
}

impl Roster {
    /// All workers.
    pub(crate) fn all(&self) -> Vec<Arc<Worker>> {
        let shared: Vec<_> = lock(&self.namespaces).values().filter_map(Weak::upgrade).collect();
        let own: Vec<_> = lock(&self.instances).iter().filter_map(Weak::upgrade).collect();
        [shared, own].concat()
    }

    /// Worker of a namespace, made where there is none.
    pub(crate) fn of_namespace(&self, namespace: &str, shared: &Arc<Shared>) -> Arc<Worker> {
        let mut workers = lock(&self.namespaces);
        if let Some(worker) = workers.get(namespace).and_then(Weak::upgrade) {
            return worker;
        }
        // Now and then, so that registering stays cheap with ten thousand of them.
        if workers.len().is_power_of_two() {
            workers.retain(|_, worker| worker.strong_count() > 0);
        }
        let namespace: Arc<str> = namespace.into();
        let worker = Arc::new(Worker::new(namespace.clone(), shared.clone(), None));
        workers.insert(namespace, Arc::downgrade(&worker));
        worker
    }

    /// Adds the worker of an instance.
    pub(crate) fn add_instance(&self, worker: &Arc<Worker>) {
        let mut instances = lock(&self.instances);
        // When the room is used up, so that it costs little however many come and go.
        if instances.len() == instances.capacity() {
            instances.retain(|worker| worker.strong_count() > 0);
        }
        instances.push(Arc::downgrade(worker));
    }
}
