//! The runtimes that a function can name, and which installed engine serves each.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Engine that runs a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// An isolate inside the platform.
    V8,
    /// The installed Node.js.
    NodeJs,
    /// The installed CPython.
    Python,
}

impl Engine {
    /// The handler's file where none is given.
    pub const fn default_file(self) -> &'static str {
        match self {
            Self::V8 | Self::NodeJs => "handler.js",
            Self::Python => "handler.py",
        }
    }

    /// The file that lists dependencies.
    pub const fn dependencies_file(self) -> &'static str {
        match self {
            Self::V8 | Self::NodeJs => "package.json",
            Self::Python => "requirements.txt",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V8 => "V8",
            Self::NodeJs => "Node.js",
            Self::Python => "Python",
        })
    }
}

/// Signature of a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// `main(event, context)`.
    EventContext,
    /// `main(req, res)`, Express objects; the returned value is ignored.
    Express,
    /// `main()` with Flask's `request`.
    Flask,
}

/// Version of an engine: of Node.js and V8 `major` alone counts, of Python both.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Version {
    /// Major version.
    pub major: u16,
    /// Minor version; 0 for Node.js runtimes, which are named by major version only.
    pub minor: u16,
}

impl Version {
    /// A version.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { major, minor: 0 } => write!(f, "{major}"),
            Self { major, minor } => write!(f, "{major}.{minor}"),
        }
    }
}

/// A runtime by its deployed name: one of [`Runtime::ALL`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Runtime(&'static Row);

struct Row {
    name: &'static str,
    engine: Engine,
    version: Version,
    signature: Signature,
    deprecated: bool,
}

const fn row(name: &'static str, engine: Engine, major: u16, minor: u16) -> Row {
    let signature = match (engine, major, minor) {
        (Engine::NodeJs, 26.., _) => Signature::Express,
        (Engine::Python, 3, 14..) => Signature::Flask,
        _ => Signature::EventContext,
    };
    let deprecated = match engine {
        Engine::V8 => false,
        Engine::NodeJs => major < 20,
        Engine::Python => minor < 12,
    };
    Row { name, engine, version: Version::new(major, minor), signature, deprecated }
}

static ROWS: [Row; 20] = [
    row("v8", Engine::V8, 0, 0),
    row("nodejs26", Engine::NodeJs, 26, 0),
    row("nodejs24", Engine::NodeJs, 24, 0),
    row("nodejs22", Engine::NodeJs, 22, 0),
    row("nodejs20", Engine::NodeJs, 20, 0),
    row("nodejs18", Engine::NodeJs, 18, 0),
    row("nodejs16", Engine::NodeJs, 16, 0),
    row("nodejs14", Engine::NodeJs, 14, 0),
    row("nodejs12", Engine::NodeJs, 12, 0),
    row("nodejs10", Engine::NodeJs, 10, 0),
    row("nodejs8", Engine::NodeJs, 8, 0),
    row("nodejs6", Engine::NodeJs, 6, 0),
    row("python314", Engine::Python, 3, 14),
    row("python3.14", Engine::Python, 3, 14),
    row("python312", Engine::Python, 3, 12),
    row("python3.12", Engine::Python, 3, 12),
    row("python39", Engine::Python, 3, 9),
    row("python3.9", Engine::Python, 3, 9),
    row("python38", Engine::Python, 3, 8),
    row("python3.8", Engine::Python, 3, 8),
];

impl Runtime {
    /// Every name that is accepted, newest first within an engine.
    pub const ALL: [Self; 20] = {
        let mut all = [Self(&ROWS[0]); 20];
        let mut i = 0;
        while i < all.len() {
            all[i] = Self(&ROWS[i]);
            i += 1;
        }
        all
    };

    /// An isolate inside the platform.
    pub const V8: Self = Self(&ROWS[0]);

    /// The runtime for JavaScript with dependencies, where none is given.
    pub const NODEJS: Self = Self(&ROWS[3]);

    /// The runtime for Python, where none is given.
    pub const PYTHON: Self = Self(&ROWS[14]);

    /// The name as deployed: `v8`, `nodejs20`, `python3.8`.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Engine of the runtime.
    pub fn engine(self) -> Engine {
        self.0.engine
    }

