//! Isolation of processes from the machine and from each other.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crate::{Jail, Launch, Launcher, Rights};

/// Users that nobody is: the range that systemd keeps for such ones (`DynamicUser=`).
const USERS: std::ops::RangeInclusive<u32> = 61_184..=65_519;

/// Size of `/tmp` and `/dev/shm` of a process, bytes each.
const TMP_BYTES: u64 = 64 << 20;

/// Processes and threads that one process and all that it starts may be.
const PROCESSES: u64 = 1024;

/// Isolation of processes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Isolation {
    /// `process`: a process each, with the rights of the supervisor's user.
    #[default]
    Process,
    /// `jail`: walls that the kernel holds, as [`Jail`] describes them.
    Jail(Arc<Walls>),
}

/// The walls that this machine gives.
#[derive(Debug, PartialEq, Eq)]
pub struct Walls {
    rights: Rights,
    stage: PathBuf,
}

impl Isolation {
    /// [`Isolation::Jail`], tried out with a process that ends at once. `stage` is an empty folder
    /// that has to stay; each process mounts a root of its own on it. Blocks.
    ///
    /// # Errors
    /// What this machine does not give.
    pub fn jail(launcher: &Launcher, stage: &Path) -> Result<Self, String> {
        let mut why = String::new();
        for rights in [Rights::Own, Rights::UserNamespace] {
            let isolation = Self::Jail(Arc::new(Walls { rights, stage: stage.to_owned() }));
            let tried = isolation.user().map_err(|error| error.to_string()).and_then(|user| {
                let mut launch = isolation.enclose(Launch::new("/"), Vec::new());
                launch.run_as(user.as_ref());
                launcher.try_out(&launch)
            });
            match tried {
                Ok(()) => return Ok(isolation),
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    /// One sentence for the log.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Process => {
                "isolation of workers: process: they run unconfined, with the rights of the \
                 supervisor's user"
            }
            Self::Jail(_) => {
                "isolation of workers: jail: namespaces of their own for files, processes, IPC and \
                 host names, a root with what they need and nothing else, no capabilities; the \
                 network is the machine's"
            }
        }
    }

    /// Whether anything is held back.
    pub fn confines(&self) -> bool {
        matches!(self, Self::Jail(_))
    }

    /// Rights that mounts of an isolated process are made with; `None` where nothing is isolated.
    pub fn rights(&self) -> Option<Rights> {
        match self {
            Self::Process => None,
            Self::Jail(walls) => Some(walls.rights),
        }
    }

    /// The launch with these walls around it, within which `visible` is what the program needs.
    #[must_use]
    pub fn enclose(&self, launch: Launch, visible: Vec<PathBuf>) -> Launch {
        let Self::Jail(walls) = self else { return launch };
        launch.jail(Jail {
            rights: walls.rights,
            stage: walls.stage.clone(),
            visible,
            user: None,
            tmp_bytes: TMP_BYTES,
            processes: PROCESSES,
        })
    }

    /// A user for one process, where this isolation gives it one.
    ///
    /// # Errors
    /// Where all of them are taken.
    pub fn user(&self) -> io::Result<Option<User>> {
        match self.rights() {
            Some(Rights::Own) => User::take().map(Some),
            Some(Rights::UserNamespace) | None => Ok(None),
        }
    }
}

impl Launch {
    /// Runs the program as a user, where it has a jail and there is a user.
    pub fn run_as(&mut self, user: Option<&User>) {
        if let (Some(jail), Some(user)) = (&mut self.jail, user) {
            jail.user = Some(user.0);
        }
    }
}

/// A user that no other process of this supervisor runs as, until this is dropped.
#[derive(Debug)]
pub struct User(u32);

#[derive(Debug)]
struct Taken {
    all: BTreeSet<u32>,
    /// Tried next, so that a user is not soon another process's.
    next: u32,
}

static TAKEN: LazyLock<Mutex<Taken>> = LazyLock::new(|| {
    // Supervisors on the same machine begin at different ones.
    let count = USERS.end() - USERS.start() + 1;
    let next = USERS.start() + std::process::id().wrapping_mul(97) % count;
    Mutex::new(Taken { all: BTreeSet::new(), next })
});

impl User {
    fn take() -> io::Result<Self> {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, after) = (*USERS.start()..taken.next, taken.next..=*USERS.end());
        let free = after.chain(before).find(|user| !taken.all.contains(user));
        let user = free.ok_or_else(|| io::Error::other("every user for jails is taken"))?;
        taken.all.insert(user);
        taken.next = if user == *USERS.end() { *USERS.start() } else { user + 1 };
        Ok(Self(user))
    }
}

impl Drop for User {
    fn drop(&mut self) {
        TAKEN.lock().unwrap_or_else(PoisonError::into_inner).all.remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_one_process_each_and_come_back() {
        let count = USERS.count();
        let all: Vec<User> = (0..count).map(|_| User::take().unwrap()).collect();
        let numbers: BTreeSet<u32> = all.iter().map(|user| user.0).collect();
        assert_eq!(numbers.len(), count);
        assert!(numbers.iter().all(|user| USERS.contains(user)));
        assert!(User::take().is_err());
        drop(all);
        assert!(User::take().is_ok());
    }

    #[test]
    fn without_walls_a_launch_stays_as_it_is() {
        let launch = Launch::new("/bin/true");
        assert_eq!(Isolation::Process.enclose(launch.clone(), vec!["/usr".into()]), launch);
        assert!(Isolation::Process.user().unwrap().is_none());
    }
}
