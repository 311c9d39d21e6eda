//! One function by itself: a gateway, one function, no registry, no admin API, no data folder.
//!
//! This is what a process in a container is made of. Nothing is written anywhere; what the function
//! prints goes to this process's standard output and standard error.

mod console;
mod files;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use avocet_backplane::LogStore;
use avocet_functions::model::{Engine, Function, Limits, ResolvedEnv};
use avocet_runtimes::{Environment, Guests, Interpreter, v8_launch};
use avocet_workers::{
    Cgroups, Definition, FunctionHandle, Launch, Launcher, LoadError, Supervisor, SupervisorOptions,
};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use files::FilesError;

use crate::calls::Calls;
use crate::gateway::{AccessLog, Alone, Gateway, Serves};
use crate::life::{Built, Stored, load};
use crate::metrics::Exposition;
use crate::neighbours::Neighbours;
use crate::net::answers::AnswerMemory;
use crate::net::body::BodyMemory;
use crate::net::serve;
use crate::options::GatewayOptions;
use crate::routes::{self, Registration, Version};
use crate::server::{WORKER_END, listener};
use crate::services::Services;
use crate::traces::{CollectorError, Exporter};
use console::Console;

/// A handler that is not loaded after so long fails. A cluster's probes give up much earlier, where
/// they are meant to.
const LOAD_LIMIT: Duration = Duration::from_secs(300);

/// Longer than any process lives, and still a time that can be added to another.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Revision of a function that no registry knows.
const REVISION: u64 = 1;

/// Variables that a worker has of its own, whatever the process has.
const OWN: [&str; 2] = ["PYTHONPATH", "PYTHONDONTWRITEBYTECODE"];

/// Settings of [`Single::start`].
#[derive(Debug, Clone)]
pub struct SingleOptions {
    /// The function. Its source is not looked at: its files are in `folder`.
    pub function: Function,
    /// The folder with its files, whole.
    pub folder: PathBuf,
    /// The handler's file in it.
    pub entry: String,
    /// The function's environment.
    pub variables: BTreeMap<String, String>,
    /// Address at which it is called; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Interpreter that runs it; `None` for runtime `v8`.
    pub interpreter: Option<Interpreter>,
    /// The platform's own program: its workers are beside it or in it.
    pub program: PathBuf,
    /// The program that carries out launches.
    pub launcher: Launcher,
    /// Places where the workers for Node.js and Python are looked for.
    pub environment: Environment,
    /// Prints a line for each request to standard output.
    pub access_log: bool,
    /// URL that its events are published to.
    pub publisher: Option<String>,
    /// URL that its spans are sent to.
    pub collector: Option<String>,
}

/// Reason for which a function by itself did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SingleError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Cause.
        error: std::io::Error,
    },
    /// The trace collector's address cannot be used.
    #[error(transparent)]
    Collector(#[from] CollectorError),
    /// There are no workers for its runtime.
    #[error("{0}")]
    Workers(String),
    /// Files of the function that cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The system refused something that every process needs.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

/// Starts a function by itself.
#[derive(Debug)]
pub struct Single;

/// A function by itself that runs.
pub struct RunningSingle {
    listen: SocketAddr,
    handle: FunctionHandle,
    workers: Supervisor,
    console: Arc<Console>,
    stopping: Arc<AtomicBool>,
    drain: watch::Sender<bool>,
    grace: Arc<Mutex<Duration>>,
    listener: JoinHandle<()>,
    keeper: JoinHandle<()>,
}

impl std::fmt::Debug for RunningSingle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningSingle").field("listen", &self.listen).finish_non_exhaustive()
    }
}

