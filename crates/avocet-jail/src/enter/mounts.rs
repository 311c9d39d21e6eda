//! Files at paths where only this process finds them.
//!
//! Nothing outside of the process's mount namespace changes. Where a folder does not exist, its
//! nearest ancestor is covered by a copy in which every entry is the original one and new ones can
//! be made.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::Path;

use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
    mount_move, mount_remount, unmount,
};
use rustix::process::{getegid, geteuid, pivot_root};
use rustix::thread::UnshareFlags;

use super::Failure;
use crate::{Files, Mounts, Rights};

/// Flags of a file system that holds nothing but data.
const DATA: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV).union(MountFlags::NOEXEC);

/// Puts all files at their paths.
pub(super) fn apply(mounts: &Mounts) -> Result<(), Failure> {
    enter(mounts.rights).map_err(|error| {
        Failure(match mounts.rights {
            Rights::Own => format!("cannot make a mount namespace: {error}"),
            Rights::UserNamespace => format!("cannot make a user namespace: {error}"),
        })
    })?;
    for files in &mounts.files {
        provide(&mounts.stage, &files.at)
            .map_err(|error| Failure::new("make the folder", &files.at, error))?;
        fill(files).map_err(|error| Failure::new("mount files at", &files.at, error))?;
    }
    // Last, since one of them may be inside of another.
    for Files { at, .. } in mounts.files.iter().rev() {
        mount_remount(at, DATA | MountFlags::RDONLY, c"")
            .map_err(|error| Failure::new("write-protect", at, error))?;
    }
    Ok(())
}

/// Enters a mount namespace whose changes nobody else sees.
fn enter(rights: Rights) -> io::Result<()> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    match rights {
        Rights::Own => unshare(UnshareFlags::NEWNS)?,
        Rights::UserNamespace => {
            unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)?;
            fs::write("/proc/self/setgroups", "deny")?;
            fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
            fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
        }
    }
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    Ok(mount_change("/", private)?)
}

#[expect(unsafe_code, reason = "there is no safe binding")]
fn unshare(namespaces: UnshareFlags) -> io::Result<()> {
    // SAFETY: The callers above do not ask for `UnshareFlags::FILES`, the one flag after which
    // descriptors can be missing, and this process has no other thread.
    Ok(unsafe { rustix::thread::unshare_unsafe(namespaces) }?)
}

/// Makes `folder` be there.
fn provide(stage: &Path, folder: &Path) -> io::Result<()> {
    let Some(above) = folder.ancestors().find(|folder| folder.is_dir()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let Ok(below) = folder.strip_prefix(above) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    if below.as_os_str().is_empty() {
        return Ok(());
    }
    copy(above, stage)?;
    fs::create_dir_all(stage.join(below))?;
    if above != Path::new("/") {
        return Ok(mount_move(stage, above)?);
    }
    // The old root ends up on top of the new one, and goes.
    std::env::set_current_dir(stage)?;
    pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    std::env::set_current_dir("/")
}

/// Covers `stage` with a copy of a folder in which every entry is the original.
fn copy(folder: &Path, stage: &Path) -> io::Result<()> {
    mount("avocet-copy", stage, "tmpfs", MountFlags::empty(), c"mode=0755")?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (original, place) = (entry.path(), stage.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            symlink(fs::read_link(&original)?, place)?;
            continue;
        }
        if kind.is_dir() {
            fs::create_dir(&place)?;
        } else {
            File::create(&place)?;
        }
        mount_bind_recursive(&original, &place)?;
    }
    Ok(())
}

/// Covers a folder with copies of files, which only this process's user can read.
fn fill(files: &Files) -> io::Result<()> {
    mount("avocet-files", &files.at, "tmpfs", DATA, c"mode=0700")?;
    copy_files(&files.from, &files.at)
}

fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            DirBuilder::new().mode(0o700).create(&target)?;
            copy_files(&entry.path(), &target)?;
        } else {
            // With the permissions that it has.
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
