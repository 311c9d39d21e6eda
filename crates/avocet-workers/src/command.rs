use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

/// How a worker of one engine family is started.
///
/// The process gets its end of the socketpair as file descriptor 0, its standard output and
/// standard error are captured as log lines, and its environment holds nothing but what is given
/// here: a worker never sees the supervisor's secrets.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    launch: Launch,
    jail: Arc<dyn Jail>,
}

/// The program that a [`WorkerCommand`] starts, and what surrounds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The executable.
    pub program: PathBuf,
    /// Its arguments, without the program itself.
    pub args: Vec<OsString>,
    /// Its whole environment.
    pub env: BTreeMap<OsString, OsString>,
    /// Its working directory; the supervisor's own where absent.
    pub current_dir: Option<PathBuf>,
}

/// What confines a worker process from outside.
///
/// A jail rewrites the launch, for example by putting a confining program in front of the worker
/// (`program` becomes the wrapper, the worker its arguments). It runs in the supervisor before the
/// process exists, so it needs no code between fork and exec.
pub trait Jail: Debug + Send + Sync + 'static {
    /// What it does, in one sentence for the log.
    fn describe(&self) -> String;

    /// Whether it holds anything back at all; where not, the supervisor's log says so.
    fn confines(&self) -> bool {
        true
    }

    /// The launch as it is to happen.
    fn wrap(&self, launch: Launch) -> Launch;
}

/// No outer jail: the worker has the rights of the user that runs the supervisor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unconfined;

impl Jail for Unconfined {
    fn describe(&self) -> String {
        "workers run unconfined, with the rights of the supervisor's user".to_owned()
    }

    fn confines(&self) -> bool {
        false
    }

    fn wrap(&self, launch: Launch) -> Launch {
        launch
    }
}

impl WorkerCommand {
    /// A worker that is `program`, with no arguments, an empty environment and no jail.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let launch = Launch {
            program: program.into(),
            args: Vec::new(),
            env: BTreeMap::new(),
            current_dir: None,
        };
        Self { launch, jail: Arc::new(Unconfined) }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.launch.args.push(arg.into());
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.launch.env.insert(name.into(), value.into());
        self
    }

    /// Hands on a variable of the supervisor's environment, where it is set (`TZ`, `LANG`).
    #[must_use]
    pub fn inherit(self, name: &str) -> Self {
        match std::env::var_os(name) {
            Some(value) => self.env(name, value),
            None => self,
        }
    }

    /// Sets its working directory.
    #[must_use]
    pub fn current_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.launch.current_dir = Some(path.into());
        self
    }

    /// Confines it.
    #[must_use]
    pub fn jail(mut self, jail: impl Jail) -> Self {
        self.jail = Arc::new(jail);
        self
    }

    /// What confines it.
    pub fn confinement(&self) -> &dyn Jail {
        &*self.jail
    }

    /// The launch as it is to happen, inside the jail.
    pub fn launch(&self) -> Launch {
        self.jail.wrap(self.launch.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Behind(&'static str);

    impl Jail for Behind {
        fn describe(&self) -> String {
            format!("workers run behind {}", self.0)
        }

        fn wrap(&self, mut launch: Launch) -> Launch {
            let worker = std::mem::replace(&mut launch.program, self.0.into());
            launch.args.insert(0, worker.into());
            launch
        }
    }

    #[test]
    fn a_jail_may_put_a_program_in_front_of_the_worker() {
        let command = WorkerCommand::new("/bin/worker").arg("v8").jail(Behind("/bin/jail"));
        let launch = command.launch();
        assert_eq!(launch.program, PathBuf::from("/bin/jail"));
        assert_eq!(launch.args, ["/bin/worker", "v8"]);
        assert!(command.confinement().confines());
    }

    #[test]
    fn a_worker_starts_with_an_empty_environment_and_unconfined() {
        let command = WorkerCommand::new("/bin/worker").inherit("AVOCET_SURELY_NOT_SET");
        assert!(command.launch().env.is_empty());
        assert!(!command.confinement().confines());
    }
}
