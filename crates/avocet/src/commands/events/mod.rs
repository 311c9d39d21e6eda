//! `avocet events`: what became of events, and what can be done about it.

mod ages;
mod show;
mod table;

use std::path::Path;

use avocet_api::client::Api;
use avocet_api::{
    DeliveryState, EventDetails, EventFilter, EventList, ImportReport, ReplayDeadRequest,
    ReplayEventRequest,
};

use crate::cli::{Events, EventsWhat, Filter, Remote, Report};
use crate::failure::{Exit, Failure};
use crate::remote::{self, failed};
use crate::terminal::{Style, note};
use crate::{input, print};

/// Most bytes of an import, as the admin API takes them at once.
const IMPORT_BYTES: usize = 32 << 20;

/// Reads and prints, or asks the server to do something.
pub(crate) async fn run(args: &Events) -> anyhow::Result<()> {
    match &args.what {
        EventsWhat::List { filter, state, limit, output, remote } => {
            let filter = selection(filter, state.map(Into::into), remote);
            list(&remote::api(remote)?, filter, *limit, *output).await
        }
        EventsWhat::Dead { filter, limit, output, remote } => {
            let filter = selection(filter, Some(DeliveryState::Dead), remote);
            list(&remote::api(remote)?, filter, *limit, *output).await
        }
        EventsWhat::Show { id, source, output, remote } => {
            let event = remote::api(remote)?.event(id, source.as_deref()).await.map_err(failed)?;
            match output {
                Report::Json => print::json(&event),
                Report::Text => print::lines(show::lines(&event, Style::stdout())),
            }
        }
        EventsWhat::Tail { filter, state, output, remote } => {
            let filter = selection(filter, state.map(Into::into), remote);
            tail(&remote::api(remote)?, &filter, *output).await
        }
        EventsWhat::Export { filter, state, remote } => {
            let filter = selection(filter, state.map(Into::into), remote);
            export(&remote::api(remote)?, &filter).await
        }
        EventsWhat::Import { file, output, remote } => {
            import(&remote::api(remote)?, file, *output).await
        }
        EventsWhat::Purge { id, filter, state, all, output, remote } => {
            let filter = selection(filter, state.map(Into::into), remote);
            purge(&remote::api(remote)?, id.clone(), filter, *all, *output).await
        }
        EventsWhat::Replay { .. } => replay(&args.what).await,
    }
}

fn selection(filter: &Filter, state: Option<DeliveryState>, remote: &Remote) -> EventFilter {
    let Filter { kind, source, function, since } = filter.clone();
    let namespace = function.is_some().then(|| remote.namespace.clone());
    EventFilter { kind, source, function, since, namespace, state, ..EventFilter::default() }
}

async fn list(api: &Api, filter: EventFilter, limit: usize, output: Report) -> anyhow::Result<()> {
    let (mut found, mut filter) = (Vec::new(), filter);
    // A page can be short: the server looks at so many events at once.
    let more = loop {
        filter.limit = Some((limit - found.len()).clamp(1, 1000));
        let EventList { events, next } = api.events(&filter).await.map_err(failed)?;
        found.extend(events);
        found.truncate(limit);
        if found.len() == limit || next.is_none() {
            break next.is_some();
        }
        filter.from = next;
    };
    if output == Report::Json {
        return print::json(&EventList { events: found, next: None });
    }
    match found.is_empty() {
        true => note("no events"),
        false => print::lines(table::lines(&found, filter.state, Style::stdout()))?,
    }
    if more {
        note(format_args!("… and older ones: --limit {}", limit.saturating_mul(10)));
    }
    Ok(())
}

async fn tail(api: &Api, filter: &EventFilter, output: Report) -> anyhow::Result<()> {
    let mut events = api.tail_events(filter).await.map_err(failed)?;
    while let Some(event) = events.next().await.map_err(failed)? {
        match output {
            Report::Json => print::lines([serde_json::to_string(&event)?])?,
            Report::Text => print::lines(table::news(&event, Style::stdout()))?,
        }
    }
    Ok(())
}

async fn export(api: &Api, filter: &EventFilter) -> anyhow::Result<()> {
    let mut events = api.export_events(filter).await.map_err(failed)?;
    while let Some(event) = events.next().await.map_err(failed)? {
        print::lines([event.to_string()])?;
    }
    Ok(())
}

async fn import(api: &Api, file: &Path, output: Report) -> anyhow::Result<()> {
    let text = input::text(file)?;
    let mut whole = ImportReport { imported: 0, duplicates: 0, errors: Vec::new() };
    let mut before = 0;
    for part in parts(&text) {
        let report = api.import_events(part.to_owned()).await.map_err(failed)?;
        whole.imported += report.imported;
        whole.duplicates += report.duplicates;
        let shifted = report.errors.into_iter().map(|mut error| {
            error.line += before;
            error
        });
        whole.errors.extend(shifted);
        before += part.lines().count() as u64;
    }
    match output {
        Report::Json => print::json(&whole)?,
        Report::Text => {
            let mut line = format!("imported  {} events", whole.imported);
            if whole.duplicates > 0 {
                line.push_str(&format!(", {} were there already", whole.duplicates));
            }
            print::lines([line])?;
        }
    }
    if whole.errors.is_empty() {
        return Ok(());
    }
    let what = format!("{} lines are no events: {}", whole.errors.len(), file.display());
    let lines = whole.errors.iter().map(|error| format!("line {}: {}", error.line, error.error));
    Err(lines.fold(Failure::new(Exit::Refused, what), Failure::detail).into())
}

