//! Control groups: what the system itself holds an instance and everything that it starts to.
//!
//! Version 2 has both memory and processor, in the group that was delegated to this process (a
//! service with `Delegate=yes`, a container that may write its own tree). Version 1 knows no
//! delegation: only its processor quota is used, where this process may make groups. Elsewhere the
//! supervisor looks at resident memory, and processor shares are not enforced, which it says.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use rustix::process::getpid;

/// Time in which a group may use its quota of processor time, microseconds.
const PERIOD: u64 = 100_000;

/// The smallest quota that the system takes, microseconds.
const LEAST_QUOTA: u64 = 1_000;

/// Bytes that a group may have over an instance's limit: page tables, socket buffers and pages of
/// files, which are no memory of the function. The limit itself is held by looking.
const MEMORY_SLACK: u64 = 16 << 20;

/// An interpreter does not start in less; smaller limits are held by looking.
const LEAST_MEMORY: u64 = 96 << 20;

/// Limits above mean that there is none.
const NO_LIMIT: u64 = 1 << 60;

/// Place where control groups are made.
#[derive(Debug)]
pub struct Cgroups {
    place: Place,
    serial: AtomicU64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    V2 {
        base: PathBuf,
        memory: bool,
        cpu: bool,
    },
    /// The hierarchy of the processor's controller.
    V1 {
        base: PathBuf,
    },
    None {
        why: String,
    },
}

/// The group of one launched process, and of what that starts.
#[derive(Debug)]
pub struct Group {
    folder: PathBuf,
    place: Place,
}

impl Cgroups {
    /// Control groups of this machine. With version 2 this process moves into a group below its own
    /// the first time, since a group that has groups can have no processes.
    pub fn of_system() -> Arc<Self> {
        static SYSTEM: LazyLock<Arc<Cgroups>> =
            LazyLock::new(|| Arc::new(Cgroups::detect(Path::new("/"))));
        SYSTEM.clone()
    }

    /// Control groups of the system whose root folder is `root`.
    pub fn detect(root: &Path) -> Self {
        let place = find(root).unwrap_or_else(|why| Place::None { why });
        if let Some(base) = place.base() {
            sweep(root, base);
        }
        Self { place, serial: AtomicU64::new(0) }
    }

    /// Whether the memory of instances is held to its limit.
    pub fn hold_memory(&self) -> bool {
        matches!(self.place, Place::V2 { memory: true, .. })
    }

    /// Whether the processor share of instances is.
    pub fn hold_cpu(&self) -> bool {
        matches!(self.place, Place::V1 { .. } | Place::V2 { cpu: true, .. })
    }

    /// Means by which the memory and the processor share are held, for the log.
    pub fn describe(&self) -> (Option<String>, String) {
        let in_base = |version| {
            let base = self.place.base().map(Path::display);
            base.map_or_else(String::new, |base| format!("control groups {version} in {base}"))
        };
        let missing = |what| format!("not enforced: {what}");
        match &self.place {
            Place::V2 { memory, cpu, .. } => {
                let cpu = match cpu {
                    true => in_base("v2"),
                    false => missing("the controller cpu is not delegated"),
                };
                (memory.then(|| in_base("v2")), cpu)
            }
            Place::V1 { .. } => (None, in_base("v1")),
            Place::None { why } => (None, missing(why)),
        }
    }

    /// A new group, for [`crate::Launch::group`]; `None` where this machine has none.
    ///
    /// # Errors
    /// Where the system refuses it.
    pub fn group(&self) -> io::Result<Option<Group>> {
        let Some(base) = self.place.base() else { return Ok(None) };
        let number = self.serial.fetch_add(1, Ordering::Relaxed);
        let folder = base.join(format!("avocet-{}-{number}", own_pid()));
        fs::create_dir(&folder)?;
        Ok(Some(Group { folder, place: self.place.clone() }))
    }
}

impl Place {
    fn base(&self) -> Option<&Path> {
        match self {
            Self::V2 { base, .. } | Self::V1 { base } => Some(base),
            Self::None { .. } => None,
        }
    }
}

impl Group {
    /// Folder of the group.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Holds its processes to these limits: bytes, and thousandths of a processor.
    ///
    /// # Errors
    /// Where the system refuses them.
    pub fn limit(&self, memory: u64, cpu: Option<u32>) -> io::Result<()> {
        let set = |file: &str, value: String| fs::write(self.folder.join(file), value);
        let quota = cpu.map(|cpu| (u64::from(cpu) * PERIOD / 1000).max(LEAST_QUOTA));
        match &self.place {
            Place::V2 { memory: holds, cpu, .. } => {
                if *holds && memory < NO_LIMIT {
                    let most = memory.saturating_add(MEMORY_SLACK).max(LEAST_MEMORY);
                    set("memory.max", most.to_string())?;
                    // One process that is killed alone leaves the others in an odd state. Neither
                    // of these two is there on every system.
                    let _ = set("memory.oom.group", "1".to_owned());
                    let _ = set("memory.swap.max", "0".to_owned());
                }
                match quota.filter(|_| *cpu) {
                    Some(quota) => set("cpu.max", format!("{quota} {PERIOD}")),
                    None => Ok(()),
                }
            }
            Place::V1 { .. } => match quota {
                Some(quota) => {
                    set("cpu.cfs_period_us", PERIOD.to_string())?;
                    set("cpu.cfs_quota_us", quota.to_string())
                }
                None => Ok(()),
            },
            Place::None { .. } => Ok(()),
        }
    }

