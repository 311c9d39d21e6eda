use std::ffi::OsString;
use std::path::PathBuf;

/// The settings that come from the environment of the platform's own process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `PATH`: where interpreters and installers are looked for.
    pub path: OsString,
    /// `AVOCET_NODE`: Node.js programs to use instead of those on `PATH`, with `:` between them.
    pub node: Option<OsString>,
    /// `AVOCET_PYTHON`: the same for Python.
    pub python: Option<OsString>,
    /// `AVOCET_NPM`: the `npm` to use.
    pub npm: Option<PathBuf>,
    /// `AVOCET_GUESTS`: the folder with the guests.
    pub guests: Option<PathBuf>,
}

impl Environment {
    /// Environment of this process.
    pub fn of_process() -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Self {
            path: set("PATH").unwrap_or_default(),
            node: set("AVOCET_NODE"),
            python: set("AVOCET_PYTHON"),
            npm: set("AVOCET_NPM").map(PathBuf::from),
            guests: set("AVOCET_GUESTS").map(PathBuf::from),
        }
    }

    /// The first program of this name on `PATH`.
    pub(crate) fn find(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.path).map(|dir| dir.join(name)).find(|path| path.is_file())
    }
}
