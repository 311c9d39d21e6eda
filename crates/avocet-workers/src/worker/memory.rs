//! The memory of a worker that holds one instance of one function.
//!
//! The limit is on anonymous resident memory: what the instance itself filled, without the pages of
//! program files that it shares with others. It is looked at now and then; a bound on the size of
//! the writable address space, well above the limit, stops what grows faster than that.

use std::sync::Arc;

use avocet_frames::head::Level;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::time::Instant;

use super::Core;
use super::deadlines::REST;
use super::effects::Effects;
use super::link::Up;
use crate::{Definition, Event, FailureKind, LogLine, SupervisorOptions};

/// Bytes that writable address space may have over the limit: stacks of threads and reserves of
/// allocators count there, though nothing is in them.
const HEADROOM: u64 = 1 << 30;

/// An instance without calls is looked at so many times more rarely.
const IDLE_FACTOR: u32 = 20;

/// Bounds the writable address space of a process.
pub(super) fn bound(pid: u32, limit: u64) {
    let bytes = Some(limit.saturating_add(HEADROOM));
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // Where the process is gone, or has less already, there is nothing to bound.
    let _ = prlimit(pid, Resource::Data, Rlimit { current: bytes, maximum: bytes });
}

/// Says that the system did not take the limits of an instance.
pub(super) fn unlimited(function: &Arc<Definition>, error: &std::io::Error) -> LogLine {
    let text = format!(
        "the control group of an instance takes no limits (spec.resourceConfiguration.function): \
         {error}"
    );
    LogLine::platform(Level::Warn, text).about(function)
}

/// Anonymous resident memory of a process, bytes.
fn resident(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let mut pages = text.split(' ').skip(1).map_while(|pages| pages.parse::<u64>().ok());
    let (all, shared) = (pages.next()?, pages.next()?);
    Some(all.saturating_sub(shared) * rustix::param::page_size() as u64)
}

impl Core {
    /// The system killed an instance for its memory: its calls fail with that.
    pub(super) fn kill_for_memory(&self, up: &mut Up, effects: &mut Effects) {
        let function = self.numbers.values().next().and_then(|key| self.functions.get(*key));
        let Some(function) = function.map(|entry| entry.definition.clone()) else { return };
        let limit = function.load().limits.heap_bytes;
        up.kill_for(
            FailureKind::Heap,
            format!(
                "it, or what it started, ran out of the memory of its control group; the limit of \
                 {} is {} MiB (spec.resourceConfiguration.function)",
                function.load().name,
                limit >> 20,
            ),
        );
        effects.events.push(Event::OverMemory { function, used: limit, limit });
    }

    /// Kills an instance that has more memory than its limit. Like its siblings, it gives the time
    /// of its next look.
    pub(super) fn check_memory(
        &mut self,
        options: &SupervisorOptions,
        now: Instant,
        effects: &mut Effects,
    ) -> Instant {
        let function = self.numbers.values().next().and_then(|key| self.functions.get(*key));
        let function = function.map(|entry| entry.definition.clone());
        let open = self.calls.open;
        let (true, Some(function), Some(up)) = (self.single, function, self.link.up()) else {
            return now + REST;
        };
        if now < up.memory_check && (open == 0 || now < up.memory_looked + options.memory_every) {
            return up.memory_check;
        }
        let pause = options.memory_every * if open == 0 { IDLE_FACTOR } else { 1 };
        up.memory_looked = now;
        up.memory_check = now + pause;
        let limit = function.load().limits.heap_bytes;
        let used = resident(up.process.pid()).unwrap_or(0);
        up.heap_bytes = used;
        if used > limit && up.killed.is_none() {
            up.kill_for(
                FailureKind::Heap,
                format!(
                    "it has {} MiB of memory, the limit of {} is {} MiB \
                     (spec.resourceConfiguration.function)",
                    used >> 20,
                    function.load().name,
                    limit >> 20,
                ),
            );
            effects.events.push(Event::OverMemory { function, used, limit });
        }
        up.memory_check
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_and_one_that_is_not_there_has_none() {
        let own = resident(std::process::id()).unwrap();
        assert!((1 << 16..1 << 40).contains(&own), "{own}");
        assert_eq!(resident(u32::MAX), None);
    }
}
