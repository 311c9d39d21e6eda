//! Workers of functions on Node.js and Python, and what such a function needs before its first call.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use avocet_frames::head::Load;
use avocet_functions::model::{Engine, FileContent, Function, FunctionName, Runtime};
use avocet_workers::{
    Cgroups, Definition, HostServices, Isolation, Launch, Launcher, Level, LogLine, LogSink,
    Supervisor, SupervisorOptions,
};
use tokio::sync::OnceCell;

use crate::visible::interpreter_visible;
use crate::{
    Chosen, CodeError, CodeFolder, CodeStore, DependencyCache, Environment, Guests, InstallError,
    InstallOptions, Installed, Interpreter, Interpreters, Machine, Mounting, Revision,
    SECRETS_VARIABLE, Secrets, Wanted,
};

/// Start of each log line that an installer printed; the function's name follows. The last one of an
/// installation says `done in` or `failed after`.
const INSTALLING: &str = "installing for ";

/// Time without use after which packages that no function needs are removed.
const PACKAGES_AGE: Duration = Duration::from_secs(60 * 24 * 3600);

/// Variable of a function's environment with the URL of the collector that its spans go to.
pub const COLLECTOR_VARIABLE: &str = "TRACE_COLLECTOR_ENDPOINT";

/// Settings of functions on Node.js and Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimesOptions {
    /// Settings of installing their dependencies, and places where interpreters are looked for.
    pub install: InstallOptions,
    /// The platform's own program: its workers for these languages are beside it.
    pub program: PathBuf,
    /// The program that carries out their launches.
    pub launcher: Launcher,
    /// Isolation of workers from the machine ([`Isolation::Process`]). In a jail a function has
    /// workers of its own, which see its files and no other function's; none is started in advance.
    pub isolation: Isolation,
    /// Idle time before an instance is ended (the supervisor's default where absent).
    pub idle_after: Option<Duration>,
    /// URL of the collector that functions send their spans to (none).
    pub collector: Option<String>,
}

impl RuntimesOptions {
    /// With interpreters as this process's environment names them.
    pub fn new(program: impl Into<PathBuf>, launcher: Launcher) -> Self {
        Self {
            install: InstallOptions::new(Environment::of_process()),
            program: program.into(),
            launcher,
            isolation: Isolation::Process,
            idle_after: None,
            collector: None,
        }
    }
}

/// A revision's code, and what its workers have to know of it.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// The function.
    pub name: &'a FunctionName,
    /// Runtime of the function.
    pub runtime: Runtime,
    /// Files by path.
    pub files: &'a BTreeMap<String, FileContent>,
    /// Settings of the installers by name (`.npmrc`, `pip.conf`), beside those among its files.
    pub registries: &'a BTreeMap<String, FileContent>,
    /// The handler's file.
    pub entry: &'a str,
    /// Share of a processor, in thousandths (no limit).
    pub cpu: Option<u32>,
}

/// The workers of all functions on Node.js and Python, with what these share.
pub struct Processes {
    options: RuntimesOptions,
    host: Arc<dyn HostServices>,
    logs: Arc<dyn LogSink>,
    code: CodeStore,
    dependencies: DependencyCache,
    machine: OnceCell<Machine>,
    /// By the interpreter that functions run on.
    supervisors: Mutex<BTreeMap<PathBuf, Supervisor>>,
    /// Of functions whose workers see more than those of others, one each.
    private: Mutex<Vec<(Weak<Own>, Supervisor)>>,
    /// Folder that such secrets are written to.
    secrets: PathBuf,
}

/// A function ready for its workers.
pub struct Prepared {
    /// The workers that it is for.
    pub supervisor: Supervisor,
    /// The function as they know it.
    pub definition: Definition,
    /// Warning for the person who deploys it.
    pub warning: Option<String>,
}

/// Contents of a function's secrets by their whole path.
pub type SecretFiles = BTreeMap<String, FileContent>;

/// The workers of one function, and what is there as long as they are.
struct Workers {
    supervisor: Supervisor,
    own: Arc<Own>,
    /// Secrets are not at their paths: a variable of the function says where they are.
    told: bool,
}

