//! `avocet emit`: events for the bus, as any publisher would send them.

use std::path::Path;

use avocet_api::client::{Answer, Api, ClientError, Http};
use avocet_api::{Problem, ReplayEventRequest};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::Full;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cli::{Emit, Report};
use crate::commands::invoke::{content_type, event_headers, read_data};
use crate::failure::{Exit, Failure};
use crate::host::Host;
use crate::remote::{self, failed};
use crate::terminal::note;
use crate::{input, print};

/// Bytes of a batch, about, and its events: far below what a server takes at once.
const BATCH_BYTES: usize = 4 << 20;
const BATCH_EVENTS: usize = 500;

/// Door of a gateway for events.
const DOOR: &str = "/publish";

/// Result of one event.
#[derive(Debug, Serialize, Deserialize)]
struct Emitted {
    id: String,
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Results of events, as the server answers a batch.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Results {
    results: Vec<Emitted>,
}

/// Publishes one event, or those of a file.
pub(crate) async fn run(args: &Emit) -> anyhow::Result<()> {
    let (kind, file) = (args.kind.as_deref(), args.file.as_deref());
    // Before the server is asked: what is wrong with the input is wrong without one, too.
    let events = file.map(|file| events_of(file, &args.source)).transpose()?;
    let message = kind.map(|kind| message(args, kind)).transpose()?;
    let gateway = remote::api(&args.remote)?.info().await.map_err(failed)?.gateway;
    let gateway = Http::new(&gateway).map_err(failed)?;
    if let Some((headers, data)) = message {
        return one(args, &gateway, headers, data).await;
    }
    let results = batches(&gateway, &events.unwrap_or_default()).await?;
    report(args.output, results)
}

/// Headers and data of the event that the arguments describe.
fn message(args: &Emit, kind: &str) -> anyhow::Result<(HeaderMap, Vec<u8>)> {
    let data = args.data.as_deref().map(read_data).transpose()?.unwrap_or_default();
    let mut headers = HeaderMap::new();
    for (name, value) in &args.headers {
        headers.append(name.clone(), value.clone());
    }
    if !data.is_empty() {
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(content_type(&data)));
    }
    let more = [
        ("ce-id", &args.id),
        ("ce-subject", &args.subject),
        ("ce-at", &args.at),
        ("ce-delay", &args.delay),
    ];
    for (name, value) in more {
        let Some(value) = value else { continue };
        headers.insert(name, encoded(name, value)?);
    }
    event_headers(&mut headers, &encoded_text(kind), &encoded_text(&args.source))?;
    Ok((headers, data))
}

/// An attribute's value as a header has it (HTTP binding §3.1.3.2).
fn encoded(name: &str, value: &str) -> anyhow::Result<HeaderValue> {
    HeaderValue::from_str(&encoded_text(value))
        .map_err(|_| Failure::new(Exit::Usage, format!("not a value for {name}: {value:?}")).into())
}

fn encoded_text(value: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');
    utf8_percent_encode(value, ENCODED).to_string()
}

async fn one(args: &Emit, gateway: &Http, headers: HeaderMap, data: Vec<u8>) -> anyhow::Result<()> {
    let id = headers.get("ce-id").map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
    let id = args.id.clone().or(id).unwrap_or_default();
    let mut request = Request::post(DOOR).body(Full::from(data))?;
    *request.headers_mut() = headers;
    let answer = gateway.send(request).await.map_err(failed)?;
    if !answer.status.is_success() {
        return Err(refused(&answer));
    }
    match args.output {
        Report::Json => {
            let status = answer.status.as_u16();
            print::json(&Results { results: vec![Emitted { id, status, error: None }] })
        }
        Report::Text => print::lines([id]),
    }
}

/// Failure of a request that the server did not accept.
fn refused(answer: &Answer) -> anyhow::Error {
    let status = answer.status;
    match serde_json::from_slice::<Problem>(&answer.body) {
        Ok(problem) => {
            let problem = Problem { status: status.as_u16(), ..problem };
            failed(ClientError::Refused(Box::new(problem)))
        }
        Err(_) => failed(ClientError::Status(status)),
    }
}

/// An event of a file, with its line.
#[derive(Debug)]
pub(crate) struct Line {
    number: u64,
    source: String,
    json: String,
}

/// Events of a file; what a line leaves out of the required attributes is filled in.
pub(crate) fn events_of(file: &Path, source: &str) -> anyhow::Result<Vec<Line>> {
    let text = input::text(file)?;
    let mut events = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let event: Map<String, Value> = serde_json::from_str(line).map_err(|error| {
            let what = format!("not a JSON object: {}:{number}: {error}", file.display());
            let help = "an event is one JSON object on a line, as `avocet events export` prints it";
            Failure::new(Exit::Refused, what).help(help)
        })?;
        let event = complete(event, source);
        let source = event.get("source").and_then(Value::as_str).unwrap_or_default().to_owned();
        events.push(Line { number, source, json: Value::from(event).to_string() });
    }
    Ok(events)
}