impl Single {
    /// Listens, and begins to load the handler: calls that come before it is loaded wait for it,
    /// `/healthz` answers 503 until then.
    ///
    /// # Errors
    /// Where the address is taken, or there is nothing to run the function on.
    pub async fn start(options: SingleOptions) -> Result<RunningSingle, SingleError> {
        let address = options.listen;
        let refused = |error| SingleError::Listen { address, error };
        let socket = TcpListener::bind(address).await.map_err(refused)?;
        let listen = socket.local_addr().map_err(refused)?;
        let collector = options.collector.as_deref();
        let traces =
            collector.map(|url| Exporter::start(url, Neighbours::default())).transpose()?;
        let console = Arc::new(Console::start(traces.clone())?);
        if let Some(traces) = traces {
            let log: Arc<dyn LogStore> = console.clone();
            traces.log_to(&log);
        }
        let workers = Supervisor::new(supervisor(&options, &console)?);
        let (built, definition) = define(&options)?;
        let handle = workers.register(Arc::new(definition.keep_awake(1)));
        let function = function(&built, handle.clone());
        let stopping = Arc::new(AtomicBool::new(false));
        let bounds = listener(&GatewayOptions::default());
        let answers = bounds.answers.clone();
        let gateway = gateway(&options, &console, function, (&stopping, answers));
        let (drain, draining) = watch::channel(false);
        let grace = Arc::new(Mutex::new(Duration::ZERO));
        let limit = {
            let grace = grace.clone();
            move || *grace.lock().unwrap_or_else(PoisonError::into_inner)
        };
        let listener = tokio::spawn(serve(socket, bounds, draining, limit, Arc::new(gateway)));
        let keeper = tokio::spawn(keep(handle.clone(), console.clone()));
        Ok(RunningSingle {
            listen,
            handle,
            workers,
            console,
            stopping,
            drain,
            grace,
            listener,
            keeper,
        })
    }
}

impl RunningSingle {
    /// Address at which the function is called.
    pub fn listen_addr(&self) -> SocketAddr {
        self.listen
    }

    /// Waits until the handler is loaded.
    ///
    /// # Errors
    /// Where it cannot be, with the place in its source.
    pub async fn loaded(&self) -> Result<(), LoadError> {
        self.handle.load().await.map(drop)
    }

    /// Prints a line of the platform's own to standard error, after everything before it.
    pub fn say(&self, text: &str) {
        self.console.say(text);
    }

    /// Stops accepting, lets calls finish for up to `grace`, ends the function's process and
    /// writes what is left to print.
    pub async fn shutdown(mut self, grace: Duration) {
        *self.grace.lock().unwrap_or_else(PoisonError::into_inner) = grace;
        self.stopping.store(true, Relaxed);
        self.drain.send_replace(true);
        // It ends by itself within the grace; where it panicked there is nothing to wait for.
        let _ = (&mut self.listener).await;
        self.keeper.abort();
        self.workers.shutdown(WORKER_END).await;
        let console = self.console.clone();
        let _ = tokio::task::spawn_blocking(move || console.finish()).await;
    }
}

impl Drop for RunningSingle {
    fn drop(&mut self) {
        self.listener.abort();
        self.keeper.abort();
    }
}

/// Loads the handler again whenever its process has ended, so that `/healthz` says the truth
/// although no call comes.
async fn keep(handle: FunctionHandle, console: Arc<Console>) {
    loop {
        console.died.notified().await;
        while let Err(error) = handle.load().await {
            console.say(&format!("the handler could not be loaded again: {error}"));
            let pause = match &error {
                LoadError::Failed(error) => error.retry_after,
                LoadError::Source(_) => None,
            };
            tokio::time::sleep(pause.unwrap_or(Duration::from_secs(1))).await;
        }
        console.say("the handler is loaded again");
    }
}

