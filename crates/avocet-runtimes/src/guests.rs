use std::path::{Path, PathBuf};

use avocet_functions::model::{Engine, Version};
use avocet_workers::Launch;

use crate::{Environment, Interpreter};

/// Variables of the platform's environment that every worker gets. Everything else, its secrets with
/// it, stays away from functions.
const INHERITED: [&str; 3] = ["TZ", "LANG", "LD_LIBRARY_PATH"];

/// Variables that interpreters get besides.
const INHERITED_BY_INTERPRETERS: [&str; 7] =
    ["PATH", "HOME", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"];

/// Launch of a worker of runtime `v8`, whose program is the platform's own.
pub fn v8_launch(program: impl Into<PathBuf>) -> Launch {
    inherit(Launch::new(program).arg("worker-v8"), &INHERITED)
}

fn inherit(launch: Launch, names: &[&str]) -> Launch {
    names.iter().fold(launch, |launch, name| launch.inherit(name))
}

/// The folder with the worker programs for Node.js and Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guests {
    root: PathBuf,
}

/// The guests are not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuestsError {
    /// No folder holds them.
    #[error(
        "the workers for Node.js and Python are not installed: looked in {}; set AVOCET_GUESTS to \
         the folder `guests`",
        .looked_in.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    NotFound {
        /// Places where they were looked for.
        looked_in: Vec<PathBuf>,
    },
    /// Missing packages of the worker itself.
    #[error("the worker for {engine} lacks its own packages, {packages}: run `make setup`")]
    NoPackages {
        /// Engine of the worker.
        engine: Engine,
        /// One of them, where it should be.
        packages: PathBuf,
    },
}

impl Guests {
    /// Finds the folder: `AVOCET_GUESTS`, or `../lib/avocet/guests` beside the program, or `guests`
    /// in a source tree around it.
    ///
    /// # Errors
    /// Where it is in none of these places.
    pub fn find(environment: &Environment, program: &Path) -> Result<Self, GuestsError> {
        let looked_in = match &environment.guests {
            Some(own) => vec![own.clone()],
            None => places(program),
        };
        match looked_in.iter().find(|root| root.join("node/worker.js").is_file()) {
            Some(root) => Ok(Self { root: root.clone() }),
            None => Err(GuestsError::NotFound { looked_in }),
        }
    }

    /// Launch of the worker for an interpreter.
    ///
    /// # Errors
    /// Where the worker's own packages are missing.
    pub fn launch(&self, interpreter: &Interpreter) -> Result<Launch, GuestsError> {
        let engine = interpreter.engine;
        let (folder, packages) = match engine {
            // As `worker.py` chooses.
            Engine::Python if interpreter.version < Version::new(3, 10) => {
                (self.root.join("python"), "site-3.8/bottle.py")
            }
            Engine::Python => (self.root.join("python"), "site/bottle.py"),
            _ => (self.root.join("node"), "node_modules/express"),
        };
        let packages = folder.join(packages);
        if !packages.exists() {
            return Err(GuestsError::NoPackages { engine, packages });
        }
        let launch = Launch::new(&interpreter.program).current_dir("/");
        let launch = inherit(inherit(launch, &INHERITED), &INHERITED_BY_INTERPRETERS);
        Ok(match engine {
            // Lines that a function prints must not wait in a buffer for more of them.
            Engine::Python => {
                launch.arg("-u").arg(folder.join("worker.py")).env("PYTHONDONTWRITEBYTECODE", "1")
            }
            _ => launch.arg(folder.join("worker.js")),
        })
    }
}

impl Guests {
    /// The folder that holds them.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
}

fn places(program: &Path) -> Vec<PathBuf> {
    let mut places = Vec::new();
    if let Some(prefix) = program.parent().and_then(Path::parent) {
        places.push(prefix.join("lib/avocet/guests"));
    }
    places.extend(program.ancestors().skip(2).take(4).map(|folder| folder.join("guests")));
    // A development build knows the tree that it was built from, wherever its target folder is.
    if cfg!(debug_assertions) {
        places.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests"));
    }
    places
}
