//! Settings of a server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use avocet_functions::model::EgressRule;
use avocet_runtimes::RuntimesOptions;
use avocet_workers::{Launch, Launcher, SupervisorOptions};

use crate::calls::observer::CallObserver;
use crate::schedules::Clock;

/// Settings of a server; [`ServerOptions::new`] gives the defaults named here.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Folder for what functions need as files: code, packages, repositories, secrets. Made where it
    /// is missing.
    pub data_dir: PathBuf,
    /// Address at which functions are called (`127.0.0.1:8080`); port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address of the admin API (`127.0.0.1:8081`); port 0 takes a free one.
    pub admin: SocketAddr,
    /// Host names that the admin API answers to, beside addresses and `localhost` (none).
    pub admin_names: Vec<String>,
    /// The workers of runtime `v8`. `host` and `logs` in it are replaced by the server's own.
    pub v8: SupervisorOptions,
    /// Node.js and Python (none: such functions are refused). `collector` in it is replaced by the
    /// server's own.
    pub runtimes: Option<RuntimesOptions>,
    /// Bounds of the gateway.
    pub gateway: GatewayOptions,
    /// URL to which functions publish that name none themselves (none: the platform's own bus).
    pub publisher: Option<String>,
    /// Most bytes of an event that is published here; over it 413 (1 MiB).
    pub event_bytes: usize,
    /// Addresses beside the public ones that functions' HTTP calls may reach (none).
    pub egress: Vec<EgressRule>,
    /// Collector of functions' spans: a `http://` or `https://` URL, for OTLP over HTTP (none).
    pub collector: Option<String>,
    /// Prints a line for each request (off).
    pub access_log: bool,
    /// Observer of calls, for whoever works on functions: answers then carry the number of their
    /// call, and the reason of a failure (none).
    pub observer: Option<CallObserver>,
    /// Wall clock of schedules (the system's).
    pub clock: Clock,
    /// Answers the gateway's `/healthz` with 503 until [`crate::RunningServer::ready`], and has calls
    /// of functions that are not there wait until the first deploy has announced its own (off).
    pub starting: bool,
}

impl ServerOptions {
    /// The defaults, with V8 workers of this launch.
    pub fn new(data_dir: impl Into<PathBuf>, worker: Launch, launcher: Launcher) -> Self {
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            data_dir: data_dir.into(),
            listen: loopback(8080),
            admin: loopback(8081),
            admin_names: Vec::new(),
            v8: SupervisorOptions::new(worker, launcher),
            runtimes: None,
            gateway: GatewayOptions::default(),
            publisher: None,
            event_bytes: 1 << 20,
            egress: Vec::new(),
            collector: None,
            access_log: false,
            observer: None,
            clock: Clock::default(),
            starting: false,
        }
    }
}

/// Bounds of the gateway. The admin API has the same bounds for connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayOptions {
    /// Open connections; one more gets 503 (4,096).
    pub connections: usize,
    /// Open connections of one address, of IPv6 of one `/64`; one more gets 503 (half of
    /// `connections`: 2,048).
    pub connections_of_one: usize,
    /// Bytes of a request's line and headers together; over it 431 (32 KiB, at least 8 KiB).
    pub head_bytes: usize,
    /// Time for a request's head, from its first byte or the connection's start; then the
    /// connection is closed (10 s).
    pub head_time: Duration,
    /// Time for a request's body; then 408 (60 s).
    pub body_time: Duration,
    /// Bytes that request bodies of more than 64 KiB take together, on the gateway and on the admin
    /// API each; then 503 (256 MiB).
    pub body_memory: usize,
    /// Bytes that answers of more than 64 KiB take together until their callers have read them; then
    /// 503. While more than half is taken, callers of such answers who take nothing have a second or
    /// two instead of `write_stall` (256 MiB).
    pub answer_memory: usize,
    /// Time between two requests of a connection; then it is closed (75 s).
    pub idle_time: Duration,
    /// Time for which a caller may take no byte of its answer; then the connection is closed
    /// (60 s).
    pub write_stall: Duration,
    /// Waits of calls for functions that are being deployed for the first time.
    pub arrivals: ArrivalOptions,
}

/// Waits of calls for functions that are being deployed for the first time. Over a bound calls get
/// 503 with `Retry-After`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivalOptions {
    /// Longest time that a call waits, and never longer than the function's own time limit (10 s).
    pub wait: Duration,
    /// Calls that wait for one function (128).
    pub calls: usize,
    /// Calls that wait for all functions together (1,024).
    pub calls_of_all: usize,
}

impl Default for ArrivalOptions {
    fn default() -> Self {
        Self { wait: Duration::from_secs(10), calls: 128, calls_of_all: 1024 }
    }
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_of_one: 2048,
            head_bytes: 32 * 1024,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(60),
            body_memory: 256 * 1024 * 1024,
            answer_memory: 256 * 1024 * 1024,
            idle_time: Duration::from_secs(75),
            write_stall: Duration::from_secs(60),
            arrivals: ArrivalOptions::default(),
        }
    }
}
