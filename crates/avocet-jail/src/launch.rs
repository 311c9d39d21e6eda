//! The description of a launch.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// All that a process is given. Its standard input is the socket to its supervisor; its
/// environment holds nothing but what is named here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// The executable, by its whole path.
    #[serde(with = "text::path")]
    pub program: PathBuf,
    /// Arguments, without the program itself.
    #[serde(with = "text::list")]
    pub args: Vec<OsString>,
    /// Environment, the whole of it.
    #[serde(with = "text::map")]
    pub env: BTreeMap<OsString, OsString>,
    /// Working folder; the supervisor's own where absent.
    #[serde(with = "text::optional")]
    pub current_dir: Option<PathBuf>,
    /// Files that it finds at paths of its own.
    pub mounts: Option<Mounts>,
    /// Walls around it; none where absent.
    pub jail: Option<Jail>,
    /// Folder of the control group that it joins before it begins.
    #[serde(with = "text::optional")]
    pub group: Option<PathBuf>,
}

/// Files at paths that only the launched process, and what it starts, has them at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mounts {
    /// Rights to mount with. In a jail, those of the jail count.
    pub rights: Rights,
    /// Empty folder that file systems are put together on. It stays empty outside of the process.
    #[serde(with = "text::path")]
    pub stage: PathBuf,
    /// Folders and the paths that they are copied to.
    pub files: Vec<Files>,
}

/// A folder that is copied into memory at another path, readable by the process alone, and
/// read-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The folder that is copied.
    #[serde(with = "text::path")]
    pub from: PathBuf,
    /// Path of the copy. It need not exist.
    #[serde(with = "text::path")]
    pub at: PathBuf,
}

/// Walls around a process and all that it starts.
///
/// It has namespaces of its own for mounts, processes, IPC objects and host names, no capability and
/// no way to gain one; the processes that it starts end with it. Its root holds what is `visible`, an
/// empty `/tmp` in memory, `/proc` of its own processes, and the devices that hold nothing. System
/// calls that change the machine or look into other processes are refused. The network is the
/// machine's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jail {
    /// Rights that the namespaces are made with.
    pub rights: Rights,
    /// Empty folder that the root is put together on. It stays empty outside of the process.
    #[serde(with = "text::path")]
    pub stage: PathBuf,
    /// Files and folders that it sees at the same paths, read-only; what is not there is left out.
    #[serde(with = "text::paths")]
    pub visible: Vec<PathBuf>,
    /// User and group that it runs as, by number; the supervisor's where absent. Takes
    /// [`Rights::Own`].
    pub user: Option<u32>,
    /// Size of `/tmp` and `/dev/shm`, bytes each.
    pub tmp_bytes: u64,
    /// Processes and threads of its user.
    pub processes: u64,
}

/// Rights that a namespace is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rights {
    /// Rights of the supervisor's user: root, or a user with `CAP_SYS_ADMIN`.
    Own,
    /// Rights that a user namespace gives its first process. The user stays the same.
    UserNamespace,
}

impl Launch {
    /// The program, with no arguments and an empty environment.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: BTreeMap::new(),
            current_dir: None,
            mounts: None,
            jail: None,
            group: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.insert(name.into(), value.into());
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

    /// Sets its working folder.
    #[must_use]
    pub fn current_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.current_dir = Some(path.into());
        self
    }

    /// Puts files at paths of its own.
    #[must_use]
    pub fn mounts(mut self, mounts: Mounts) -> Self {
        self.mounts = Some(mounts);
        self
    }

    /// Puts walls around it.
    #[must_use]
    pub fn jail(mut self, jail: Jail) -> Self {
        self.jail = Some(jail);
        self
    }

    /// Names the control group that it joins.
    #[must_use]
    pub fn group(mut self, folder: impl Into<PathBuf>) -> Self {
        self.group = Some(folder.into());
        self
    }
}