    /// The engine's version that the name asks for; 0 for `v8`, which has one version only.
    pub fn version(self) -> Version {
        self.0.version
    }

    /// Signature of the runtime's handlers.
    pub fn signature(self) -> Signature {
        self.0.signature
    }

    /// Whether new functions should name another runtime.
    pub fn is_deprecated(self) -> bool {
        self.0.deprecated
    }

    /// Warning for the person who deploys a function with a deprecated runtime.
    pub fn deprecation(self) -> Option<String> {
        let instead = match self.engine() {
            Engine::Python => format!("use `{}`", Self::PYTHON),
            _ => format!("use `{}`, or `v8` where no npm package is needed", Self::NODEJS),
        };
        self.is_deprecated().then(|| format!("runtime `{self}` is deprecated: {instead}"))
    }

    /// Installed version of this runtime's engine that serves it: the same one, else the
    /// nearest newer, else the nearest older.
    ///
    /// Node.js versions are compared by major version, Python's by both. `v8` is always there.
    /// ```
    /// use avocet_functions::model::{Runtime, Version};
    ///
    /// let node22: Runtime = "nodejs22".parse()?;
    /// let choice = node22.choose(&[Version::new(18, 19), Version::new(24, 1)])?;
    /// assert_eq!(choice.version, Version::new(24, 1));
    /// assert!(choice.warning.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn choose(self, installed: &[Version]) -> Result<Choice, RuntimeError> {
        if self.engine() == Engine::V8 {
            return Ok(Choice { version: Version::default(), warning: None });
        }
        let wanted = self.version();
        let usable = || installed.iter().copied().filter(|&v| self.can_run_on(v));
        let newer = usable().filter(|&v| self.step(v) >= self.step(wanted)).min();
        let version = newer.or_else(|| usable().max()).ok_or_else(|| {
            RuntimeError::NotInstalled { runtime: self, oldest: self.oldest_usable() }
        })?;
        let exact = self.step(version) == self.step(wanted);
        let warning = (!exact).then(|| {
            let engine = self.engine();
            format!("{engine} {wanted} is not installed: `{self}` runs on {engine} {version}")
        });
        Ok(Choice { version, warning })
    }

    /// Version as far as the name has it.
    fn step(self, version: Version) -> Version {
        match self.engine() {
            Engine::Python => version,
            _ => Version::new(version.major, 0),
        }
    }

    fn oldest_usable(self) -> Version {
        match self.engine() {
            Engine::Python => Version::new(3, 8),
            _ => Version::new(18, 0),
        }
    }

    fn can_run_on(self, version: Version) -> bool {
        version >= self.oldest_usable()
    }

    /// All names, for messages: `v8, nodejs26, …`.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// An installed engine for a runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The installed version.
    pub version: Version,
    /// Warning for the person who deploys, where it is not the version that the runtime names.
    pub warning: Option<String>,
}

/// A runtime that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    /// No such name.
    #[error("unknown runtime `{0}`: allowed are {names}", names = Runtime::names())]
    Unknown(String),
    /// The engine is not installed, or is too old.
    #[error(
        "runtime `{runtime}` needs {engine} {oldest} or newer, which is not installed",
        engine = runtime.engine()
    )]
    NotInstalled {
        /// Runtime that was asked for.
        runtime: Runtime,
        /// The oldest version of its engine that would do.
        oldest: Version,
    },
}

impl FromStr for Runtime {
    type Err = RuntimeError;

    fn from_str(name: &str) -> Result<Self, RuntimeError> {
        let unknown = || RuntimeError::Unknown(name.chars().take(80).collect());
        Self::ALL.into_iter().find(|r| r.name() == name).ok_or_else(unknown)
    }
}

impl TryFrom<String> for Runtime {
    type Error = RuntimeError;

    fn try_from(name: String) -> Result<Self, RuntimeError> {
        name.parse()
    }
}

impl From<Runtime> for String {
    fn from(runtime: Runtime) -> Self {
        runtime.name().to_owned()
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for Runtime {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Runtime {}

impl std::hash::Hash for Runtime {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl Engine {
    /// Extensions of files that can hold a handler, in the order in which they are looked for.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::V8 => &["js", "mjs", "cjs"],
            Self::NodeJs => &["js", "mjs", "cjs", "ts", "mts", "cts"],
            Self::Python => &["py"],
        }
    }
}
