use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use avocet_frames::head::Level;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::fleet::Fleet;
use crate::pool::{self, Pool};
use crate::process::Processes;
use crate::sync::lock;
use crate::worker::Worker;
use crate::{Definition, FunctionHandle, LogLine, Placement, SupervisorOptions};

/// Holds the workers of one engine family. Clones are the same supervisor; when the last one is
/// dropped, its workers are killed.
#[derive(Debug, Clone)]
pub struct Supervisor {
    owner: Arc<Owner>,
}

/// Ends what belongs to a supervisor when its last clone is dropped.
#[derive(Debug)]
struct Owner {
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.close();
        self.shared.processes.kill_all();
    }
}

/// What all workers use.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: SupervisorOptions,
    pub(crate) runtime: Handle,
    pub(crate) pool: Pool,
    pub(crate) processes: Arc<Processes>,
    /// New calls are refused.
    pub(crate) closing: AtomicBool,
    shared_workers: Mutex<HashMap<Arc<str>, Weak<Worker>>>,
    /// With [`Placement::Instance`]: what each instance has in place of a shared worker.
    instances: Mutex<Vec<Weak<Worker>>>,
}

impl Shared {
    fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.pool.close();
    }

    fn workers(&self) -> Vec<Arc<Worker>> {
        let shared: Vec<_> =
            lock(&self.shared_workers).values().filter_map(Weak::upgrade).collect();
        let own: Vec<_> = lock(&self.instances).iter().filter_map(Weak::upgrade).collect();
        [shared, own].concat()
    }

    pub(crate) fn add_instance(&self, worker: &Arc<Worker>) {
        let mut instances = lock(&self.instances);
        // When the room is used up, so that it costs little however many come and go.
        if instances.len() == instances.capacity() {
            instances.retain(|worker| worker.strong_count() > 0);
        }
        instances.push(Arc::downgrade(worker));
    }
}

/// How a shutdown went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shutdown {
    /// Workers that ended in time.
    pub ended: usize,
    /// Workers that had to be killed.
    pub killed: usize,
}

/// A worker as it was last heard of.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerStats {
    /// Its worker.
    pub namespace: Arc<str>,
    /// Its process; absent where none runs now.
    pub pid: Option<u32>,
    /// What runs the functions in it.
    pub engine: String,
    /// Functions registered in the worker.
    pub functions: usize,
    /// Functions that are awake.
    pub awake: usize,
    /// Calls that are not answered yet.
    pub in_flight: usize,
    /// Bytes of JavaScript heap in use, by the last pong.
    pub heap_bytes: u64,
    /// Workers that died unasked since the namespace exists.
    pub deaths: u64,
}

/// What holds instances to their limits.
fn limits(options: &SupervisorOptions) -> String {
    let (memory, cpu) = match &options.cgroups {
        Some(cgroups) => cgroups.describe(),
        None => (None, "not enforced: control groups are not used".to_owned()),
    };
    let behind = memory.unwrap_or_else(|| "a bound on the address space".to_owned());
    let every = options.memory_every.as_millis();
    format!(
        "limits of instances: memory: looked at every {every} ms, behind it {behind}; \
         processor: {cpu}"
    )
}

/// Said of the isolation `process`, in which workers have a process and nothing more.
const UNCONFINED: &str = "isolation of workers: process: they run unconfined, with the rights of \
                          the supervisor's user";

impl Supervisor {
    /// Starts the warm pool.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(options: SupervisorOptions) -> Self {
        if options.placement == Placement::Instance {
            options.logs.log(LogLine::platform(Level::Info, limits(&options)));
        }
        options.logs.log(LogLine::platform(Level::Warn, UNCONFINED));
        let shared = Arc::new(Shared {
            options,
            runtime: Handle::current(),
            pool: Pool::default(),
            processes: Arc::default(),
            closing: AtomicBool::new(false),
            shared_workers: Mutex::default(),
            instances: Mutex::default(),
        });
        if shared.options.warm_processes > 0 {
            shared.runtime.spawn(pool::keep_full(Arc::downgrade(&shared)));
        }
        Self { owner: Arc::new(Owner { shared }) }
    }

    /// Makes a function known. Nothing is started or loaded before the first call.
    pub fn register(&self, definition: Arc<Definition>) -> FunctionHandle {
        let shared = &self.owner.shared;
        match shared.options.placement {
            Placement::Namespace => {
                let worker = self.worker_of(&definition.load().namespace);
                FunctionHandle::shared(worker, definition)
            }
            Placement::Instance => FunctionHandle::own(Fleet::new(shared.clone(), definition)),
        }
    }

    fn worker_of(&self, namespace: &str) -> Arc<Worker> {
        let shared = &self.owner.shared;
        let mut workers = lock(&shared.shared_workers);
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

    /// Every namespace that has functions or a worker, by name; with [`Placement::Instance`] every
    /// instance, by the name of its worker.
    pub fn stats(&self) -> Vec<WorkerStats> {
        let workers = self.owner.shared.workers();
        let mut stats: Vec<_> = workers.iter().map(|worker| worker.stats()).collect();
        stats.sort_by(|a, b| a.namespace.cmp(&b.namespace));
        stats
    }

    /// Ends all workers: refuses new calls with [`crate::FailureKind::Overload`], lets the calls
    /// in flight finish, and kills what still runs after `deadline`. No process is left when this
    /// returns.
    pub async fn shutdown(&self, deadline: Duration) -> Shutdown {
        let shared = &self.owner.shared;
        shared.close();
        let all = shared.processes.len();
        for worker in shared.workers() {
            worker.end();
        }
        if timeout(deadline, shared.processes.gone()).await.is_ok() {
            return Shutdown { ended: all, killed: 0 };
        }
        let killed = shared.processes.len();
        shared.processes.kill_all();
        shared.processes.gone().await;
        Shutdown { ended: all.saturating_sub(killed), killed }
    }
}
