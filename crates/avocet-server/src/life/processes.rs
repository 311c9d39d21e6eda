//! The families whose functions have processes: Node.js and Python.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use avocet_frames::head::Load;
use avocet_functions::model::{Cpu, Engine, Runtime};
use avocet_runtimes::{
    Chosen, CodeError, CodeFolder, CodeStore, DependencyCache, Guests, GuestsError, InstallError,
    Installed, Interpreter, Interpreters, Revision, Wanted,
};
use avocet_workers::{
    Cgroups, Definition, HostServices, Level, LogLine, LogSink, Supervisor, SupervisorOptions,
};
use tokio::sync::OnceCell;

use super::stored::Built;
use crate::log_sink::now_ms;
use crate::options::RuntimesOptions;

/// What a line of the log begins with that an installer printed; the function's name follows. The
/// last one of an installation says `done in` or `failed after`.
const INSTALLING: &str = "installing for ";

/// Packages that no function has used for so long are removed, when the platform starts and daily.
const PACKAGES_AGE: Duration = Duration::from_secs(60 * 24 * 3600);

/// Variable of a function's environment that says that its spans have somewhere to go.
pub(crate) const COLLECTOR: &str = "TRACE_COLLECTOR_ENDPOINT";

/// Everything that functions on Node.js and Python share.
pub(crate) struct Processes {
    options: RuntimesOptions,
    /// Where spans go.
    collector: Option<String>,
    host: Arc<dyn HostServices>,
    logs: Arc<dyn LogSink>,
    code: CodeStore,
    dependencies: DependencyCache,
    found: OnceCell<Found>,
    /// One for each interpreter that functions run on.
    supervisors: Mutex<BTreeMap<PathBuf, Supervisor>>,
}

/// What is installed on this machine.
struct Found {
    interpreters: Interpreters,
    guests: Result<Guests, GuestsError>,
}

/// A function ready for its workers.
pub(crate) struct Prepared {
    pub supervisor: Supervisor,
    pub definition: Definition,
    pub warning: Option<String>,
}

