//! The families whose functions have processes: Node.js and Python.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use avocet_frames::head::Load;
use avocet_functions::model::{Cpu, Engine, FileContent, Runtime};
use avocet_runtimes::{
    Chosen, CodeError, CodeFolder, CodeStore, DependencyCache, Guests, GuestsError, InstallError,
    Installed, Interpreter, Interpreters, Mounting, Revision, SECRETS_VARIABLE, Secrets, Wanted,
};
use avocet_workers::{
    Cgroups, Definition, HostServices, Level, LogLine, LogSink, Supervisor, SupervisorOptions,
    WorkerCommand,
};
use tokio::sync::OnceCell;

use super::stored::Built;
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
    /// One for each function with secrets at paths: its workers see them, others do not.
    private: Mutex<Vec<(Weak<Secrets>, Supervisor)>>,
    /// Where such secrets are written.
    secrets: PathBuf,
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

/// Contents of a function's secrets by their whole path.
pub(crate) type SecretFiles = BTreeMap<String, FileContent>;

/// What runs a function.
struct Workers {
    supervisor: Supervisor,
    chosen: Chosen,
    secrets: Option<Arc<Secrets>>,
    /// Its secrets are not at their paths: it has to be told where they are.
    told: bool,
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
    #[error("its secrets could not be written: {0}")]
    Secrets(std::io::Error),
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
            private: Mutex::default(),
            secrets: data.join("secrets"),
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
        let (command, chosen) = self.command(runtime).await?;
        let mut supervisors = self.supervisors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(supervisor) = supervisors.get(&chosen.interpreter.program) {
            return Ok((supervisor.clone(), chosen));
        }
        let supervisor = Supervisor::new(self.supervisor_options(command));
        supervisors.insert(chosen.interpreter.program.clone(), supervisor.clone());
        Ok((supervisor, chosen))
    }

    /// How the workers for `runtime` are started, and on what.
    async fn command(&self, runtime: Runtime) -> Result<(WorkerCommand, Chosen), Unprepared> {
        let refused = |why: &dyn std::fmt::Display| Unprepared::Runtime(why.to_string());
        let found = self.found().await;
        let chosen = found.interpreters.choose(runtime).map_err(|error| refused(&error))?;
        let guests = found.guests.as_ref().map_err(|error| refused(error))?;
        let command = guests.command(&chosen.interpreter).map_err(|error| refused(&error))?;
        Ok((command, chosen))
    }

    fn supervisor_options(&self, command: WorkerCommand) -> SupervisorOptions {
        let mut options = SupervisorOptions::per_instance(command);
        options.host = self.host.clone();
        options.logs = self.logs.clone();
        options.cgroups = Some(Cgroups::of_system());
        if let Some(idle) = self.options.idle_after {
            options.idle_after = idle;
        }
        options
    }

    /// The workers for a function; those of one with secrets at paths are its own, and none of them
    /// is started before it is needed.
    async fn workers(&self, runtime: Runtime, files: SecretFiles) -> Result<Workers, Unprepared> {
        if files.is_empty() {
            let (supervisor, chosen) = self.supervisor(runtime).await?;
            return Ok(Workers { supervisor, chosen, secrets: None, told: false });
        }
        let root = self.secrets.clone();
        let written = tokio::task::spawn_blocking(move || {
            Secrets::write(&root, &files).map(|secrets| (Arc::new(secrets), Mounting::of_system()))
        });
        let written = written.await.map_err(|_| Unprepared::Defect)?;
        let (secrets, mounting) = written.map_err(Unprepared::Secrets)?;
        if matches!(mounting, Mounting::Not { .. }) {
            let (supervisor, chosen) = self.supervisor(runtime).await?;
            return Ok(Workers { supervisor, chosen, secrets: Some(secrets), told: true });
        }
        let (command, chosen) = self.command(runtime).await?;
        let mut options = self.supervisor_options(secrets.show_to(command, mounting));
        options.warm_processes = 0;
        let supervisor = Supervisor::new(options);
        let mut private = self.private.lock().unwrap_or_else(PoisonError::into_inner);
        private.retain(|(secrets, _)| secrets.strong_count() > 0);
        private.push((Arc::downgrade(&secrets), supervisor.clone()));
        drop(private);
        Ok(Workers { supervisor, chosen, secrets: Some(secrets), told: false })
    }

    /// Installs what a function depends on and puts its files into a folder.
    /// `files` are its secrets by their whole path.
    pub(crate) async fn prepare(
        &self,
        built: &Built,
        load: Load,
        files: SecretFiles,
    ) -> Result<Prepared, Unprepared> {
        let workers = self.workers(built.stored.function.runtime, files).await?;
        let Workers { supervisor, chosen, secrets, told } = workers;
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
        // Workers run elsewhere: paths have to be whole.
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if let Some(secrets) = secrets.as_ref().filter(|_| told) {
            let folder = whole(secrets.folder()).display().to_string();
            load.env.insert(SECRETS_VARIABLE.to_owned(), folder);
        }
        let path = whole(folder.path()).display().to_string();
        let definition = Definition::in_folder(load, path).holding((folder, secrets));
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
        let told = |line: &str| {
            if !line.trim().is_empty() {
                say(Level::Debug, format!("{INSTALLING}{}: {line}", name.name()));
            }
        };
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
        self.logs.log(LogLine { namespace, ..LogLine::platform(level, text) });
    }

    /// Removes the folders of revisions and secrets: they are made again when they are needed, and
    /// nobody else can remove what may not be written. Blocks. The workers have ended before.
    pub(crate) fn remove_code(&self) {
        // What is left goes at the next start.
        let _ = self.code.remove();
        let _ = std::fs::remove_dir_all(&self.secrets);
    }

    pub(crate) fn supervisors(&self) -> Vec<Supervisor> {
        let mut private = self.private.lock().unwrap_or_else(PoisonError::into_inner);
        private.retain(|(secrets, _)| secrets.strong_count() > 0);
        let supervisors = self.supervisors.lock().unwrap_or_else(PoisonError::into_inner);
        let private = private.iter().map(|(_, supervisor)| supervisor);
        supervisors.values().chain(private).cloned().collect()
    }
}

/// Folders of revisions are made when they are needed: those of an earlier process can go, and so
/// can what it did not finish with packages.
fn clean(data: &Path, dependencies: DependencyCache) {
    // Those of a process that was killed.
    let _ = std::fs::remove_dir_all(data.join("secrets"));
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
