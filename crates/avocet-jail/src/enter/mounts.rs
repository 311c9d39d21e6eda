//! Files at paths where only this process finds them.
//!
//! Nothing outside of the process's mount namespace changes. Where a folder does not exist, its
//! nearest ancestor is covered by a copy in which every entry is the original one and new ones can
//! be made.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, chown, symlink};
use std::path::Path;

use rustix::mount::{
    MountFlags, UnmountFlags, mount, mount_bind_recursive, mount_move, mount_remount, unmount,
};
use rustix::process::pivot_root;
use rustix::thread::UnshareFlags;

use super::{Failure, namespaces};
use crate::{Files, Mounts};

/// Flags of a file system that holds nothing but data.
pub(super) const DATA: MountFlags =
    MountFlags::NOSUID.union(MountFlags::NODEV).union(MountFlags::NOEXEC);

/// Root of the machine's files, below which [`Files::from`] is.
pub(super) enum Outside<'a> {
    /// Root of this process.
    Root,
    /// A folder, since this process has a root of its own already.
    At(&'a Path),
}

/// Puts all files at their paths, in a mount namespace of this process.
pub(super) fn apply(mounts: &Mounts) -> Result<(), Failure> {
    namespaces::enter(mounts.rights, UnshareFlags::NEWNS)?;
    namespaces::keep_mounts_private()?;
    put(&mounts.files, &mounts.stage, &Outside::Root, None)
}

/// Puts files at their paths, where `user` owns them. `stage` is an empty folder.
pub(super) fn put(
    files: &[Files],
    stage: &Path,
    outside: &Outside<'_>,
    user: Option<u32>,
) -> Result<(), Failure> {
    for files in files {
        provide(stage, &files.at, outside)
            .map_err(|error| Failure::new("make the folder", &files.at, error))?;
        fill(files, outside)
            .and_then(|()| user.map_or(Ok(()), |user| give(&files.at, user)))
            .map_err(|error| Failure::new("mount files at", &files.at, error))?;
    }
    // Last, since one of them may be inside of another.
    for Files { at, .. } in files.iter().rev() {
        mount_remount(at, DATA | MountFlags::RDONLY, c"")
            .map_err(|error| Failure::new("write-protect", at, error))?;
    }
    Ok(())
}

/// Makes `folder` be there.
fn provide(stage: &Path, folder: &Path, outside: &Outside<'_>) -> io::Result<()> {
    // In a root of its own, only what is the machine's cannot be written.
    if matches!(outside, Outside::At(_)) && fs::create_dir_all(folder).is_ok() {
        return Ok(());
    }
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
fn fill(files: &Files, outside: &Outside<'_>) -> io::Result<()> {
    mount("avocet-files", &files.at, "tmpfs", DATA, c"mode=0700")?;
    match outside {
        Outside::Root => copy_files(&files.from, &files.at),
        Outside::At(root) => {
            let from = files.from.strip_prefix("/").unwrap_or(&files.from);
            copy_files(&root.join(from), &files.at)
        }
    }
}

/// Gives a folder to a user, with everything in it.
fn give(path: &Path, user: u32) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), user)?;
        }
    }
    chown(path, Some(user), Some(user))
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
