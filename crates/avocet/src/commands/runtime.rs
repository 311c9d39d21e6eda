//! `avocet runtime`: one function in this process, as a container's environment describes it.

mod settings;

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use avocet_functions::model::{Engine, Runtime, Signature};
use avocet_jail::Launcher;
use avocet_server::{Environment, Interpreters, RunningSingle, Single, SingleError, SingleOptions};
use avocet_workers::LoadError;

use crate::failure::{Exit, Failure};
use crate::stop::Stop;
use settings::{Settings, wrong};

/// Text of `avocet runtime --help`; `docs/runtime-image.md` explains it.
pub(crate) const HELP: &str = "\
Environment (of two names the first counts):
  HANDLER_PATH, KUBELESS_INSTALL_VOLUME    folder of the sources [default: /kubeless]
  HANDLER_MOD_NAME, MOD_NAME               the handler's file, without extension [default: handler]
  HANDLER_FUNC_NAME, FUNC_HANDLER          its export [default: main]
  FUNC_RUNTIME                             nodejs20, python312, v8, ... [default: by the sources]
  FUNC_NAME, SERVICE_NAMESPACE             who it is [default: function, default]
  FUNC_TIMEOUT                             seconds of one call [default: 180]
  FUNC_MEMORY_LIMIT                        memory, 256Mi [default: none but the container's]
  FUNC_BODY_MB_LIMIT, REQ_MB_LIMIT, FUNC_MEMFILE_MAX
                                           largest body, MB (the last: bytes) [default: 1, Python 100]
  SERVER_HOST                              address [default: 0.0.0.0]
  SERVER_PORT, FUNC_PORT                   port [default: 8080]
  SERVER_NUMTHREADS, CHERRYPY_NUMTHREADS   calls at the same time in Python [default: 50]
  SERVER_INTERNAL_LOGGER, KYMA_INTERNAL_LOGGER_ENABLED
                                           a line for each request [default: false]
  TRACE_COLLECTOR_ENDPOINT, PUBLISHER_PROXY_ADDRESS
                                           where spans and events go [default: nowhere]

Example:
  KUBELESS_INSTALL_VOLUME=$PWD/hello FUNC_NAME=hello avocet runtime
  HANDLER_PATH=/fn FUNC_RUNTIME=python312 SERVER_PORT=9000 avocet runtime
  docker build -f packaging/Dockerfile.runtime -t avocet-runtime .

Nothing is installed and nothing is written: packages are found where the image has them (beside the
sources, NODE_PATH, PYTHONPATH). GET /healthz answers 200 once the handler is loaded. SIGTERM stops
accepting, finishes the calls that run and exits with 0. A handler that cannot be loaded ends the
process with exit code 3, a variable that cannot be used with 2.";

/// File in which a cluster reads why a container ended, where it gives one.
const TERMINATION_LOG: &str = "/dev/termination-log";

/// Serves until a signal.
pub(crate) async fn run() -> anyhow::Result<()> {
    let result = serve().await;
    if let Err(error) = &result {
        tell_cluster(error);
    }
    result
}

async fn serve() -> anyhow::Result<()> {
    let mut stop = Stop::new()?;
    let settings = Settings::read(&|name| std::env::var_os(name))?;
    let chosen = tokio::select! {
        chosen = Chosen::find(&settings) => chosen?,
        () = stop.asked() => return Ok(()),
    };
    let options = options(&settings, &chosen)?;
    let grace = Duration::from_millis(options.function.limits().timeout_ms);
    let running = Single::start(options).await.map_err(|error| not_started(&settings, error))?;
    let address = running.listen_addr();
    running.say(&format!("{} on {} at http://{address}", settings.name, chosen.runtime));
    if let Some(warning) = &chosen.warning {
        running.say(warning);
    }
    tokio::select! {
        loaded = running.loaded() => if let Err(error) = loaded {
            running.shutdown(Duration::ZERO).await;
            return Err(not_loaded(&settings, &chosen, error).into());
        },
        () = stop.asked() => return end(running, grace, &mut stop).await,
    }
    running.say("ready");
    stop.asked().await;
    end(running, grace, &mut stop).await
}

/// Lets the calls that run finish; a second signal does not wait for them.
async fn end(running: RunningSingle, grace: Duration, stop: &mut Stop) -> anyhow::Result<()> {
    running.say("stopping: calls that run are finished");
    tokio::select! {
        () = running.shutdown(grace) => Ok(()),
        () = stop.asked() => Err(Failure::silent(Exit::Interrupted).into()),
    }
}

/// Runtime of the function, and its interpreter.
struct Chosen {
    runtime: Runtime,
    /// The handler's file.
    entry: String,
    interpreter: Option<avocet_server::Interpreter>,
    warning: Option<String>,
}

impl Chosen {
    async fn find(settings: &Settings) -> Result<Self, Failure> {
        let Settings { folder, folder_from, .. } = settings;
        if !folder.is_dir() {
            let why = format!("{} is not a folder", folder.display());
            return Err(wrong(folder_from, why).help(
                "mount the function's sources there, or set HANDLER_PATH to where they are",
            ));
        }
        let engine = match settings.runtime {
            Some(runtime) => runtime.engine(),
            None => language(settings)?,
        };
        let installed = match engine {
            Engine::V8 => Interpreters::default(),
            engine => Interpreters::discover(&environment(engine)).await,
        };
        let runtime = settings.runtime.unwrap_or_else(|| usual(engine, &installed));
        let engine = runtime.engine();
        let entry = entry(settings, engine)?;
        if engine == Engine::V8 {
            return Ok(Self { runtime, entry, interpreter: None, warning: None });
        }
        let chosen = installed.choose(runtime).map_err(|error| {
            let set = settings.runtime.is_some();
            let variable = if set { "FUNC_RUNTIME" } else { "PATH" };
            wrong(variable, error).help(format!(
                "install {engine} in the image, or name its program with {}",
                if engine == Engine::Python { "AVOCET_PYTHON" } else { "AVOCET_NODE" }
            ))
        })?;
        let (interpreter, warning) = (Some(chosen.interpreter), chosen.warning);
        Ok(Self { runtime, entry, interpreter, warning })
    }
}

fn entry(settings: &Settings, engine: Engine) -> Result<String, Failure> {
    let names = settings::names(&settings.module, engine.extensions());
    settings::find(&settings.folder, &names).ok_or_else(|| {
        let (folder, listed) = (settings.folder.display(), names.join(", "));
        wrong(settings.module_from, format!("no handler in {folder}: looked for {listed}")).help(
            format!(
                "put the sources there, or set {} to their folder and {} to the file",
                settings.folder_from, settings.module_from
            ),
        )
    })
}

/// The language of sources that come without the name of a runtime.
fn language(settings: &Settings) -> Result<Engine, Failure> {
    let has = |engine: Engine| {
        settings::find(&settings.folder, &settings::names(&settings.module, engine.extensions()))
    };
    match (has(Engine::NodeJs), has(Engine::Python)) {
        (Some(script), Some(python)) => {
            let why = format!("it is not set, and there are both {script} and {python}");
            Err(wrong("FUNC_RUNTIME", why).help("set FUNC_RUNTIME to the one to run"))
        }
        (None, Some(_)) => Ok(Engine::Python),
        // Where neither is there, the search for the handler says so.
        _ => Ok(Engine::NodeJs),
    }
}

/// The newest runtime of a language that is installed; JavaScript runs without Node.js too. The
/// newest generation calls handlers in another way, so it has to be named.
fn usual(engine: Engine, installed: &Interpreters) -> Runtime {
    if engine == Engine::NodeJs && installed.all().is_empty() {
        return Runtime::V8;
    }
    let mut runtimes = Runtime::ALL.into_iter().filter(|runtime| {
        runtime.engine() == engine
            && runtime.signature() == Signature::EventContext
            && !runtime.is_deprecated()
    });
    let exact =
        |runtime: &Runtime| installed.choose(*runtime).is_ok_and(|chosen| chosen.warning.is_none());
    runtimes.clone().find(exact).or_else(|| runtimes.next()).unwrap_or(Runtime::V8)
}

/// Places where interpreters of one engine are looked for: others need not be asked who they are.
fn environment(engine: Engine) -> Environment {
    let mut environment = Environment::of_process();
    match engine {
        Engine::Python => environment.node = Some(std::ffi::OsString::new()),
        _ => environment.python = Some(std::ffi::OsString::new()),
    }
    environment
}

fn options(settings: &Settings, chosen: &Chosen) -> anyhow::Result<SingleOptions> {
    let mut function = settings.function(chosen.runtime)?;
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let variables: std::collections::BTreeMap<String, String> =
        std::env::vars_os().filter_map(text).collect();
    function.env = variables
        .iter()
        .map(|(name, value)| avocet_functions::model::EnvVar {
            name: name.clone(),
            value: avocet_functions::model::EnvValue::Value(value.clone()),
        })
        .collect();
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    Ok(SingleOptions {
        function,
        folder: settings.folder.clone(),
        entry: chosen.entry.clone(),
        variables,
        listen: settings.listen,
        interpreter: chosen.interpreter.clone(),
        launcher: Launcher::of(&program),
        program,
        environment: Environment::of_process(),
        access_log: settings.access_log,
        publisher: settings.publisher.clone(),
        collector: settings.collector.clone(),
    })
}

fn not_started(settings: &Settings, error: SingleError) -> anyhow::Error {
    match &error {
        SingleError::Listen { address, error } => {
            let what = format!("cannot listen: {address}: {error}");
            let help = "choose another address with SERVER_HOST, or port with SERVER_PORT";
            Failure::new(Exit::Failed, what).help(help).into()
        }
        SingleError::Collector(error) => wrong("TRACE_COLLECTOR_ENDPOINT", error).into(),
        SingleError::Files(error) => wrong(settings.folder_from, error).into(),
        _ => anyhow::Error::from(error),
    }
}

/// The handler cannot be loaded: says why, and where in the sources.
fn not_loaded(settings: &Settings, chosen: &Chosen, error: LoadError) -> Failure {
    let file = settings.folder.join(&chosen.entry);
    let what = |why: &str| format!("the handler could not be loaded: {}: {why}", file.display());
    let help = "correct the function; its folder is set by HANDLER_PATH (KUBELESS_INSTALL_VOLUME), \
                its file by HANDLER_MOD_NAME (MOD_NAME), its export by HANDLER_FUNC_NAME \
                (FUNC_HANDLER)";
    match error {
        LoadError::Source(error) => {
            let mut failure = Failure::new(Exit::Refused, what(&error.message));
            if let (Some(file), Some(line)) = (&error.file, error.line) {
                let text = error.source_line.as_deref().unwrap_or_default().trim();
                failure = failure.detail(format!("  {file}:{line}: {text}"));
            }
            if let Some(stack) = &error.stack {
                failure = failure.detail(stack.clone());
            }
            failure.help(help)
        }
        LoadError::Failed(error) => Failure::new(Exit::Failed, what(&error.message)).help(help),
    }
}

/// Leaves the reason where the cluster shows it with the pod. Whoever started this process reads it
/// on standard error anyway, so a file that is not there is none of its concern.
fn tell_cluster(error: &anyhow::Error) {
    let file = std::fs::OpenOptions::new().append(true).open(TERMINATION_LOG);
    if let Ok(mut file) = file {
        let _ = writeln!(file, "{error:#}");
    }
}
