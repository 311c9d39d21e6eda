//! Events.

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use http_body_util::Full;
use serde_json::Value;

use super::{Api, JsonLines, Query, Result, json, request};
use crate::{
    EventDetails, EventFilter, EventList, ImportReport, Operation, PurgeReport, ReplayDeadRequest,
    ReplayEventRequest, ReplayReport,
};

impl Api {
    /// A page of events, the newest first.
    pub async fn events(&self, which: &EventFilter) -> Result<EventList> {
        self.read(Operation::ListEvents, &[], &query(which).0).await
    }

    /// One event; `source` where several have this id.
    pub async fn event(&self, id: &str, source: Option<&str>) -> Result<EventDetails> {
        let query = Query::default().and("source", source);
        self.read(Operation::ReadEvent, &[id], &query.0).await
    }

    /// Events of a filter as they are accepted, and whenever something becomes of them.
    pub async fn tail_events(&self, which: &EventFilter) -> Result<JsonLines<EventDetails>> {
        let query = query(which);
        self.lines(request(Operation::TailEvents, &[], &query.0, None::<&()>)?).await
    }

    /// Events as CloudEvents in their JSON format, the oldest first.
    pub async fn export_events(&self, which: &EventFilter) -> Result<JsonLines<Value>> {
        let query = query(which);
        self.lines(request(Operation::ExportEvents, &[], &query.0, None::<&()>)?).await
    }

    /// Accepts events, one in each line, as [`Api::export_events`] gives them.
    pub async fn import_events(&self, lines: impl Into<Bytes>) -> Result<ImportReport> {
        let mut request = request(Operation::ImportEvents, &[], "", None::<&()>)?;
        let kind = HeaderValue::from_static("application/x-ndjson");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        *request.body_mut() = Full::from(lines.into());
        json(&self.succeed(request).await?)
    }

    /// Delivers one event again.
    pub async fn replay_event(&self, id: &str, how: &ReplayEventRequest) -> Result<ReplayReport> {
        let request = request(Operation::ReplayEvent, &[id], "", Some(how))?;
        json(&self.succeed(request).await?)
    }

    /// Lets dead deliveries wait again.
    pub async fn replay_dead(&self, which: &ReplayDeadRequest) -> Result<ReplayReport> {
        let request = request(Operation::ReplayEvents, &[], "", Some(which))?;
        json(&self.succeed(request).await?)
    }

    /// Deletes the events of a filter that nobody waits for.
    pub async fn purge_events(&self, which: &EventFilter) -> Result<PurgeReport> {
        let query = query(which);
        let request = request(Operation::PurgeEvents, &[], &query.0, None::<&()>)?;
        json(&self.succeed(request).await?)
    }
}

fn query(which: &EventFilter) -> Query {
    let EventFilter { id, kind, source, function, namespace, state, since, limit, from } = which;
    let number = |number: &Option<u64>| number.map(|number| number.to_string());
    Query::default()
        .and("id", id.as_deref())
        .and("type", kind.as_deref())
        .and("source", source.as_deref())
        .and("function", function.as_deref())
        .and("namespace", namespace.as_deref())
        .and("state", state.map(crate::DeliveryState::name))
        .and("since", since.as_deref())
        .and("limit", number(&limit.map(|limit| limit as u64)).as_deref())
        .and("from", number(from).as_deref())
}