fn supervisor(
    options: &SingleOptions,
    console: &Arc<Console>,
) -> Result<SupervisorOptions, SingleError> {
    let launcher = options.launcher.clone();
    let mut supervisor = match &options.interpreter {
        None => {
            let launch = v8_launch(&options.program);
            SupervisorOptions { warm_isolates: 0, ..SupervisorOptions::new(launch, launcher) }
        }
        Some(interpreter) => {
            let guests = Guests::find(&options.environment, &options.program);
            let launch = guests.and_then(|guests| guests.launch(interpreter));
            let launch = launch.map_err(|error| SingleError::Workers(error.to_string()))?;
            let launch = with_everything(launch, std::env::vars_os());
            SupervisorOptions::per_instance(launch, launcher)
        }
    };
    // There is one instance, and it is never put to sleep.
    supervisor.warm_processes = 0;
    supervisor.idle_after = NEVER;
    supervisor.worker_idle_after = NEVER;
    supervisor.load_timeout = LOAD_LIMIT;
    supervisor.host =
        Arc::new(Services::new(options.publisher.clone(), Neighbours::default(), None));
    supervisor.logs = console.clone();
    supervisor.cgroups = Some(Cgroups::of_system());
    Ok(supervisor)
}

/// A container's environment is its function's: `NODE_OPTIONS` and `NODE_PATH` count from the
/// first moment of an interpreter on.
fn with_everything(
    launch: Launch,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Launch {
    variables
        .filter(|(name, _)| !OWN.iter().any(|own| name == own))
        .fold(launch, |launch, (name, value)| launch.env(name, value))
}

fn define(options: &SingleOptions) -> Result<(Built, Definition), SingleError> {
    let env = ResolvedEnv { vars: options.variables.clone(), ..ResolvedEnv::default() };
    let function = options.function.clone();
    let files = match function.runtime.engine() {
        Engine::V8 => files::read(&options.folder)?,
        _ => BTreeMap::new(),
    };
    let limits = function.limits();
    let has_memory_limit = function.resources.limits.memory.is_some();
    let mut built = Built::new(function, files, options.entry.clone(), limits);
    built.stored.limits = Limits::with_env(&built.stored.function, &env);
    let mut load = load(&built, &env, REVISION);
    if options.interpreter.is_none() {
        let files = built.files.iter().map(|(path, content)| (path, &content.0));
        let definition = Definition::new(load, files);
        let definition = definition.map_err(|error| SingleError::Workers(error.to_string()))?;
        return Ok((built, definition));
    }
    if !has_memory_limit {
        // The container has a limit, or its operator wants none.
        load.limits.heap_bytes = u64::MAX;
        load.env.remove("FUNC_MEMORY_LIMIT");
        if let Some(context) = load.context.as_object_mut() {
            context.remove("memory-limit");
        }
    }
    let folder = options.folder.display().to_string();
    Ok((built, Definition::in_folder(load, folder)))
}

fn function(built: &Built, handle: FunctionHandle) -> Arc<routes::Function> {
    let Stored { function, limits, .. } = &built.stored;
    let version = Version { revision: REVISION, ..Version::default() };
    let registration = Registration::Done(handle);
    let metrics = Arc::default();
    Arc::new(routes::Function::new(function, limits, version, metrics, registration))
}

fn gateway(
    options: &SingleOptions,
    console: &Arc<Console>,
    function: Arc<routes::Function>,
    (stopping, answer_memory): (&Arc<AtomicBool>, AnswerMemory),
) -> Gateway {
    let bounds = GatewayOptions::default();
    let metrics = {
        let (function, console) = (function.clone(), console.clone());
        Arc::new(move || metrics(&function, &console))
    };
    let printed = console.clone();
    Gateway {
        serves: Serves::Alone(Alone { function, stopping: stopping.clone() }),
        calls: Arc::new(Calls::new(console.clone(), console.traces(), Arc::default())),
        platform_metrics: metrics,
        body_time: bounds.body_time,
        body_memory: BodyMemory::new(bounds.body_memory),
        answer_memory,
        read_bytes: bounds.head_bytes,
        access_log: options
            .access_log
            .then(|| Arc::new(move |line| printed.access(line)) as AccessLog),
        observer: None,
    }
}

fn metrics(function: &routes::Function, console: &Console) -> String {
    let mut text = Exposition::default();
    let name = &function.name;
    let of = (name.namespace(), name.name(), &*function.metrics);
    text.functions(std::iter::once(of));
    text.durations_in_milliseconds(std::iter::once(of));
    console.metrics(&mut text);
    text.finish()
}
