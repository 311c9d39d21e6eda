//! Events line by line: all that there are, or those to come.

use avocet_backplane::{Event, EventOrder, OWN_TYPES};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};

use super::live::Live;
use super::pages::Pages;
use super::query::Selection;
use super::{pages, query, view};
use crate::admin::answer::{AdminBody, text};
use crate::admin::lines::{HEARTBEAT, NDJSON, WAITING};
use crate::admin::{Admin, Answered, Asked, Problem};

impl Admin {
    pub(in crate::admin) async fn export_events(&self, asked: &Asked<'_>) -> Answered {
        let pages = self.pages(asked, EventOrder::OldestFirst, None).await?;
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(export(pages, sender));
        Ok(streamed(receiver))
    }

    pub(in crate::admin) async fn tail_events(&self, asked: &Asked<'_>) -> Answered {
        let which = query::selection(asked)?;
        if let Some((namespace, name)) = &which.function {
            self.life.existing(namespace, name)?;
        }
        let (sender, receiver) = mpsc::channel(WAITING);
        let admin = self.clone();
        tokio::spawn(async move {
            // Whoever follows has gone, or the server is about to end.
            let _ = admin.tail(&which, &sender).await;
        });
        Ok(streamed(receiver))
    }

    /// Gives an event when it was accepted, and whenever something became of it.
    async fn tail(&self, which: &Selection, out: &mpsc::Sender<Bytes>) -> Result<(), Gone> {
        let mut news = self.delivery.changes();
        let mut draining = self.draining.clone();
        loop {
            let position = tokio::select! {
                () = out.closed() => return Ok(()),
                () = is_draining(&mut draining) => return Ok(()),
                next = tokio::time::timeout(HEARTBEAT, news.recv()) => match next {
                    Ok(Ok(position)) => position,
                    // What was missed is in the list.
                    Ok(Err(RecvError::Lagged(_))) => continue,
                    Ok(Err(RecvError::Closed)) => return Ok(()),
                    Err(_) => {
                        out.send(Bytes::from_static(b"\n")).await.map_err(|_| Gone)?;
                        continue;
                    }
                },
            };
            if let Some(line) = self.line_of(which, position).await.map_err(|_| Gone)? {
                out.send(line).await.map_err(|_| Gone)?;
            }
        }
    }

    /// The event at a position, where it is of a selection.
    async fn line_of(&self, which: &Selection, position: u64) -> Result<Option<Bytes>, Problem> {
        let Some(listed) = pages::one(&*self.delivery.log, position).await? else {
            return Ok(None);
        };
        let event = &listed.event;
        let is_meant = which.filter.selects(&event.source, &event.kind)
            && which.id.as_ref().is_none_or(|id| *id == event.id);
        if !is_meant {
            return Ok(None);
        }
        let live = Live::read(&self.delivery).await?;
        self.life.logs.flush().await?;
        let details = view::details(&listed, &live);
        match pages::wants(which, event, &details) {
            true => Ok(Some(line(&self.with_logs(details).await?))),
            false => Ok(None),
        }
    }
}

/// Waits until the server is about to end.
async fn is_draining(draining: &mut watch::Receiver<bool>) {
    // What it gives must not be held while others wait.
    drop(draining.wait_for(|draining| *draining).await);
}

/// Nobody reads any more.
struct Gone;

fn streamed(receiver: mpsc::Receiver<Bytes>) -> http::Response<AdminBody> {
    let mut response = text(NDJSON, String::new());
    *response.body_mut() = AdminBody::streamed(receiver);
    response
}

async fn export(mut pages: Pages, out: mpsc::Sender<Bytes>) {
    // Where the log fails the answer is cut short: there is no status any more.
    while let Ok(Some((event, _))) = pages.next_whenever().await {
        if event.kind.starts_with(OWN_TYPES) {
            continue;
        }
        if out.send(line(&cloud_event(&event))).await.is_err() {
            return;
        }
    }
}

/// An event in the JSON format of CloudEvents.
fn cloud_event(event: &Event) -> Map<String, Value> {
    let mut whole: Map<String, Value> = event.attributes.to().unwrap_or_default();
    if event.data.is_empty() {
        return whole;
    }
    let media = whole.get("datacontenttype").and_then(Value::as_str);
    let is_json = media.is_none_or(view::is_json);
    let json = is_json.then(|| serde_json::from_slice(&event.data).ok()).flatten();
    let (name, value) = match (json, std::str::from_utf8(&event.data)) {
        (Some(json), _) => ("data", json),
        (None, Ok(text)) if !is_json => ("data", text.into()),
        (None, _) => ("data_base64", STANDARD.encode(&event.data).into()),
    };
    whole.insert(name.to_owned(), value);
    whole
}

/// A line of NDJSON.
fn line(value: &impl Serialize) -> Bytes {
    // Texts, numbers and JSON always have a JSON form.
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line.into()
}
