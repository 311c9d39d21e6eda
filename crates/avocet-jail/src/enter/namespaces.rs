//! Namespaces of this process.

use std::fs;
use std::io;

use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::process::{getegid, geteuid};
use rustix::thread::UnshareFlags;

use super::Failure;
use crate::Rights;

/// Enters namespaces, in a user namespace where that is what the rights come from.
pub(super) fn enter(rights: Rights, namespaces: UnshareFlags) -> Result<(), Failure> {
    // In a user namespace that has no users yet, a process is nobody to itself.
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let (what, entered) = match rights {
        Rights::Own => ("namespaces", unshare(namespaces)),
        Rights::UserNamespace => {
            let entered = unshare(namespaces | UnshareFlags::NEWUSER);
            ("a user namespace", entered.and_then(|()| stay(user, group)))
        }
    };
    entered.map_err(|error| Failure(format!("cannot make {what}: {error}")))
}

/// Lets nobody outside of this mount namespace see what changes in it.
pub(super) fn keep_mounts_private() -> Result<(), Failure> {
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private)
        .map_err(|error| Failure(format!("cannot keep mounts to this process: {error}")))
}

/// Makes the one user and group of a user namespace those that this process had outside of it.
fn stay(user: u32, group: u32) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
}

#[expect(unsafe_code, reason = "there is no safe binding")]
fn unshare(namespaces: UnshareFlags) -> io::Result<()> {
    // SAFETY: No caller asks for `UnshareFlags::FILES`, the one flag after which descriptors can be
    // missing, and this process has no other thread.
    Ok(unsafe { rustix::thread::unshare_unsafe(namespaces) }?)
}