/// Whole lines of a text, about so many bytes of them at once.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let from = rest.len().min(IMPORT_BYTES);
        let end = rest.as_bytes()[from..].iter().position(|byte| *byte == b'\n');
        let end = end.map_or(rest.len(), |end| from + end + 1);
        let (part, others) = rest.split_at(end);
        rest = others;
        Some(part)
    })
}

async fn purge(
    api: &Api,
    id: Option<String>,
    filter: EventFilter,
    all: bool,
    output: Report,
) -> anyhow::Result<()> {
    let given = EventFilter { namespace: None, ..filter.clone() } != EventFilter::default();
    if id.is_none() && !given && !all {
        let what = "purge needs an id, a filter or --all";
        let help = "avocet events purge --state dead deletes what is not delivered any more";
        return Err(Failure::new(Exit::Usage, what).help(help).into());
    }
    let every = all.then(|| "*".to_owned());
    let filter = EventFilter { id: id.clone(), kind: filter.kind.clone().or(every), ..filter };
    let report = api.purge_events(&filter).await.map_err(failed)?;
    match output {
        Report::Json => print::json(&report)?,
        Report::Text => print::lines([format!("purged  {} events", report.purged)])?,
    }
    if output == Report::Text && report.kept > 0 {
        note(format_args!("{} are not done or dead yet, and stay", report.kept));
    }
    match id {
        Some(id) if report.purged + report.kept == 0 => {
            Err(Failure::new(Exit::NotFound, format!("no event {id:?}")).into())
        }
        _ => Ok(()),
    }
}

async fn replay(what: &EventsWhat) -> anyhow::Result<()> {
    let EventsWhat::Replay { id, source, to, dead: _, function, since, output, remote } = what
    else {
        return Ok(());
    };
    let api = remote::api(remote)?;
    let namespace = (to.is_some() || function.is_some()).then(|| remote.namespace.clone());
    let report = match id {
        Some(id) => {
            let (source, to) = (source.clone(), to.clone());
            api.replay_event(id, &ReplayEventRequest { source, to, namespace }).await
        }
        None => {
            let (function, since) = (function.clone(), since.clone());
            api.replay_dead(&ReplayDeadRequest { function, namespace, since }).await
        }
    };
    let report = report.map_err(failed)?;
    match output {
        Report::Json => print::json(&report),
        Report::Text => {
            let plural = if report.replayed == 1 { "delivery" } else { "deliveries" };
            print::lines([format!("replayed  {} {plural}", report.replayed)])
        }
    }
}

/// Recipient of a delivery.
fn recipient(delivery: &avocet_api::Delivery) -> String {
    match (&delivery.namespace, &delivery.function, &delivery.sink) {
        (Some(namespace), Some(function), _) => format!("{namespace}/{function}"),
        (None, Some(function), _) => function.clone(),
        (_, None, Some(sink)) => sink.clone(),
        (_, None, None) => "-".to_owned(),
    }
}

/// The line of an error that says most: where an excerpt of the source comes first, what follows on
/// it, with the place.
fn headline(error: &str) -> String {
    let mut lines = error.lines();
    let first = lines.next().unwrap_or_default();
    let is_marker = |line: &&str| line.trim_matches([' ', '^', '~']).is_empty();
    match lines.skip_while(|line| !is_marker(line)).find(|line| !is_marker(line)) {
        Some(message) => format!("{message} ({first})"),
        None => first.to_owned(),
    }
}

/// A state in its colour.
fn painted(state: DeliveryState, text: &str, style: Style) -> String {
    match state {
        DeliveryState::Dead => style.red(text),
        DeliveryState::Waiting => style.yellow(text),
        DeliveryState::Done => style.green(text),
        DeliveryState::Delivering | DeliveryState::Ready => style.cyan(text),
        DeliveryState::Scheduled => style.dim(text),
    }
}

/// The delivery that matters most, of those in a state where one is wanted.
fn foremost(event: &EventDetails, state: Option<DeliveryState>) -> Option<&avocet_api::Delivery> {
    let wanted = |delivery: &&avocet_api::Delivery| state.is_none_or(|own| own == delivery.state);
    event.deliveries.iter().filter(wanted).min_by_key(|delivery| delivery.state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_by_its_message() {
        let excerpt = "handler.js:2:9\n  throw new Error('no');\n        ^\nError: no\n    at main";
        assert_eq!(headline(excerpt), "Error: no (handler.js:2:9)");
        assert_eq!(headline("Error: no\n    at main"), "Error: no");
        assert_eq!(headline(""), "");
    }

    #[test]
    fn a_text_is_taken_apart_between_lines() {
        let line = format!("{}\n", "x".repeat(IMPORT_BYTES / 2));
        let text = format!("{line}{line}{line}last");
        let parts: Vec<_> = parts(&text).collect();
        assert_eq!(parts.concat(), text);
        let (last, others) = parts.split_last().unwrap();
        assert!(last.ends_with("last") && !others.is_empty());
        assert!(others.iter().all(|part| part.ends_with('\n')));
        assert_eq!(super::parts("").count(), 0);
    }
}
