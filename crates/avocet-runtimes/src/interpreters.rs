use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use avocet_functions::model::{Engine, Runtime, RuntimeError, Version};
use tokio::process::Command;
use tokio::time::timeout;

use crate::Environment;

/// Longest time for an interpreter to say its version: a machine that is busy takes seconds to start
/// one. An interpreter that takes longer is left out, and named where one is missed.
const ASK_LIMIT: Duration = Duration::from_secs(60);

/// Script by which Node.js prints its path and its version.
const ASK_NODE: &str = "console.log(process.execPath + '\\n' + process.versions.node)";

/// The same for Python. A shim in front of it is passed by what it says of itself.
const ASK_PYTHON: &str =
    "import sys, platform; print(sys.executable); print(platform.python_version())";

/// An installed interpreter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interpreter {
    /// Node.js or Python.
    pub engine: Engine,
    /// Version as far as runtimes are named by it.
    pub version: Version,
    /// Whole version: `20.20.2`.
    pub full_version: String,
    /// The program itself.
    pub program: PathBuf,
}

/// Every interpreter that is there.
#[derive(Debug, Clone, Default)]
pub struct Interpreters {
    found: Vec<Interpreter>,
    /// Programs that did not answer in time.
    silent: Vec<(Engine, PathBuf)>,
}

/// No interpreter for a runtime.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoInterpreter {
    /// None is installed that could run it.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// None that answered can run it, and others did not answer.
    #[error(
        "{error}, or did not say its version within {} s: {}; try again when the machine is \
         less busy",
        ASK_LIMIT.as_secs(),
        .program.display()
    )]
    Silent {
        /// Version that is missing, as an error.
        error: RuntimeError,
        /// A program that did not answer.
        program: PathBuf,
    },
}

/// The interpreter for a runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The interpreter.
    pub interpreter: Interpreter,
    /// Warning for the person who deploys, where it is another version than the runtime names.
    pub warning: Option<String>,
}

impl Interpreters {
    /// Asks everything that looks like an interpreter for its version.
    pub async fn discover(environment: &Environment) -> Self {
        let candidates = candidates(environment);
        let asked = candidates.into_iter().map(|(engine, program)| {
            tokio::spawn(async move {
                let answer = timeout(ASK_LIMIT, ask(engine, &program)).await;
                answer.map_err(|_| (engine, program))
            })
        });
        let mut found: Vec<Interpreter> = Vec::new();
        let mut silent = Vec::new();
        for task in asked.collect::<Vec<_>>() {
            let interpreter = match task.await {
                Ok(Ok(Some(interpreter))) => interpreter,
                Ok(Err(program)) => {
                    silent.push(program);
                    continue;
                }
                _ => continue,
            };
            // The same version twice: the first on the path counts.
            let same = |other: &Interpreter| {
                other.engine == interpreter.engine && other.version == interpreter.version
            };
            if !found.iter().any(same) {
                found.push(interpreter);
            }
        }
        Self { found, silent }
    }

    /// Whether there is anything that looks like an interpreter of this engine, without asking it.
    pub fn are_likely(environment: &Environment, engine: Engine) -> bool {
        candidates(environment).iter().any(|(found, _)| *found == engine)
    }

    /// All of them.
    pub fn all(&self) -> &[Interpreter] {
        &self.found
    }

    /// The one for `runtime`: of its version, else the nearest newer, else the nearest older one.
    ///
    /// # Errors
    /// Where none can run it.
    pub fn choose(&self, runtime: Runtime) -> Result<Chosen, NoInterpreter> {
        self.choose_found(runtime).map_err(|error| {
            let silent = self.silent.iter().find(|(engine, _)| *engine == runtime.engine());
            match silent {
                Some((_, program)) => NoInterpreter::Silent { error, program: program.clone() },
                None => error.into(),
            }
        })
    }

    fn choose_found(&self, runtime: Runtime) -> Result<Chosen, RuntimeError> {
        let of_engine = || self.found.iter().filter(|found| found.engine == runtime.engine());
        let versions: Vec<Version> = of_engine().map(|found| found.version).collect();
        let choice = runtime.choose(&versions)?;
        let chosen = of_engine().find(|found| found.version == choice.version);
        let interpreter = chosen
            .cloned()
            .ok_or(RuntimeError::NotInstalled { runtime, oldest: runtime.version() })?;
        Ok(Chosen { interpreter, warning: choice.warning })
    }
}

