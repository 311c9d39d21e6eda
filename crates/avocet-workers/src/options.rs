use std::sync::Arc;
use std::time::Duration;

use crate::{
    Cgroups, Discard, HostServices, Isolation, Launch, Launcher, LogSink, NoHostServices,
    RestartPolicy,
};

/// Options of a [`crate::Supervisor`]. [`SupervisorOptions::new`] gives the defaults named here.
#[derive(Debug, Clone)]
pub struct SupervisorOptions {
    /// Launch of a worker, without its control group. A supervisor holds workers of one engine
    /// family.
    pub launch: Launch,
    /// The program that carries launches out.
    pub launcher: Launcher,
    /// Isolation that `launch` was made for; it gives each worker a user of its own where it can
    /// ([`Isolation::Process`]).
    pub isolation: Isolation,
    /// Functions that share a process (all of a namespace).
    pub placement: Placement,
    /// Processes started in advance, which belong to no namespace yet (1).
    pub warm_processes: usize,
    /// Pause before a process that was taken from those is replaced, so that starting the next one
    /// does not take processor time from the first call (0).
    pub refill_after: Duration,
    /// Isolates that each worker keeps ready (4).
    pub warm_isolates: u32,
    /// Idle time before a function is unloaded (60 s).
    pub idle_after: Duration,
    /// Time without awake functions before a worker is ended (120 s).
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
    /// Longest time of a load (10 s).
    pub load_timeout: Duration,
    /// Time added to a function's limit, so that a worker that enforces it itself answers first
    /// (100 ms).
    pub timeout_grace: Duration,
    /// Time between two looks at deadlines while calls are in flight (20 ms).
    pub tick: Duration,
    /// Time between two pings of a worker with calls in flight (2 s).
    pub ping_every: Duration,
    /// Silence after a ping before a worker is killed (10 s).
    pub pong_within: Duration,
    /// Time for which a worker's pongs may name calls that were given up, before it is killed (30 s).
    pub cancel_within: Duration,
    /// Silence of an instance ([`Placement::Instance`]) with calls in flight before it is pinged
    /// instead of getting another call: what computes in it would keep that one from beginning
    /// (2 ms).
    pub quiet_after: Duration,
    /// Silence of an instance ([`Placement::Instance`]) after a ping before it gets no calls until it
    /// answers: another instance takes them, or they wait (250 ms).
    pub stall_after: Duration,
    /// Time between two looks at the memory of an instance ([`Placement::Instance`]) with calls in
    /// flight; without calls, twenty times as long (250 ms).
    pub memory_every: Duration,
    /// Control groups, of which each instance ([`Placement::Instance`]) gets one that holds it to its
    /// limits (none).
    pub cgroups: Option<Arc<Cgroups>>,
    /// Time from the start of a worker to its hello, before it is killed (10 s).
    pub start_within: Duration,
    /// Time that a worker without calls has to end when it is asked to, before it is killed (5 s; 12 s
    /// for an instance, whose function has 10 s for its clean-up).
    pub end_within: Duration,
    /// Time for which an instance ([`Placement::Instance`]) with timers, sockets or threads under way
    /// goes to sleep later (10 minutes).
    pub work_within: Duration,
    /// Pauses before a worker that died is replaced.
    pub restart: RestartPolicy,
    /// Services that functions may call.
    pub host: Arc<dyn HostServices>,
    /// Sink for lines, spans and events.
    pub logs: Arc<dyn LogSink>,
}

/// Functions that share a worker process.
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

impl SupervisorOptions {
    /// The defaults for workers that hold one instance of one function each and run its calls on the
    /// thread that reads frames: such a worker does not answer pings while a call computes.
    pub fn per_instance(launch: Launch, launcher: Launcher) -> Self {
        Self {
            placement: Placement::Instance,
            warm_isolates: 0,
            refill_after: Duration::from_millis(500),
            ping_every: Duration::from_millis(500),
            pong_within: Duration::from_secs(1),
            cancel_within: Duration::from_secs(1),
            load_timeout: Duration::from_secs(30),
            end_within: Duration::from_secs(12),
            ..Self::new(launch, launcher)
        }
    }

    /// The defaults, without host services and with a sink that keeps nothing.
    pub fn new(launch: Launch, launcher: Launcher) -> Self {
        Self {
            launch,
            launcher,
            isolation: Isolation::Process,
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
            work_within: Duration::from_secs(600),
            restart: RestartPolicy::default(),
            host: Arc::new(NoHostServices),
            logs: Arc::new(Discard),
        }
    }
}
