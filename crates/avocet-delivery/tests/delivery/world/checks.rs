//! Checks of what must hold in a world.

use avocet_delivery::{DeadReason, Ordering, SubscriptionId};

use super::World;
use crate::log::End;

impl World {
    /// Checks what must hold when a delivery starts.
    pub(super) fn check_delivery(
        &self,
        subscription: u64,
        position: u64,
        attempt: u32,
    ) -> Result<(), String> {
        let what = format!("delivery {attempt} of event {position} to {subscription}");
        let books = &self.log.books[subscription as usize];
        let settings = &self.settings[subscription as usize];
        if attempt == 0 {
            return Err(format!("{what} is numbered from 0"));
        }
        if !self.log.event(position).is_for(subscription) {
            return Err(format!("{what}, which does not want it"));
        }
        if let Some((end, at)) = books.ends.get(&position) {
            let given = self.given.get(&(subscription, position)).copied().unwrap_or(0);
            // An acknowledgement of an earlier process may arrive at a broker after it gave the event.
            if self.log.lease.is_none() || *at < given {
                return Err(format!("{what} after its end ({end:?}) was durable"));
            }
        }
        if self.running.values().any(|running| *running == (subscription, position)) {
            return Err(format!("{what} while it is being delivered"));
        }
        let in_flight = self.running.values().filter(|(own, _)| *own == subscription).count();
        if in_flight >= settings.max_in_flight as usize {
            return Err(format!("{what} over maxInFlightMessages"));
        }
        if self.running.len() >= self.options.max_in_flight {
            return Err(format!("{what} over the bound of all deliveries"));
        }
        self.check_order(&what, subscription, position)
    }

    fn check_order(&self, what: &str, subscription: u64, position: u64) -> Result<(), String> {
        let settings = &self.settings[subscription as usize];
        let books = &self.log.books[subscription as usize];
        let event = self.log.event(position);
        let (Ordering::Subject, Some(key)) = (settings.ordering, event.key) else { return Ok(()) };
        let same = |other: u64| {
            let stored = self.log.event(other);
            stored.is_for(subscription) && stored.key == Some(key)
        };
        if let Some((_, other)) =
            self.running.values().find(|(own, other)| *own == subscription && same(*other))
        {
            return Err(format!("{what} while {other} of the same subject is delivered"));
        }
        let open = |other: &u64| {
            same(*other) && self.log.event(*other).due.is_none() && !books.ends.contains_key(other)
        };
        match (1..position).find(open) {
            Some(other) => Err(format!("{what} before {other} of the same subject has ended")),
            None => Ok(()),
        }
    }

    pub(super) fn check_bounds(&self) -> Result<(), String> {
        for (id, settings) in self.settings.iter().enumerate() {
            let Some(view) = self.engine.view(SubscriptionId(id as u64)) else { continue };
            let wanted = (settings.max_in_flight as usize * 2).clamp(16, 1024);
            // The share was larger while others had not begun; and a read that finds room for one
            // asks for one of each kind.
            let most = wanted.min(self.options.max_held) + 1;
            if view.held > most {
                return Err(format!("subscription {id} holds {} events, over {most}", view.held));
            }
        }
        Ok(())
    }

    /// Checks what must hold when everything has ended.
    pub(super) fn check_end(&self) -> Result<(), String> {
        for (subscription, books) in self.log.books.iter().enumerate() {
            for (position, (end, _)) in &books.ends {
                let event = (subscription as u64, *position);
                let failed = self.failed.get(&event).copied().unwrap_or(0);
                let right = match end {
                    End::Done => self.taken.contains(&event),
                    End::Dead(DeadReason::Rejected, _) => self.rejected.contains(&event),
                    End::Dead(DeadReason::MaxAge, _) => failed > 0 || self.taken.contains(&event),
                    End::Dead(DeadReason::MaxDeliveries, tries) => {
                        self.settings[subscription].retry.max_deliveries == Some(tries.failed)
                    }
                };
                if !right {
                    return Err(format!(
                        "event {position} of {subscription} ended without a reason: {end:?}"
                    ));
                }
            }
        }
        Ok(())
    }
}