    /// Whether the system killed any of it for its memory.
    pub fn ran_out_of_memory(&self) -> bool {
        let events = fs::read_to_string(self.folder.join("memory.events")).unwrap_or_default();
        let kills = events.lines().find_map(|line| line.strip_prefix("oom_kill "));
        kills.is_some_and(|kills| kills.trim() != "0")
    }

    /// Kills what is left in it.
    pub fn kill(&self) {
        // Version 2 since Linux 5.14; elsewhere its processes were killed by their process group.
        let _ = fs::write(self.folder.join("cgroup.kill"), "1");
    }

    /// Removes it; `false` where it holds a process, which may be on its way out.
    pub fn remove(&self) -> bool {
        fs::remove_dir(&self.folder).is_ok() || !self.folder.exists()
    }
}

fn own_pid() -> i32 {
    getpid().as_raw_nonzero().get()
}

/// Looks where groups may be made, and makes version 2 ready for them.
fn find(root: &Path) -> Result<Place, String> {
    let own = fs::read_to_string(root.join("proc/self/cgroup"))
        .map_err(|error| format!("/proc/self/cgroup: {error}"))?;
    let lines: Vec<[&str; 3]> = own
        .lines()
        .filter_map(|line| line.splitn(3, ':').collect::<Vec<_>>().try_into().ok())
        .collect();
    let tree = root.join("sys/fs/cgroup");
    let mut why = "there are no control groups".to_owned();
    if let Some([_, _, path]) = lines.iter().find(|line| line[0] == "0" && line[1].is_empty()) {
        let top = match tree.join("cgroup.controllers").exists() {
            true => tree.clone(),
            false => tree.join("unified"),
        };
        match delegated(root, &below(&top, path)) {
            Ok(place) => return Ok(place),
            Err(reason) => why = reason,
        }
    }
    let of_cpu = |line: &&[&str; 3]| line[1].split(',').any(|controller| controller == "cpu");
    if let Some([_, controllers, path]) = lines.iter().find(of_cpu) {
        let base = below(&tree.join(controllers), path);
        match probe(&base) {
            Ok(()) => return Ok(Place::V1 { base }),
            Err(error) => why = format!("{}: {error}", base.display()),
        }
    }
    Err(why)
}

/// The folder of a group; the top where the group is outside of what this process sees.
fn below(top: &Path, path: &str) -> PathBuf {
    match path.trim_start_matches('/') {
        inner if !inner.is_empty() && top.join(inner).is_dir() => top.join(inner),
        _ => top.to_owned(),
    }
}

/// Whether groups can be made here.
fn probe(base: &Path) -> io::Result<()> {
    let folder = base.join(format!("avocet-{}-probe", own_pid()));
    fs::create_dir(&folder)?;
    fs::remove_dir(&folder)
}

/// Hands memory and processor on to the groups below `base`.
fn delegated(root: &Path, base: &Path) -> Result<Place, String> {
    let failed = |what: &Path, error: io::Error| format!("{}: {error}", what.display());
    let file = base.join("cgroup.controllers");
    let there = fs::read_to_string(&file).map_err(|error| failed(&file, error))?;
    let has = |name: &str| there.split_whitespace().any(|controller| controller == name);
    let (memory, cpu) = (has("memory"), has("cpu"));
    if !memory && !cpu {
        return Err(format!("{} has neither memory nor cpu", base.display()));
    }
    let own = base.join(format!("avocet-{}-supervisor", own_pid()));
    fs::create_dir(&own).map_err(|error| failed(&own, error))?;
    let moved = family(root, base);
    let result = move_to(&own, &moved).and_then(|()| {
        let wanted = [(memory, "+memory"), (cpu, "+cpu")].map(|(has, name)| has.then_some(name));
        let wanted: Vec<&str> = wanted.into_iter().flatten().collect();
        fs::write(base.join("cgroup.subtree_control"), wanted.join(" "))
    });
    if let Err(error) = result {
        // Somebody else is in the group, or it is not ours: everything as it was.
        let _ = move_to(base, &moved);
        let _ = fs::remove_dir(&own);
        return Err(failed(base, error));
    }
    Ok(Place::V2 { base: base.to_owned(), memory, cpu })
}

/// Process ids of this process and its children, as far as they are in the group.
fn family(root: &Path, base: &Path) -> Vec<String> {
    let all = fs::read_to_string(base.join("cgroup.procs")).unwrap_or_default();
    let own = own_pid().to_string();
    let is_child = |pid: &str| {
        let stat = fs::read_to_string(root.join("proc").join(pid).join("stat"));
        // The name before it is in parentheses and may hold anything.
        let stat = stat.unwrap_or_default();
        let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
        after.split_whitespace().nth(1) == Some(&*own)
    };
    let mut family: Vec<String> =
        all.lines().filter(|pid| *pid != own && is_child(pid)).map(str::to_owned).collect();
    family.push(own);
    family
}

fn move_to(group: &Path, pids: &[String]) -> io::Result<()> {
    pids.iter().try_for_each(|pid| fs::write(group.join("cgroup.procs"), pid))
}

/// Removes the groups of supervisors that are gone.
fn sweep(root: &Path, base: &Path) {
    let Ok(entries) = fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let of = name.to_str().and_then(|name| name.strip_prefix("avocet-")?.split('-').next());
        let number = of.filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()));
        if number.is_some_and(|pid| !root.join("proc").join(pid).exists()) {
            // Fails where something still runs in it.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

#[cfg(test)]
#[path = "cgroups_tests.rs"]
mod tests;
