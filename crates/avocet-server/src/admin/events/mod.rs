//! Events: what became of them, and what is done about it.

mod change;
mod import;
mod live;
mod log_lines;
mod pages;
mod query;
mod stream;
mod view;

use std::collections::BTreeSet;

use avocet_api::{EventList, ReplayDeadRequest, ReplayEventRequest};
use avocet_backplane::{Event, EventOrder};
use http::StatusCode;
use percent_encoding::percent_decode_str;

use super::answer::json;
use super::{Admin, Answered, Asked, Problem};
use crate::results;
use live::Live;
use pages::Pages;

/// Events of a page where nobody says how many, and at most.
const LIMIT: usize = 100;
const MOST: usize = 1000;

impl Admin {
    pub(super) async fn events(&self, asked: &Asked<'_>) -> Answered {
        let limit = asked.parsed("limit", "a number of events")?.unwrap_or(LIMIT).clamp(1, MOST);
        let from = asked.parsed("from", "a number that `next` gave")?;
        let mut pages = self.pages(asked, EventOrder::NewestFirst, from).await?;
        self.life.logs.flush().await?;
        let mut events = Vec::new();
        // Whoever asks gets an answer soon, and goes on where few match.
        while events.len() < limit && pages.is_young() {
            let Some((_, event)) = pages.next(limit - events.len()).await? else { break };
            events.push(self.with_logs(event).await?);
        }
        json(&EventList { events, next: pages.from() })
    }

    pub(super) async fn event(&self, asked: &Asked<'_>) -> Answered {
        let event = self.event_of(asked, asked.parameter("source")).await?;
        let live = Live::read(&self.delivery).await?;
        let listed = pages::one(&*self.delivery.log, event.position).await?;
        let listed = listed.ok_or_else(|| no_event(&event.id))?;
        self.life.logs.flush().await?;
        json(&self.with_logs(view::details(&listed, &live)).await?)
    }

    pub(super) async fn replay_event(&self, asked: &Asked<'_>) -> Answered {
        let how = match asked.body.is_empty() {
            true => ReplayEventRequest::default(),
            false => asked.json::<ReplayEventRequest>()?,
        };
        let event = self.event_of(asked, how.source.as_deref()).await?;
        json(&self.replay_one(&event, &how).await?)
    }

    pub(super) async fn replay_events(&self, asked: &Asked<'_>) -> Answered {
        let which = match asked.body.is_empty() {
            true => ReplayDeadRequest::default(),
            false => asked.json::<ReplayDeadRequest>()?,
        };
        json(&self.replay_dead(&which).await?)
    }

    pub(super) async fn purge_events(&self, asked: &Asked<'_>) -> Answered {
        let names = ["id", "type", "source", "function", "state", "since"];
        if names.iter().all(|name| asked.parameter(name).is_none()) {
            let detail = format!("a purge needs a filter: one of {}", names.join(", "));
            return Err(Problem::bad_request(detail));
        }
        let pages = self.pages(asked, EventOrder::OldestFirst, None).await?;
        json(&self.purge(pages).await?)
    }

    pub(super) async fn import_events(&self, asked: &Asked<'_>) -> Answered {
        json(&import::import(&self.delivery.bus, &asked.body).await?)
    }

    /// Events that the parameters select, page by page.
    async fn pages(
        &self,
        asked: &Asked<'_>,
        order: EventOrder,
        from: Option<u64>,
    ) -> Result<Pages, Problem> {
        let which = query::selection(asked)?;
        let live = Live::read(&self.delivery).await?;
        if let Some((namespace, name)) = &which.function
            && live.of_function(namespace, name).is_empty()
        {
            // Without the function the name is wrong; with it nothing was sent to it yet.
            self.life.existing(namespace, name)?;
        }
        Ok(Pages::new(self.delivery.clone(), which, live, order, from))
    }

    /// The event that a path names.
    async fn event_of(&self, asked: &Asked<'_>, source: Option<&str>) -> Result<Event, Problem> {
        let [id] = asked.segments()?;
        let id = percent_decode_str(id).decode_utf8_lossy();
        let mut found = self.delivery.log.find(&id).await?;
        found.retain(|event| {
            !results::is_answer(&event.kind) && source.is_none_or(|source| source == event.source)
        });
        let sources: BTreeSet<&str> = found.iter().map(|event| &*event.source).collect();
        if sources.len() > 1 {
            let sources = sources.into_iter().collect::<Vec<_>>().join(", ");
            let detail = format!("several events have the id {id:?}; name a source: {sources}");
            return Err(Problem::new(StatusCode::CONFLICT, detail));
        }
        found.into_iter().next().ok_or_else(|| no_event(&id))
    }
}

fn no_event(id: &str) -> Problem {
    Problem::not_found(format!("no event {id:?}; it may have been deleted because of its age"))
}