/// Why it is not.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unprepared {
    #[error("{0}")]
    Runtime(String),
    #[error(transparent)]
    Dependencies(#[from] InstallError),
    #[error(transparent)]
    Code(#[from] CodeError),
    #[error("a task failed")]
    Defect,
}

impl Processes {
    /// With its folders in `data`. What earlier processes left there is cleaned in the background.
    pub(crate) fn new(
        data: &Path,
        options: RuntimesOptions,
        collector: Option<String>,
        host: Arc<dyn HostServices>,
        logs: Arc<dyn LogSink>,
    ) -> Self {
        let dependencies = DependencyCache::new(data.join("packages"), options.install.clone());
        clean(data, dependencies.clone());
        Self {
            code: CodeStore::new(data.join("code")),
            dependencies,
            options,
            collector,
            host,
            logs,
            found: OnceCell::new(),
            supervisors: Mutex::default(),
        }
    }

    async fn found(&self) -> &Found {
        let find = || async {
            let environment = &self.options.install.environment;
            Found {
                interpreters: Interpreters::discover(environment).await,
                guests: Guests::find(environment, &self.options.program),
            }
        };
        self.found.get_or_init(find).await
    }

    /// Whether functions of an engine can run, as far as that shows without starting anything.
    pub(crate) fn can_run(&self, engine: Engine) -> bool {
        let environment = &self.options.install.environment;
        match self.found.get() {
            Some(Found { interpreters, guests }) => {
                guests.is_ok() && interpreters.all().iter().any(|found| found.engine == engine)
            }
            None => {
                Interpreters::are_likely(environment, engine)
                    && Guests::find(environment, &self.options.program).is_ok()
            }
        }
    }

    /// The workers for `runtime`, with the interpreter that they run.
    pub(crate) async fn supervisor(
        &self,
        runtime: Runtime,
    ) -> Result<(Supervisor, Chosen), Unprepared> {
        let refused = |why: &dyn std::fmt::Display| Unprepared::Runtime(why.to_string());
        let found = self.found().await;
        let chosen = found.interpreters.choose(runtime).map_err(|error| refused(&error))?;
        let guests = found.guests.as_ref().map_err(|error| refused(error))?;
        let mut supervisors = self.supervisors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(supervisor) = supervisors.get(&chosen.interpreter.program) {
            return Ok((supervisor.clone(), chosen));
        }
        let command = guests.command(&chosen.interpreter).map_err(|error| refused(&error))?;
        let mut options = SupervisorOptions::per_instance(command);
        options.host = self.host.clone();
        options.logs = self.logs.clone();
        options.cgroups = Some(Cgroups::of_system());
        if let Some(idle) = self.options.idle_after {
            options.idle_after = idle;
        }
        let supervisor = Supervisor::new(options);
        supervisors.insert(chosen.interpreter.program.clone(), supervisor.clone());
        Ok((supervisor, chosen))
    }

    /// Installs what a function depends on and puts its files into a folder.
    pub(crate) async fn prepare(&self, built: &Built, load: Load) -> Result<Prepared, Unprepared> {
        let (supervisor, chosen) = self.supervisor(built.stored.function.runtime).await?;
        let interpreter = &chosen.interpreter;
        let installed = self.install(built, interpreter).await?;
        let folder = self.folder(built, interpreter, installed.as_ref()).await?;
        let mut load = load;
        if let (Engine::Python, Some(installed)) = (interpreter.engine, &installed) {
            let mut path = installed.packages.display().to_string();
            if let Some(own) = load.env.get("PYTHONPATH").filter(|own| !own.is_empty()) {
                path = format!("{path}:{own}");
            }
            load.env.insert("PYTHONPATH".to_owned(), path);
        }
        if let Some(endpoint) = &self.collector {
            load.env.entry(COLLECTOR.to_owned()).or_insert_with(|| endpoint.clone());
        }
        // Workers run elsewhere: the path has to be whole.
        let path = std::path::absolute(folder.path()).unwrap_or_else(|_| folder.path().to_owned());
        let definition = Definition::in_folder(load, path.display().to_string()).holding(folder);
        let definition = definition.cpu(built.stored.limits.cpu.map(Cpu::millis));
        Ok(Prepared { supervisor, definition, warning: chosen.warning })
    }

    async fn install(
        &self,
        built: &Built,
        interpreter: &Interpreter,
    ) -> Result<Option<Installed>, InstallError> {
        let name = &built.stored.function.name;
        let say = |level, text| self.say(Some(name.namespace()), level, text);
        let begun = Instant::now();
        let told = |line: &str| say(Level::Debug, format!("{INSTALLING}{}: {line}", name.name()));
        let wanted = Wanted { interpreter, files: &built.files };
        let installed = self.dependencies.ensure(wanted, &told).await;
        let end = match &installed {
            Ok(Some(installed)) if !installed.cached => Some((Level::Info, "done in")),
            Ok(_) => None,
            Err(_) => Some((Level::Warn, "failed after")),
        };
        if let Some((level, end)) = end {
            let took = begun.elapsed().as_secs_f64();
            say(level, format!("{INSTALLING}{}: {end} {took:.1} s", name.name()));
        }
        installed
    }

    async fn folder(
        &self,
        built: &Built,
        interpreter: &Interpreter,
        installed: Option<&Installed>,
    ) -> Result<CodeFolder, Unprepared> {
        let (code, built) = (self.code.clone(), built.clone());
        let (interpreter, installed) = (interpreter.clone(), installed.cloned());
        let written = tokio::task::spawn_blocking(move || {
            code.materialise(&Revision {
                name: built.stored.name(),
                files: &built.files,
                entry: &built.stored.entry,
                interpreter: &interpreter,
                installed: installed.as_ref(),
            })
        });
        Ok(written.await.map_err(|_| Unprepared::Defect)??)
    }

    /// The name of the installed packages that a function runs with; `None` where it has none.
    pub(crate) async fn packages_of(&self, built: &Built) -> Result<Option<String>, Unprepared> {
        let chosen = self.found().await.interpreters.choose(built.stored.function.runtime);
        let chosen = chosen.map_err(|error| Unprepared::Runtime(error.to_string()))?;
        let wanted = Wanted { interpreter: &chosen.interpreter, files: &built.files };
        Ok(self.dependencies.key_of(wanted)?)
    }

    /// Removes packages that are not in `keep` and have not been used for long.
    pub(crate) async fn clean_packages(&self, keep: BTreeSet<String>) {
        let dependencies = self.dependencies.clone();
        let cleaned = tokio::task::spawn_blocking(move || dependencies.clean(&keep, PACKAGES_AGE));
        if let Ok(Err(error)) = cleaned.await {
            self.say(None, Level::Warn, format!("unused packages could not be removed: {error}"));
        }
    }

    /// A line of the platform's log.
    fn say(&self, namespace: Option<&str>, level: Level, text: String) {
        let namespace = namespace.map(Into::into);
        let (function, tag, time_ms) = (None, None, now_ms() as f64);
        self.logs.log(LogLine { namespace, function, tag, level, time_ms, text });
    }

    /// Removes the folders of revisions: they are made again when they are needed, and nobody else
    /// can remove what may not be written. Blocks. The workers have ended before.
    pub(crate) fn remove_code(&self) {
        // What is left goes at the next start.
        let _ = self.code.remove();
    }

    pub(crate) fn supervisors(&self) -> Vec<Supervisor> {
        let supervisors = self.supervisors.lock().unwrap_or_else(PoisonError::into_inner);
        supervisors.values().cloned().collect()
    }
}

/// Folders of revisions are made when they are needed: those of an earlier process can go, and so
/// can what it did not finish with packages.
fn clean(data: &Path, dependencies: DependencyCache) {
    let (code, old) = (data.join("code"), data.join("code.old"));
    // Out of the way at once, so that it is not mixed with new ones.
    let moved = std::fs::rename(&code, &old);
    drop(tokio::task::spawn_blocking(move || {
        if moved.is_ok() || old.exists() {
            // What is left is tried again at the next start.
            let _ = CodeStore::new(old).remove();
        }
        let _ = dependencies.sweep();
    }));
}
