//! Programs that are started for a while: `npm`, `pip`, `git`.

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

/// Kills a program with all that it started, when it is dropped. The program is the first of a
/// process group of its own.
pub(crate) struct Group(Option<Pid>);

impl Group {
    pub(crate) fn of(child: &Child) -> Self {
        Self(child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Fails where nothing of it is left, which is the usual case.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