/// Strings of the system as JSON: text where they are UTF-8, else a list of bytes.
mod text {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize)]
    #[serde(untagged)]
    enum Out<'a> {
        Text(&'a str),
        Bytes(&'a [u8]),
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum In {
        Text(String),
        Bytes(Vec<u8>),
    }

    fn out(text: &OsStr) -> Out<'_> {
        text.to_str().map_or(Out::Bytes(text.as_bytes()), Out::Text)
    }

    impl From<In> for OsString {
        fn from(text: In) -> Self {
            match text {
                In::Text(text) => text.into(),
                In::Bytes(bytes) => Self::from_vec(bytes),
            }
        }
    }

    pub(super) mod path {
        use std::path::{Path, PathBuf};

        use super::*;

        pub(in crate::launch) fn serialize<S: Serializer>(
            path: &Path,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            out(path.as_os_str()).serialize(to)
        }

        pub(in crate::launch) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<PathBuf, D::Error> {
            In::deserialize(from).map(|text| OsString::from(text).into())
        }
    }

    pub(super) mod optional {
        use std::path::PathBuf;

        use super::*;

        pub(in crate::launch) fn serialize<S: Serializer>(
            path: &Option<PathBuf>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            path.as_ref().map(|path| out(path.as_os_str())).serialize(to)
        }

        pub(in crate::launch) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<PathBuf>, D::Error> {
            let path: Option<In> = Option::deserialize(from)?;
            Ok(path.map(|text| OsString::from(text).into()))
        }
    }

    pub(super) mod paths {
        use std::path::PathBuf;

        use super::*;

        pub(in crate::launch) fn serialize<S: Serializer>(
            paths: &[PathBuf],
            to: S,
        ) -> Result<S::Ok, S::Error> {
            to.collect_seq(paths.iter().map(|path| out(path.as_os_str())))
        }

        pub(in crate::launch) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Vec<PathBuf>, D::Error> {
            let paths: Vec<In> = Vec::deserialize(from)?;
            Ok(paths.into_iter().map(|text| OsString::from(text).into()).collect())
        }
    }

    pub(super) mod list {
        use super::*;

        pub(in crate::launch) fn serialize<S: Serializer>(
            list: &[OsString],
            to: S,
        ) -> Result<S::Ok, S::Error> {
            to.collect_seq(list.iter().map(|text| out(text)))
        }

        pub(in crate::launch) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Vec<OsString>, D::Error> {
            let list: Vec<In> = Vec::deserialize(from)?;
            Ok(list.into_iter().map(OsString::from).collect())
        }
    }

    /// Pairs, since a name need not be text either.
    pub(super) mod map {
        use std::collections::BTreeMap;

        use super::*;

        pub(in crate::launch) fn serialize<S: Serializer>(
            map: &BTreeMap<OsString, OsString>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            to.collect_seq(map.iter().map(|(name, value)| (out(name), out(value))))
        }

        pub(in crate::launch) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<BTreeMap<OsString, OsString>, D::Error> {
            let pairs: Vec<(In, In)> = Vec::deserialize(from)?;
            Ok(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn a_description_survives_its_way_whatever_bytes_are_in_it() {
        let odd = OsString::from_vec(vec![b'/', 0xff, b'x']);
        let mounts = Mounts {
            rights: Rights::UserNamespace,
            stage: "/stage".into(),
            files: vec![Files { from: odd.clone().into(), at: "/at".into() }],
        };
        let jail = Jail {
            rights: Rights::Own,
            stage: "/stage".into(),
            visible: vec![odd.clone().into(), "/usr".into()],
            user: Some(60_000),
            tmp_bytes: 1 << 20,
            processes: 100,
        };
        let launch = Launch::new(&odd)
            .jail(jail)
            .arg(&odd)
            .arg("é")
            .env(&odd, "value")
            .current_dir("/")
            .mounts(mounts)
            .group("/sys/fs/cgroup/own");
        let json = serde_json::to_vec(&launch).unwrap();
        assert_eq!(serde_json::from_slice::<Launch>(&json).unwrap(), launch);
        let bare = Launch::new("/bin/true");
        let json = serde_json::to_vec(&bare).unwrap();
        assert_eq!(serde_json::from_slice::<Launch>(&json).unwrap(), bare);
    }

    #[test]
    fn a_launch_begins_with_an_empty_environment() {
        assert!(Launch::new("/bin/true").inherit("AVOCET_SURELY_NOT_SET").env.is_empty());
    }
}
