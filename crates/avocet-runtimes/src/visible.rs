//! Files of the machine that a worker in a jail sees.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::Interpreter;

/// Programs and libraries of the system, and the settings that programs read: name resolution,
/// certificates, time zones, names of users. Nothing in them is a secret.
const SYSTEM: [&str; 27] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/gai.conf",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/pki",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/timezone",
];

/// Variables that name more files and folders that workers read.
const NAMED: [&str; 4] =
    ["LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"];

/// Files that the V8 worker in `program` needs to see: itself, and the libraries that this process,
/// which is the same program, has mapped.
pub fn v8_visible(program: &Path) -> Vec<PathBuf> {
    let mut visible: BTreeSet<PathBuf> = machine().chain([program.to_owned()]).collect();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let files = maps.lines().filter_map(|line| line.find('/').map(|at| Path::new(&line[at..])));
    let libraries = files.filter(|file| *file != program && is_outside_of_system(file));
    visible.extend(libraries.filter_map(Path::parent).map(Path::to_owned));
    visible.into_iter().collect()
}

/// Files that an interpreter needs to see, without a function's own files.
pub(crate) fn interpreter_visible(interpreter: &Interpreter) -> BTreeSet<PathBuf> {
    let program = &interpreter.program;
    let mut visible: BTreeSet<PathBuf> = machine().collect();
    // A virtual environment's program is a link to the one whose libraries it has.
    for program in [Some(program.clone()), program.canonicalize().ok()].into_iter().flatten() {
        visible.extend(installation(&program));
        visible.insert(program);
    }
    visible
}

fn machine() -> impl Iterator<Item = PathBuf> {
    let named = NAMED.iter().filter_map(std::env::var_os);
    let named: Vec<PathBuf> = named.flat_map(|list| split(&list)).collect();
    SYSTEM.into_iter().map(PathBuf::from).chain(named)
}

fn split(list: &std::ffi::OsStr) -> Vec<PathBuf> {
    std::env::split_paths(list)
        .filter(|path| path.is_absolute() && path.parent().is_some())
        .collect()
}

/// The folder that a program was installed into, `PREFIX` of `PREFIX/bin/program`.
fn installation(program: &Path) -> Option<PathBuf> {
    let folder = program.parent().filter(|folder| folder.ends_with("bin"))?;
    folder.parent().filter(|prefix| prefix.parent().is_some()).map(Path::to_owned)
}

fn is_outside_of_system(path: &Path) -> bool {
    !["/usr", "/lib", "/lib64", "/dev"].iter().any(|folder| path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_never_the_whole_machine() {
        let of = |program: &str| installation(Path::new(program));
        assert_eq!(of("/opt/node/bin/node"), Some("/opt/node".into()));
        assert_eq!(of("/usr/bin/node"), Some("/usr".into()));
        for program in ["/bin/node", "/node", "/opt/node"] {
            assert_eq!(of(program), None, "{program}");
        }
    }

    #[test]
    fn the_v8_worker_sees_its_own_program() {
        let program = std::env::current_exe().unwrap();
        let visible = v8_visible(&program);
        assert!(visible.contains(&program));
        assert!(!visible.iter().any(|path| path.parent().is_none()), "{visible:?}");
    }
}
