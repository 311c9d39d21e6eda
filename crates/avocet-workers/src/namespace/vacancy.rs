//! Whether an instance can take a call.

use tokio::time::Instant;

use super::Namespace;
use super::link::Link;

/// How well an instance would take a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vacancy {
    /// At once, or after a start.
    Ready,
    /// It has not answered a ping for a while: something computes in it.
    Stalled,
    /// A call's time is over, and it has not been heard of since: it is about to be killed, or says
    /// in a moment that it goes on.
    Suspect,
    /// Its processes die; no new one is started yet.
    BackOff,
    /// It is on its way out.
    Leaving,
}

impl Namespace {
    pub(crate) fn vacancy(&self) -> Vacancy {
        let stall_after = self.shared.options.stall_after;
        let mut core = self.lock();
        let given_up = core.calls.cancelled > 0;
        match &mut core.link {
            Link::Down => Vacancy::Ready,
            Link::BackOff { until, .. } if *until <= Instant::now() => Vacancy::Ready,
            Link::BackOff { .. } => Vacancy::BackOff,
            Link::Ending => Vacancy::Leaving,
            Link::Up(up) if up.leaving.is_some() || up.doom.is_some() => Vacancy::Leaving,
            Link::Up(up) if up.ping.sent == up.ping.answered && !given_up => Vacancy::Ready,
            Link::Up(up) => {
                let now = Instant::now();
                if std::mem::take(&mut up.ping.heard) {
                    up.ping.heard_at = now;
                }
                if given_up && now >= up.patience {
                    return Vacancy::Suspect;
                }
                let silent = now - up.ping.heard_at.max(up.ping.sent_at);
                if silent > stall_after { Vacancy::Stalled } else { Vacancy::Ready }
            }
        }
    }
}