/// Folder and files that a revision has on the machine.
struct Own {
    folder: CodeFolder,
    secrets: Option<Secrets>,
}

/// A function could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// No interpreter of this machine runs it, or its guest is missing.
    #[error("{0}")]
    Runtime(String),
    /// Failed installation of its dependencies.
    #[error(transparent)]
    Dependencies(#[from] InstallError),
    /// Folder that could not be made.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The disk failed.
    #[error("its secrets could not be written: {0}")]
    Secrets(std::io::Error),
    /// A task of the platform panicked or was ended.
    #[error("preparing its files failed")]
    Defect,
}

impl Processes {
    /// With folders in `data`. What earlier processes left there is removed in the background; must
    /// run inside a tokio runtime.
    pub fn new(
        data: &Path,
        options: RuntimesOptions,
        host: Arc<dyn HostServices>,
        logs: Arc<dyn LogSink>,
    ) -> Self {
        let dependencies = DependencyCache::new(data.join("packages"), options.install.clone());
        clean(data, dependencies.clone());
        Self {
            code: CodeStore::new(data.join("code")),
            dependencies,
            options,
            host,
            logs,
            machine: OnceCell::new(),
            supervisors: Mutex::default(),
            private: Mutex::default(),
            secrets: data.join("secrets"),
        }
    }

    async fn machine(&self) -> &Machine {
        let environment = &self.options.install.environment;
        self.machine.get_or_init(|| Machine::find(environment, &self.options.program)).await
    }

    /// Whether functions of an engine can run, as far as that is known without starting anything.
    pub fn can_run(&self, engine: Engine) -> bool {
        let environment = &self.options.install.environment;
        match self.machine.get() {
            Some(machine) => machine.can_run(engine),
            None => {
                Interpreters::are_likely(environment, engine)
                    && Guests::find(environment, &self.options.program).is_ok()
            }
        }
    }

    /// The workers for `runtime`, with the interpreter that they run.
    ///
    /// # Errors
    /// Where no interpreter of this machine runs it.
    pub async fn supervisor(&self, runtime: Runtime) -> Result<(Supervisor, Chosen), PrepareError> {
        let (launch, chosen) = self.launch(runtime).await?;
        let mut supervisors = self.supervisors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(supervisor) = supervisors.get(&chosen.interpreter.program) {
            return Ok((supervisor.clone(), chosen));
        }
        let supervisor = Supervisor::new(self.supervisor_options(launch));
        supervisors.insert(chosen.interpreter.program.clone(), supervisor.clone());
        Ok((supervisor, chosen))
    }

    /// Launch of the workers for `runtime`, with the interpreter that they run.
    async fn launch(&self, runtime: Runtime) -> Result<(Launch, Chosen), PrepareError> {
        self.machine().await.launch(runtime).map_err(PrepareError::Runtime)
    }

    /// Starts the pool of warm workers for `runtime`, where functions share one.
    pub async fn warm(&self, runtime: Runtime) {
        if !self.options.isolation.confines() {
            // Where there is no interpreter, the function's first call says so.
            let _ = self.supervisor(runtime).await;
        }
    }

    fn supervisor_options(&self, launch: Launch) -> SupervisorOptions {
        let launcher = self.options.launcher.clone();
        let mut options = SupervisorOptions::per_instance(launch, launcher);
        options.isolation = self.options.isolation.clone();
        options.host = self.host.clone();
        options.logs = self.logs.clone();
        options.cgroups = Some(Cgroups::of_system());
        if let Some(idle) = self.options.idle_after {
            options.idle_after = idle;
        }
        options
    }

