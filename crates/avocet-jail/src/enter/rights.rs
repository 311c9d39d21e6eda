//! Rights that the program is not to have.

use std::io;

use rustix::process::{Gid, Resource, Rlimit, Uid, setrlimit};
use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_no_new_privs, set_thread_groups,
    set_thread_res_gid, set_thread_res_uid,
};

use super::Failure;
use crate::Jail;

/// Gives up every capability, every way to gain one, and where one is named, the user.
pub(super) fn give_up(jail: &Jail) -> Result<(), Failure> {
    let failed =
        |what: &'static str| move |error: io::Error| Failure(format!("cannot {what}: {error}"));
    limit(jail).map_err(failed("limit what it may use"))?;
    clear_bounding_set().map_err(failed("give up capabilities"))?;
    if let Some(user) = jail.user {
        become_user(user).map_err(failed("become another user"))?;
    }
    clear_capabilities().map_err(failed("give up capabilities"))?;
    set_no_new_privs(true).map_err(|error| failed("refuse new privileges")(error.into()))
}

fn limit(jail: &Jail) -> io::Result<()> {
    let set =
        |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    // Memory may hold secrets.
    set(Resource::Core, 0)?;
    Ok(set(Resource::Nproc, jail.processes)?)
}

fn clear_bounding_set() -> io::Result<()> {
    for capability in CapabilitySet::all().iter() {
        match remove_capability_from_bounding_set(capability) {
            // One that this system does not have.
            Ok(()) | Err(rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The launcher has one thread, so that its user is the process's.
fn become_user(user: u32) -> io::Result<()> {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(user));
    set_thread_groups(&[])?;
    set_thread_res_gid(group, group, group)?;
    Ok(set_thread_res_uid(user, user, user)?)
}

fn clear_capabilities() -> io::Result<()> {
    clear_ambient_capability_set()?;
    let none = CapabilitySet::empty();
    Ok(set_capabilities(
        None,
        CapabilitySets { effective: none, permitted: none, inheritable: none },
    )?)
}