fn complete(mut event: Map<String, Value>, source: &str) -> Map<String, Value> {
    let fill = |event: &mut Map<String, Value>, name: &str, value: &dyn Fn() -> String| {
        if !event.contains_key(name) {
            event.insert(name.to_owned(), value().into());
        }
    };
    fill(&mut event, "specversion", &|| "1.0".to_owned());
    fill(&mut event, "id", &|| uuid::Uuid::new_v4().to_string());
    fill(&mut event, "source", &|| source.to_owned());
    fill(&mut event, "time", &|| jiff::Timestamp::now().to_string());
    event
}

/// Publishes events batch by batch.
async fn batches(gateway: &Http, events: &[Line]) -> anyhow::Result<Vec<(u64, Emitted)>> {
    let mut results = Vec::with_capacity(events.len());
    let mut rest = events;
    while !rest.is_empty() {
        let (mut count, mut bytes) = (0, 0);
        while count < rest.len().min(BATCH_EVENTS) && (count == 0 || bytes < BATCH_BYTES) {
            bytes += rest[count].json.len();
            count += 1;
        }
        let (batch, others) = rest.split_at(count);
        let own = publish(gateway, batch).await.inspect_err(|_| {
            if !results.is_empty() {
                note(format_args!("{} events were accepted before", results.len()));
            }
        })?;
        results.extend(batch.iter().map(|line| line.number).zip(own.results));
        rest = others;
    }
    Ok(results)
}

/// Delivers events to a server in this process: as published, and those that nobody subscribes to
/// to every function.
pub(crate) async fn replay(host: &Host, events: &[Line]) -> anyhow::Result<()> {
    let gateway = Http::new(&host.gateway).map_err(failed)?;
    let results = batches(&gateway, events).await?;
    let api = Api::at(&host.admin).map_err(failed)?;
    for (line, (_, emitted)) in events.iter().zip(&results) {
        if emitted.error.is_some() {
            continue;
        }
        let event = api.event(&emitted.id, Some(&line.source)).await.map_err(failed)?;
        if !event.deliveries.is_empty() {
            continue;
        }
        for function in host.functions() {
            let how = ReplayEventRequest {
                source: Some(line.source.clone()),
                to: Some(function.name),
                namespace: Some(function.namespace),
            };
            api.replay_event(&emitted.id, &how).await.map_err(failed)?;
        }
    }
    refusal(&results).map_or(Ok(()), |failure| Err(failure.into()))
}

async fn publish(gateway: &Http, batch: &[Line]) -> anyhow::Result<Results> {
    let events: Vec<&str> = batch.iter().map(|line| &*line.json).collect();
    let body = Bytes::from(format!("[{}]", events.join(",")));
    let request = Request::post(DOOR)
        .header(CONTENT_TYPE, "application/cloudevents-batch+json")
        .body(Full::from(body))?;
    let answer = gateway.send(request).await.map_err(failed)?;
    match answer.status {
        StatusCode::OK => Ok(serde_json::from_slice(&answer.body)?),
        _ => Err(refused(&answer)),
    }
}

/// Prints what became of the lines of a file; fails where one was refused.
fn report(output: Report, results: Vec<(u64, Emitted)>) -> anyhow::Result<()> {
    let refusal = refusal(&results);
    match output {
        Report::Json => {
            let results = results.into_iter().map(|(_, own)| own).collect();
            print::json(&Results { results })?;
        }
        Report::Text => {
            let accepted = results.iter().filter(|(_, own)| own.error.is_none()).count();
            print::lines([format!("accepted  {accepted} of {} events", results.len())])?;
        }
    }
    refusal.map_or(Ok(()), |failure| Err(failure.into()))
}

/// Failure of the lines that were refused, where some were.
fn refusal(results: &[(u64, Emitted)]) -> Option<Failure> {
    let refused: Vec<_> = results
        .iter()
        .filter_map(|(line, own)| Some(format!("line {line}: {}", own.error.as_ref()?)))
        .collect();
    let what = format!("{} of {} events were refused", refused.len(), results.len());
    let failure = Failure::new(Exit::Refused, what);
    (!refused.is_empty()).then(|| refused.into_iter().fold(failure, Failure::detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_completed() {
        let line = serde_json::json!({ "type": "t", "id": "mine" });
        let event = complete(line.as_object().unwrap().clone(), "/s");
        assert_eq!((&event["id"], &event["source"]), (&"mine".into(), &"/s".into()));
        assert_eq!(event["specversion"], "1.0");
        assert!(event["time"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn an_attribute_beyond_ascii_is_encoded() {
        assert_eq!(encoded_text("Grüße 100%"), "Gr%C3%BC%C3%9Fe%20100%25");
        assert_eq!(encoded_text("order.created"), "order.created");
    }
}
