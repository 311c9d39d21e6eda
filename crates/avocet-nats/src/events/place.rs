//! Events from the stream into the view.

use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::{Appended, Error, NewEvent, PlacedEvent, Result};

use super::{EVENTS, Log, message};
use crate::stream::{Fault, MESSAGE_ID};
use crate::tail::{Another, Tail};

/// Most events that are put into the view at once.
const BATCH: usize = 256;

/// Pause after the view could not take events.
const PAUSE: Duration = Duration::from_secs(1);

impl Log {
    /// Puts every event that comes into the view.
    pub(super) async fn place_all(self: Arc<Self>) {
        let last = *self.view.watch().borrow();
        let tail = Tail::new(&self.calls, EVENTS.into(), "avocet.events.>".into(), last);
        let mut tail = tail.another(Another::Leave);
        loop {
            let mut events = Vec::new();
            for listed in tail.batch(BATCH).await {
                let (event, fault) = message::event(&listed);
                if let Some(reason) = fault {
                    self.malformed().insert(listed.sequence, reason);
                }
                let (position, accepted_ms) = (listed.sequence, listed.time_ms);
                events.push(PlacedEvent { position, accepted_ms, event });
            }
            // None may be left out: the disk that is full now will have room.
            while let Err(error) = self.view.place(events.clone()).await {
                if matches!(error, Error::Closed) {
                    return;
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Writes events to the stream; comes back when the view has them, too.
    pub(super) async fn append(&self, events: &[NewEvent]) -> Result<Vec<Appended>> {
        let appended = self.calls.through(|| self.publish(events)).await?;
        let last = appended.iter().map(|appended| appended.position).max();
        self.placed(last.unwrap_or(0)).await?;
        Ok(appended)
    }

    async fn publish(&self, events: &[NewEvent]) -> Result<Vec<Appended>> {
        let what = |event: &NewEvent| {
            format!("append of event {:?}", event.id.chars().take(80).collect::<String>())
        };
        let mut under_way = Vec::with_capacity(events.len());
        for event in events {
            let mut put = message::put(event);
            put.headers.insert(MESSAGE_ID, message::number(event));
            match self.calls.send(what(event), put).await {
                Ok(ack) => under_way.push(ack),
                Err(fault) => return Err(self.refusal(what(event), fault)),
            }
        }
        let mut appended = Vec::with_capacity(events.len());
        for (event, ack) in events.iter().zip(under_way) {
            let ack = ack
                .await
                .map_err(|error| self.refusal(what(event), self.calls.fault(what(event), error)))?;
            appended.push(Appended { position: ack.sequence, duplicate: ack.duplicate });
        }
        Ok(appended)
    }

    fn refusal(&self, what: String, fault: Fault) -> Error {
        match fault {
            Fault::Other(error) => error,
            Fault::Full => Error::StorageFull { place: self.calls.place("stream AVOCET_EVENTS") },
            Fault::NoStream => {
                self.calls.failed(what, "the stream AVOCET_EVENTS is gone: start avocet again")
            }
            other => self.calls.failed(what, format!("{other:?}")),
        }
    }
}
