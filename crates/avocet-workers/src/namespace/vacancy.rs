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
    /// Its processes die; no new one is started yet.
    BackOff,
    /// It is on its way out.
    Leaving,
}

impl Namespace {
    pub(crate) fn vacancy(&self) -> Vacancy {
        let stall_after = self.shared.options.stall_after;
        match &mut self.lock().link {
            Link::Down => Vacancy::Ready,
            Link::BackOff { until, .. } if *until <= Instant::now() => Vacancy::Ready,
            Link::BackOff { .. } => Vacancy::BackOff,
            Link::Ending => Vacancy::Leaving,
            Link::Up(up) if up.leaving.is_some() || up.doom.is_some() => Vacancy::Leaving,
            Link::Up(up) if up.ping.sent == up.ping.answered => Vacancy::Ready,
            Link::Up(up) => {
                let now = Instant::now();
                if std::mem::take(&mut up.ping.heard) {
                    up.ping.heard_at = now;
                }
                let silent = now - up.ping.heard_at.max(up.ping.sent_at);
                if silent > stall_after { Vacancy::Stalled } else { Vacancy::Ready }
            }
        }
    }
}
