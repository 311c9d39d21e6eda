//! Whether an instance can take a call.

use tokio::time::Instant;

use super::functions::Place;
use super::link::Link;
use super::{Core, Worker};

/// Readiness of an instance to take a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vacancy {
    /// At once, or after a start.
    Ready,
    /// Calls run in it, and it was not heard of for a moment. It was asked whether it lives: the call
    /// waits for the answer, so that it does not lie unread behind one that computes.
    Asked,
    /// No answer for a while: something computes in it.
    Stalled,
    /// A call's time is over, and it has not been heard of since: it is about to be killed, or says
    /// in a moment that it goes on.
    Suspect,
    /// Back-off after deaths of its processes; no new one is started yet.
    BackOff,
    /// On its way out.
    Leaving,
}

impl Worker {
    /// Looks at `now`; an instance that was heard of at `alive` or later reads its calls.
    pub(crate) fn vacancy(&self, now: Instant, alive: Instant) -> Vacancy {
        let stall_after = self.shared.options.stall_after;
        let mut core = self.lock();
        let loading = core.loading();
        let (open, given_up) = (core.calls.open, core.calls.cancelled > 0);
        match &mut core.link {
            Link::Down => Vacancy::Ready,
            Link::BackOff { until, .. } if *until <= now => Vacancy::Ready,
            Link::BackOff { .. } => Vacancy::BackOff,
            Link::Ending => Vacancy::Leaving,
            Link::Up(up) if up.leaving.is_some() || up.killed.is_some() => Vacancy::Leaving,
            Link::Up(up) if given_up && now >= up.patience => Vacancy::Suspect,
            Link::Up(_) if open == 0 && !given_up => Vacancy::Ready,
            // A start is waited for behind its load, not answered with another one.
            Link::Up(up) if !up.ready || loading => Vacancy::Ready,
            Link::Up(up) if up.ping.heard_at >= alive => Vacancy::Ready,
            Link::Up(up) => {
                if up.ping.sent == up.ping.answered {
                    up.ping(now);
                }
                let silent = now.saturating_duration_since(up.ping.heard_at.max(up.ping.sent_at));
                if silent >= stall_after { Vacancy::Stalled } else { Vacancy::Asked }
            }
        }
    }

    /// Whether the instance gets no further calls, because it ends.
    pub(crate) fn leaves(&self) -> bool {
        match &self.lock().link {
            Link::Up(up) => up.leaving.is_some() || up.killed.is_some(),
            Link::Ending => true,
            Link::Down | Link::BackOff { .. } => false,
        }
    }
}

impl Core {
    fn loading(&self) -> bool {
        self.functions.iter().any(|(_, entry)| matches!(entry.place, Place::Loading { .. }))
    }
}