impl Interpreter {
    /// Whether this Node.js finds out by itself that a `.js` file is an ES module.
    pub(crate) fn detects_modules(&self) -> bool {
        let mut numbers = self.full_version.split('.').map_while(|part| part.parse::<u32>().ok());
        let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        version >= (22, 7) || ((20, 19)..(21, 0)).contains(&version)
    }
}

/// Programs worth asking, without doubles.
fn candidates(environment: &Environment) -> Vec<(Engine, PathBuf)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let families = [
        (Engine::NodeJs, &environment.node, is_node as fn(&str) -> bool),
        (Engine::Python, &environment.python, is_python),
    ];
    for (engine, own, named) in families {
        let programs = match own {
            Some(own) => std::env::split_paths(own).collect(),
            None => on_path(&environment.path, named),
        };
        for program in programs {
            let real = program.canonicalize().unwrap_or_else(|_| program.clone());
            // Shims are one file under several names, and each name is another interpreter.
            let key = (real.clone(), is_script(&real).then(|| program.clone()));
            if seen.insert(key) {
                found.push((engine, program));
            }
        }
    }
    found
}

fn is_script(program: &Path) -> bool {
    let mut start = [0; 2];
    let read = std::fs::File::open(program)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
    read.is_ok() && &start == b"#!"
}

fn is_node(name: &str) -> bool {
    let version = name.strip_prefix("node");
    name == "nodejs" || version.is_some_and(|v| v.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_python(name: &str) -> bool {
    let version = name.strip_prefix("python3");
    name == "python"
        || version.is_some_and(|v| {
            v.is_empty()
                || v.strip_prefix('.').is_some_and(|minor| {
                    !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit())
                })
        })
}

/// Plain names (`node`, `python3`) come before those with a version within a folder.
fn on_path(path: &OsStr, named: fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for dir in std::env::split_paths(path) {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| named(name)).collect();
        names.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        found.extend(names.into_iter().map(|name| dir.join(name)));
    }
    found
}

async fn ask(engine: Engine, program: &Path) -> Option<Interpreter> {
    let (flag, question) = match engine {
        Engine::NodeJs => ("-e", ASK_NODE),
        _ => ("-c", ASK_PYTHON),
    };
    let mut asked = Command::new(program);
    asked.args([flag, question]).stdin(Stdio::null()).kill_on_drop(true);
    let output = asked.output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut lines = text.lines();
    let (path, full_version) = (lines.next()?, lines.next()?);
    let mut numbers = full_version.split('.').map_while(|part| part.parse::<u16>().ok());
    let (major, minor) = (numbers.next()?, numbers.next()?);
    let version = match engine {
        Engine::Python if major == 3 => Version::new(major, minor),
        Engine::NodeJs => Version::new(major, 0),
        _ => return None,
    };
    output.status.success().then(|| Interpreter {
        engine,
        version,
        full_version: full_version.to_owned(),
        program: PathBuf::from(path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_interpreters_are_known() {
        for name in ["node", "nodejs", "node20", "node8"] {
            assert!(is_node(name), "{name}");
        }
        for name in ["node-gyp", "nodemon", "nodejs20-config", "node20.1"] {
            assert!(!is_node(name), "{name}");
        }
        for name in ["python", "python3", "python3.8", "python3.14"] {
            assert!(is_python(name), "{name}");
        }
        for name in ["python2", "python3-config", "python3.", "python3.11-config", "pythonw"] {
            assert!(!is_python(name), "{name}");
        }
    }

    #[test]
    fn module_detection_came_with_certain_versions() {
        let node = |full: &str| Interpreter {
            engine: Engine::NodeJs,
            version: Version::new(20, 0),
            full_version: full.into(),
            program: "node".into(),
        };
        for (version, detects) in [
            ("18.20.4", false),
            ("20.18.3", false),
            ("20.19.0", true),
            ("21.7.0", false),
            ("22.6.0", false),
            ("22.7.0", true),
            ("24.0.0", true),
        ] {
            assert_eq!(node(version).detects_modules(), detects, "{version}");
        }
    }
}