    /// The workers for a function. Where they see more than those of others, they are its own, and
    /// none of them is started before it is needed.
    async fn workers(
        &self,
        runtime: Runtime,
        chosen: &Chosen,
        own: Own,
        packages: Option<&Path>,
    ) -> Result<Workers, PrepareError> {
        let own = Arc::new(own);
        let rights = match (&own.secrets, self.options.isolation.rights()) {
            (_, Some(rights)) => Some(rights),
            (Some(_), None) => self.mounting().await?.rights(),
            (None, None) => None,
        };
        let Some(rights) = rights else {
            let (supervisor, _) = self.supervisor(runtime).await?;
            let told = own.secrets.is_some();
            return Ok(Workers { supervisor, own, told });
        };
        let (launch, _) = self.launch(runtime).await?;
        let mut launch = self.enclose(launch, &chosen.interpreter, &own.folder, packages).await;
        launch.mounts = own.secrets.as_ref().map(|secrets| secrets.mounts(rights));
        let mut options = self.supervisor_options(launch);
        options.warm_processes = 0;
        let supervisor = Supervisor::new(options);
        let mut private = self.private.lock().unwrap_or_else(PoisonError::into_inner);
        private.retain(|(own, _)| own.strong_count() > 0);
        private.push((Arc::downgrade(&own), supervisor.clone()));
        drop(private);
        Ok(Workers { supervisor, own, told: false })
    }

    /// The launch within the walls that are asked for, inside of which a function's files are seen.
    async fn enclose(
        &self,
        launch: Launch,
        interpreter: &Interpreter,
        folder: &CodeFolder,
        packages: Option<&Path>,
    ) -> Launch {
        let isolation = &self.options.isolation;
        if !isolation.confines() {
            return launch;
        }
        let mut visible = interpreter_visible(interpreter);
        visible.insert(whole(folder.path()));
        visible.extend(packages.map(whole));
        if let Ok(guests) = &self.machine().await.guests {
            visible.insert(whole(guests.root()));
        }
        let launch = isolation.enclose(launch, visible.into_iter().collect());
        launch.env("TMPDIR", "/tmp").env("HOME", "/tmp")
    }

    async fn secrets(&self, files: SecretFiles) -> Result<Option<Secrets>, PrepareError> {
        if files.is_empty() {
            return Ok(None);
        }
        let root = self.secrets.clone();
        let written = tokio::task::spawn_blocking(move || Secrets::write(&root, &files));
        let written = written.await.map_err(|_| PrepareError::Defect)?;
        written.map(Some).map_err(PrepareError::Secrets)
    }

