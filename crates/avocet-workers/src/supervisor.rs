use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use avocet_frames::head::Level;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::fleet::Fleet;
use crate::pool::Pool;
use crate::refill;
use crate::roster::Roster;
use crate::shared::Shared;
use crate::{Definition, FunctionHandle, LogLine, Placement, SupervisorOptions, WorkerStats};

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
    roster: Arc<Roster>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.close();
        self.shared.processes.kill_all();
    }
}

/// Result of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shutdown {
    /// Workers that ended in time.
    pub ended: usize,
    /// Workers that had to be killed.
    pub killed: usize,
}

/// Line for the log: what holds instances to their limits.
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

impl Supervisor {
    /// Starts the warm pool.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(options: SupervisorOptions) -> Self {
        if options.placement == Placement::Instance {
            options.logs.log(LogLine::platform(Level::Info, limits(&options)));
        }
        let level = if options.isolation.confines() { Level::Info } else { Level::Warn };
        options.logs.log(LogLine::platform(level, options.isolation.describe()));
        let shared = Arc::new(Shared {
            options,
            runtime: Handle::current(),
            pool: Pool::default(),
            processes: Arc::default(),
            closing: AtomicBool::new(false),
        });
        if shared.options.warm_processes > 0 {
            shared.runtime.spawn(refill::keep_full(Arc::downgrade(&shared)));
        }
        Self { owner: Arc::new(Owner { shared, roster: Arc::default() }) }
    }

    /// Makes a function known. Nothing is started or loaded before the first call.
    pub fn register(&self, definition: Arc<Definition>) -> FunctionHandle {
        let Owner { shared, roster } = &*self.owner;
        match shared.options.placement {
            Placement::Namespace => {
                let worker = roster.of_namespace(&definition.load().namespace, shared);
                FunctionHandle::shared(worker, definition)
            }
            Placement::Instance => {
                FunctionHandle::own(Fleet::new(shared.clone(), roster.clone(), definition))
            }
        }
    }

    /// Every namespace that has functions or a worker, by name; with [`Placement::Instance`] every
    /// instance, by the name of its worker.
    pub fn stats(&self) -> Vec<WorkerStats> {
        let workers = self.owner.roster.all();
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
        for worker in self.owner.roster.all() {
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
