//! A root of its own: what the process needs of the machine, read-only, and nothing else.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};
use rustix::mount::{
    MountFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, mount_remount, unmount,
};
use rustix::process::pivot_root;

use super::Failure;
use super::mounts::{DATA, Outside, put};
use crate::{Files, Jail};

/// Devices that every program may open: they hold nothing.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Files of `/proc` that belong to the whole machine and that root could write to, even without a
/// capability.
const MACHINE: [&str; 5] = ["sys", "sysrq-trigger", "irq", "bus", "fs"];

/// Files of `/proc` about the whole machine's memory and keys.
const HIDDEN: [&str; 5] = ["kcore", "kmsg", "keys", "key-users", "timer_list"];

/// Names that programs know descriptors by.
const DESCRIPTORS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];

/// The machine's root, while the new one is put together.
const OUTSIDE: &str = "/.outside";

/// Empty folder for [`put`].
const STAGE: &str = "/.stage";

/// Makes this process's root, in the mount and process namespaces that it already has.
pub(super) fn apply(jail: &Jail, files: &[Files]) -> Result<(), Failure> {
    let stage = &jail.stage;
    let made = |what: &'static str, path: &Path, made: io::Result<()>| {
        made.map_err(|error| Failure::new(what, path, error))
    };
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    let root = mount("avocet-root", stage, "tmpfs", flags, c"mode=0755");
    made("mount a root on", stage, root.map_err(Into::into))?;
    made("mount", Path::new("/proc"), processes(stage))?;
    made("make", Path::new("/dev"), devices(stage, jail.tmp_bytes))?;
    made("make", Path::new("/tmp"), memory(&stage.join("tmp"), jail.tmp_bytes))?;
    // What is visible may be below `/tmp`.
    let mut visible = jail.visible.clone();
    visible.sort();
    for path in &visible {
        made("show", path, show(path, stage))?;
    }
    made("enter the root", stage, enter(stage))?;
    put(files, Path::new(STAGE), &Outside::At(Path::new(OUTSIDE)), jail.user)?;
    made("leave the machine's root below", Path::new(OUTSIDE), leave())
}

/// Binds what is at a path to the same path below the new root.
fn show(path: &Path, root: &Path) -> io::Result<()> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    let target = below(root, path);
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    if metadata.is_symlink() {
        return match symlink(fs::read_link(path)?, &target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        };
    }
    if metadata.is_dir() {
        fs::create_dir_all(&target)?;
    } else if !target.exists() {
        File::create(&target)?;
    }
    // Alone where that can be. A user namespace may not take away what is mounted below it.
    mount_bind(path, &target).or_else(|_| mount_bind_recursive(path, &target))?;
    Ok(mount_remount(&target, MountFlags::BIND | MountFlags::RDONLY | kept(path)?, c"")?)
}

/// Flags of a mount made again: a user namespace may not take away those that the original has.
fn kept(path: &Path) -> io::Result<MountFlags> {
    let own = statvfs(path)?.f_flag;
    let pairs = [
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ];
    let kept = pairs.into_iter().filter(|(flag, _)| own.contains(*flag));
    let always = MountFlags::NOSUID | MountFlags::NODEV;
    Ok(kept.fold(always, |all, (_, flag)| all | flag))
}

fn processes(root: &Path) -> io::Result<()> {
    let target = root.join("proc");
    fs::create_dir_all(&target)?;
    mount("proc", &target, "proc", DATA, None)?;
    for path in MACHINE.map(|name| target.join(name)).iter().filter(|path| path.exists()) {
        mount_bind(path, path)?;
        mount_remount(path, MountFlags::BIND | MountFlags::RDONLY | DATA, c"")?;
    }
    for path in HIDDEN.map(|name| target.join(name)).iter().filter(|path| path.exists()) {
        mount_bind("/dev/null", path)?;
    }
    Ok(())
}

fn devices(root: &Path, bytes: u64) -> io::Result<()> {
    let folder = root.join("dev");
    fs::create_dir_all(&folder)?;
    for name in DEVICES {
        let target = folder.join(name);
        File::create(&target)?;
        mount_bind(Path::new("/dev").join(name), &target)?;
    }
    for (name, original) in DESCRIPTORS {
        symlink(original, folder.join(name))?;
    }
    memory(&folder.join("shm"), bytes)
}

/// An empty folder in memory that everybody may write to.
fn memory(folder: &Path, bytes: u64) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    let options = std::ffi::CString::new(format!("mode=1777,size={bytes}"))?;
    Ok(mount("avocet-tmp", folder, "tmpfs", flags, &*options)?)
}

/// Makes `root` the root; the machine's is below [`OUTSIDE`] then.
fn enter(root: &Path) -> io::Result<()> {
    fs::create_dir(below(root, Path::new(OUTSIDE)))?;
    fs::create_dir(below(root, Path::new(STAGE)))?;
    std::env::set_current_dir(root)?;
    pivot_root(".", OUTSIDE.trim_start_matches('/'))?;
    std::env::set_current_dir("/")
}

/// Takes the machine's root away, and lets nothing be written to this one.
fn leave() -> io::Result<()> {
    unmount(OUTSIDE, UnmountFlags::DETACH)?;
    fs::remove_dir(OUTSIDE)?;
    // Where a copy of a folder was put together on it, the folder is hidden and stays.
    let _ = fs::remove_dir(STAGE);
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::RDONLY;
    Ok(mount_remount("/", flags, c"")?)
}

fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}