    /// Way in which secrets come to their paths outside of a jail. The first look at the machine
    /// takes a moment.
    async fn mounting(&self) -> Result<&'static Mounting, PrepareError> {
        let launcher = self.options.launcher.clone();
        let mounting = tokio::task::spawn_blocking(move || Mounting::of_system(&launcher));
        mounting.await.map_err(|_| PrepareError::Defect)
    }

    /// One sentence for each secret of `function` that will not be where the function looks for it.
    pub async fn mount_warnings(&self, function: &Function) -> Vec<String> {
        if self.options.isolation.confines() {
            return Vec::new();
        }
        let Ok(mounting) = self.mounting().await else { return Vec::new() };
        let refused = |path: &String| mounting.refusal(path.trim_end_matches('/'));
        function.secret_mounts.iter().filter_map(|mount| refused(&mount.mount_path)).collect()
    }

    /// Installs what a function depends on and puts its files into a folder.
    ///
    /// # Errors
    /// Where one of them fails; nothing of it is left then.
    pub async fn prepare(
        &self,
        program: Program<'_>,
        mut load: Load,
        secrets: SecretFiles,
    ) -> Result<Prepared, PrepareError> {
        let (_, chosen) = self.launch(program.runtime).await?;
        let interpreter = &chosen.interpreter;
        let secrets = self.secrets(secrets).await?;
        let installed = self.install(program, interpreter).await?;
        let folder = self.folder(program, interpreter, installed.as_ref()).await?;
        let packages = installed.as_ref().map(|installed| &*installed.packages);
        let own = Own { folder, secrets };
        let workers = self.workers(program.runtime, &chosen, own, packages).await?;
        let Workers { supervisor, own, told } = workers;
        if let (Engine::Python, Some(installed)) = (interpreter.engine, &installed) {
            let mut path = installed.packages.display().to_string();
            if let Some(own) = load.env.get("PYTHONPATH").filter(|own| !own.is_empty()) {
                path = format!("{path}:{own}");
            }
            load.env.insert("PYTHONPATH".to_owned(), path);
        }
        if let Some(endpoint) = &self.options.collector {
            load.env.entry(COLLECTOR_VARIABLE.to_owned()).or_insert_with(|| endpoint.clone());
        }
        if let Some(secrets) = own.secrets.as_ref().filter(|_| told) {
            let folder = whole(secrets.folder()).display().to_string();
            load.env.insert(SECRETS_VARIABLE.to_owned(), folder);
        }
        let path = whole(own.folder.path()).display().to_string();
        let definition = Definition::in_folder(load, path).holding(own);
        let definition = definition.cpu(program.cpu);
        Ok(Prepared { supervisor, definition, warning: chosen.warning })
    }

    async fn install(
        &self,
        program: Program<'_>,
        interpreter: &Interpreter,
    ) -> Result<Option<Installed>, InstallError> {
        let name = program.name;
        let say = |level, text| self.say(Some(name.namespace()), level, text);
        let begun = Instant::now();
        let told = |line: &str| {
            if !line.trim().is_empty() {
                say(Level::Debug, format!("{INSTALLING}{}: {line}", name.name()));
            }
        };
        let wanted = Wanted { interpreter, files: program.files, registries: program.registries };
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
        program: Program<'_>,
        interpreter: &Interpreter,
        installed: Option<&Installed>,
    ) -> Result<CodeFolder, PrepareError> {
        let code = self.code.clone();
        let (name, files) = (program.name.clone(), program.files.clone());
        let entry = program.entry.to_owned();
        let (interpreter, installed) = (interpreter.clone(), installed.cloned());
        let written = tokio::task::spawn_blocking(move || {
            code.materialise(&Revision {
                name: &name,
                files: &files,
                entry: &entry,
                interpreter: &interpreter,
                installed: installed.as_ref(),
            })
        });
        Ok(written.await.map_err(|_| PrepareError::Defect)??)
    }

    /// The name of the installed packages that a function runs with; `None` where it has none.
    ///
    /// # Errors
    /// Where no interpreter runs it, or its list of dependencies cannot be read.
    pub async fn packages_of(&self, program: Program<'_>) -> Result<Option<String>, PrepareError> {
        let chosen = self.machine().await.choose(program.runtime).map_err(PrepareError::Runtime)?;
        let Program { files, registries, .. } = program;
        let wanted = Wanted { interpreter: &chosen.interpreter, files, registries };
        Ok(self.dependencies.key_of(wanted)?)
    }

    /// Removes packages that are not in `keep` and have not been used for long.
    pub async fn clean_packages(&self, keep: BTreeSet<String>) {
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
    pub fn remove_code(&self) {
        // What is left goes at the next start.
        let _ = self.code.remove();
        let _ = std::fs::remove_dir_all(&self.secrets);
    }

    /// The supervisors that exist by now.
    pub fn supervisors(&self) -> Vec<Supervisor> {
        let mut private = self.private.lock().unwrap_or_else(PoisonError::into_inner);
        private.retain(|(own, _)| own.strong_count() > 0);
        let supervisors = self.supervisors.lock().unwrap_or_else(PoisonError::into_inner);
        let private = private.iter().map(|(_, supervisor)| supervisor);
        supervisors.values().chain(private).cloned().collect()
    }
}

/// The whole path: workers run in another folder.
fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Folders of revisions are made when they are needed: those of an earlier process can go, and so
/// can what it did not finish with packages.
fn clean(data: &Path, dependencies: DependencyCache) {
    // Those of a process that was killed.
    let _ = std::fs::remove_dir_all(data.join("secrets"));
    let (code, old) = (data.join("code"), data.join("code.old"));
    // Out of the way at once, so that it is not mixed with new ones.
    let moved = std::fs::rename(&code, &old);
    // Only this user's, whatever the data folder is; where it cannot be made, the first deploy says so.
    let _ = DirBuilder::new().recursive(true).mode(0o700).create(&code);
    drop(tokio::task::spawn_blocking(move || {
        if moved.is_ok() || old.exists() {
            // What is left is tried again at the next start.
            let _ = CodeStore::new(old).remove();
        }
        let _ = dependencies.sweep();
    }));
}
