use std::sync::Arc;
use std::time::Duration;

use crate::{Cgroups, Discard, HostServices, LogSink, NoHostServices, WorkerCommand};

/// How a [`crate::Supervisor`] works. [`SupervisorOptions::new`] gives the defaults named here.
#[derive(Debug, Clone)]
pub struct SupervisorOptions {
    /// How a worker is started. A supervisor holds workers of one engine family.
    pub command: WorkerCommand,
    /// What shares a process (all functions of a namespace).
    pub placement: Placement,
    /// Processes that are started in advance and belong to no namespace yet (1).
    pub warm_processes: usize,
    /// A worker that was taken from those is replaced so much later, so that starting the next one
    /// does not take processor time from the first call (0).
    pub refill_after: Duration,
    /// Isolates or interpreters that each worker keeps ready (4).
    pub warm_isolates: u32,
    /// A function without calls for so long is unloaded (60 s).
    pub idle_after: Duration,
    /// A worker without awake functions for so long is ended (120 s).
    pub worker_idle_after: Duration,
    /// Functions awake in one worker; beyond it the one that was used least recently goes to sleep
    /// (1,024).
    pub max_awake_per_worker: usize,
    /// Calls of one worker that are in flight or given up but not yet forgotten (4,096; at most
    /// 65,536).
    pub max_calls_per_worker: usize,
    /// Bytes that wait to be written to one worker; beyond it calls wait (16 MiB).
    pub max_out_bytes: usize,
    /// Calls that wait for a worker to end or to read; beyond it they fail with
    /// [`crate::FailureKind::Overload`] (1,024).
    pub max_waiting: usize,
    /// Host calls of one worker that are open (256).
    pub max_host_calls_per_worker: u32,
    /// Bytes that the payloads of one worker's open host calls have together; a single call may
    /// have more (32 MiB).
    pub max_host_bytes_per_worker: usize,
    /// Lines per second that are taken from one worker's standard output and standard error each;
    /// the others are counted and dropped (1,000).
    pub max_output_lines: u32,
    /// A load that takes longer fails (10 s).
    pub load_timeout: Duration,
    /// Added to a function's time limit, so that a worker that enforces it itself answers first
    /// (100 ms).
    pub timeout_grace: Duration,
    /// How often deadlines are looked at while calls are in flight (20 ms).
    pub tick: Duration,
    /// How often a worker with calls in flight is pinged (2 s).
    pub ping_every: Duration,
    /// A worker that sent nothing for so long after a ping is killed (10 s).
    pub pong_within: Duration,
    /// A worker that says in its pongs that it still runs calls which were given up so long ago is
    /// killed (30 s).
    pub cancel_within: Duration,
    /// An instance ([`Placement::Instance`]) with calls in flight that was not heard of for so long
    /// is pinged before it gets another call: what computes in it would keep that one from
    /// beginning (2 ms).
    pub quiet_after: Duration,
    /// An instance ([`Placement::Instance`]) that has not answered a ping for so long gets no calls
    /// before it does: another instance takes them, or they wait (250 ms).
    pub stall_after: Duration,
    /// How often the memory of an instance ([`Placement::Instance`]) with calls in flight is looked
    /// at; without calls, twenty times more rarely (250 ms).
    pub memory_every: Duration,
    /// Where the instances ([`Placement::Instance`]) get control groups of their own, which hold them
    /// to their limits (nowhere).
    pub cgroups: Option<Arc<Cgroups>>,
    /// A worker that has not said hello so long after its start is killed (10 s).
    pub start_within: Duration,
    /// A worker that was asked to end, has no call left and still runs so long after it, is killed
    /// (5 s).
    pub end_within: Duration,
    /// When a worker that died is replaced.
    pub restart: RestartPolicy,
    /// What functions may ask for.
    pub host: Arc<dyn HostServices>,
    /// Where lines, spans and events go.
    pub logs: Arc<dyn LogSink>,
}

/// What shares a worker process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Placement {
    /// All functions of a namespace: the worker isolates them from each other and enforces their
    /// limits itself.
    #[default]
    Namespace,
    /// One instance of one function. Instances come with calls in flight, up to
    /// [`crate::Limits::instances`] of [`crate::Limits::concurrency`] calls each, and go when they
    /// are idle. The supervisor enforces their limits: the memory of a process
    /// ([`crate::Limits::heap_bytes`]), and the time of a call that does not return.
    Instance,
}

/// When a worker that died is replaced.
///
/// The first `burst` deaths in a row are followed by a new worker at once; after that the pause
/// doubles from `first` up to `max`, each with up to a quarter of jitter. A worker that lived for
/// `stable_after` ends the row. Where a process could not even be started, the pauses begin with
/// the first failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartPolicy {
    /// Deaths without a pause (3).
    pub burst: u32,
    /// The first pause (100 ms).
    pub first: Duration,
    /// The longest pause, before jitter (10 s).
    pub max: Duration,
    /// Life after which a death stands alone (10 s).
    pub stable_after: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            burst: 3,
            first: Duration::from_millis(100),
            max: Duration::from_secs(10),
            stable_after: Duration::from_secs(10),
        }
    }
}

impl SupervisorOptions {
    /// The defaults for workers that hold one instance of one function each and run its calls on the
    /// thread that reads frames: such a worker does not answer pings while a call computes.
    pub fn per_instance(command: WorkerCommand) -> Self {
        Self {
            placement: Placement::Instance,
            warm_isolates: 0,
            refill_after: Duration::from_millis(500),
            ping_every: Duration::from_millis(500),
            pong_within: Duration::from_secs(1),
            cancel_within: Duration::from_secs(1),
            load_timeout: Duration::from_secs(30),
            ..Self::new(command)
        }
    }

    /// The defaults, without host services and with a sink that keeps nothing.
    pub fn new(command: WorkerCommand) -> Self {
        Self {
            command,
            placement: Placement::Namespace,
            warm_processes: 1,
            refill_after: Duration::ZERO,
            warm_isolates: 4,
            idle_after: Duration::from_secs(60),
            worker_idle_after: Duration::from_secs(120),
            max_awake_per_worker: 1024,
            max_calls_per_worker: 4096,
            max_out_bytes: 16 * 1024 * 1024,
            max_waiting: 1024,
            max_host_calls_per_worker: 256,
            max_host_bytes_per_worker: 32 * 1024 * 1024,
            max_output_lines: 1000,
            load_timeout: Duration::from_secs(10),
            timeout_grace: Duration::from_millis(100),
            tick: Duration::from_millis(20),
            ping_every: Duration::from_secs(2),
            pong_within: Duration::from_secs(10),
            cancel_within: Duration::from_secs(30),
            quiet_after: Duration::from_millis(2),
            stall_after: Duration::from_millis(250),
            memory_every: Duration::from_millis(250),
            cgroups: None,
            start_within: Duration::from_secs(10),
            end_within: Duration::from_secs(5),
            restart: RestartPolicy::default(),
            host: Arc::new(NoHostServices),
            logs: Arc::new(Discard),
        }
    }
}
