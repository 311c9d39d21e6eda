//! Deleting answers that are kept no longer.

use std::sync::{Arc, Weak};
use std::time::Duration;

use avocet_backplane::{EventFilter, EventLog, EventOrder, EventQuery};

use super::{ANSWER, CALL, Results, is_kept};

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(600);

/// Deletes old answers, and the calls that they are for, as long as there is somebody to give them.
pub(crate) async fn upkeep(results: Weak<Results>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(log) = results.upgrade().map(|own: Arc<Results>| own.delivery.log.clone()) else {
            return;
        };
        for kind in [ANSWER, CALL] {
            // What fails is looked at again.
            let _ = delete_old(&*log, kind).await;
        }
    }
}

/// Deletes what is old. A call that is not over stays, whatever its age.
async fn delete_old(log: &dyn EventLog, kind: &str) -> avocet_backplane::Result<()> {
    let filter = EventFilter { source: None, types: vec![kind.to_owned()] };
    let order = EventOrder::OldestFirst;
    let mut query = EventQuery { filter, order, limit: 100, ..EventQuery::default() };
    loop {
        let page = log.list(query.clone()).await?;
        let all = page.events.len();
        let old = page.events.iter().map(|own| &own.event).take_while(|event| !is_kept(event));
        let positions: Vec<u64> = old.map(|event| event.position).collect();
        let is_end = positions.len() < all || page.next.is_none();
        log.purge(positions).await?;
        query.from = page.next;
        if is_end {
            return Ok(());
        }
    }
}
