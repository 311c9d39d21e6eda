//! Reports of `serve` and `dev` while they run: lines for people, or one JSON object per line.

use std::path::Path;
use std::time::Duration;

use avocet_api::{
    ApplyOutcome, ApplyReport, ApplyResult, FunctionSummary, Level, LogLine, LogRecord, Stream,
};
use avocet_backplane::{Key, ResourceKind};
use avocet_nats::Nats;
use avocet_server::{CallReport, Start};
use serde::Serialize;

use crate::cli::{DEFAULT_SERVER, Report};
use crate::commands::{deploy, logs, version};
use crate::failure::{self, Failure};
use crate::host::Host;
use crate::print;
use crate::terminal::{self, Style};

/// Functions that are listed at the start; a person does not read more.
const LISTED: usize = 20;

/// End of the deploy before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    Deployed,
    Refused,
}

/// Writes to standard output; for people, errors go to standard error. What nobody reads is not
/// told: the server serves on.
pub(crate) struct Reporter {
    format: Report,
    style: Style,
}

impl Reporter {
    pub(crate) fn new(format: Report) -> Self {
        Self { format, style: Style::stdout() }
    }

    /// Calls are answered from now on.
    pub(crate) fn ready(&self, host: &Host) {
        let functions = host.functions();
        if self.format == Report::Text {
            return print_lines(self.start_lines(host, &functions));
        }
        event(
            "ready",
            Ready {
                version: env!("CARGO_PKG_VERSION"),
                pid: std::process::id(),
                gateway: &host.gateway,
                admin: &host.admin,
                data: &host.data,
                nats: host.nats.as_ref().map(Broker::of),
                functions: functions.iter().map(Short::of).collect(),
            },
        );
    }

    fn start_lines(&self, host: &Host, functions: &[FunctionSummary]) -> Vec<String> {
        let mut lines = vec![
            format!("avocet {}", version::short()),
            format!("  functions  {}/NAMESPACE/FUNCTION", host.gateway),
            format!("  admin API  {}", host.admin),
            format!("  data       {}", host.data.display()),
        ];
        if let Some(nats) = &host.nats {
            lines.push(format!("  NATS       {}: {}", nats.server(), nats.durability()));
        }
        for function in functions.iter().take(LISTED) {
            let FunctionSummary { url, runtime, revision, .. } = function;
            lines.push(format!("{}  {runtime}, revision {revision}", self.style.cyan(url)));
        }
        // The command as it can be typed.
        let server = match host.admin.as_str() {
            DEFAULT_SERVER => String::new(),
            other => format!(" --server {other}"),
        };
        match functions.len() {
            0 => {
                lines.push(format!("no function is deployed yet: avocet deploy -f PATH{server}"));
            }
            all if all > LISTED => {
                let more = all - LISTED;
                lines.push(format!("… and {more} more: avocet get functions -A{server}"));
            }
            _ => {}
        }
        lines.push("Ctrl-C stops.".to_owned());
        lines
    }

    /// A change was deployed.
    pub(crate) fn reloaded(&self, report: &ApplyReport, took: Duration, before: Last) {
        let ms = took.as_millis() as u64;
        if self.format == Report::Json {
            return event("reload", Reload { results: &report.results, ms });
        }
        let changed = report.results.iter().filter(|result| is_change(result.outcome));
        let took = self.style.dim(&format!("({ms} ms)"));
        let mut lines: Vec<String> =
            changed.map(|result| format!("{} {took}", deploy::result_line(result))).collect();
        if lines.is_empty() && before == Last::Refused {
            lines.push(format!("deployed again, as before {took}"));
        }
        print_lines(lines);
    }

    /// A resource went with its files.
    pub(crate) fn deleted(&self, key: &Key) {
        let Key { kind, namespace, name } = key;
        if self.format == Report::Json {
            return event("deleted", Deleted { kind: kind.as_str(), namespace, name });
        }
        let kind = match kind {
            ResourceKind::Function => String::new(),
            other => format!("{other} "),
        };
        print_lines([format!("deleted  {kind}{namespace}/{name}  its files are gone")]);
    }

    /// A request was answered.
    pub(crate) fn call(&self, report: &CallReport) {
        let CallReport { method, target, status, took, call } = report;
        let ms = took.as_secs_f64() * 1000.0;
        let start = call.as_ref().map(|call| match call.start {
            Start::Cold => "cold",
            Start::Warm => "warm",
        });
        let id = call.as_ref().map(|call| &*call.id);
        if self.format == Report::Json {
            return event("call", Call { method, path: target, status: *status, ms, start, id });
        }
        let status = match status {
            500.. => self.style.red(&status.to_string()),
            400.. => self.style.yellow(&status.to_string()),
            _ => self.style.green(&status.to_string()),
        };
        let call = start.zip(id).map(|(start, id)| format!("  {start}  call {id}"));
        let call = self.style.dim(&format!("{ms:.1} ms{}", call.unwrap_or_default()));
        // Written by a caller, who must not steer the terminal.
        let target: String = target.chars().filter(|c| !c.is_control()).collect();
        print_lines([format!("{method} {target}  {status}  {call}")]);
    }

    /// A change was refused; what ran before still runs.
    pub(crate) fn refused(&self, error: &anyhow::Error) {
        if self.format == Report::Text {
            return failure::print(error);
        }
        let failure = error.downcast_ref::<Failure>();
        event(
            "error",
            Refused {
                message: format!("{error:#}"),
                details: failure.map(Failure::details).unwrap_or_default(),
                help: failure.and_then(Failure::advice),
            },
        );
    }

    /// A line of a function's log.
    pub(crate) fn log(&self, line: &LogLine) {
        // Installers' lines are shown as they come.
        if let LogLine::Record(LogRecord {
            stream: Stream::Platform, level: Level::Debug, ..
        }) = line
        {
            return;
        }
        match self.format {
            Report::Json => event("log", line),
            Report::Text => print_lines([logs::text(line, false, self.style)]),
        }
    }

    /// The first Ctrl-C.
    pub(crate) fn stopping(&self) {
        if self.format == Report::Json {
            return event("stopping", Nothing {});
        }
        terminal::note("stopping: calls that run are finished; Ctrl-C again ends at once");
    }
}

/// Whether a reload did something about a document.
fn is_change(outcome: ApplyOutcome) -> bool {
    !matches!(outcome, ApplyOutcome::Unchanged | ApplyOutcome::Ignored)
}

fn print_lines(lines: impl IntoIterator<Item = String>) {
    let _ = print::lines(lines);
}

/// Event with its name among its fields.
#[derive(Serialize)]
struct Event<'a, T> {
    event: &'a str,
    #[serde(flatten)]
    fields: T,
}

#[derive(Serialize)]
struct Ready<'a> {
    version: &'a str,
    pid: u32,
    gateway: &'a str,
    admin: &'a str,
    data: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    nats: Option<Broker<'a>>,
    functions: Vec<Short<'a>>,
}

/// NATS server with its durability.
#[derive(Serialize)]
struct Broker<'a> {
    server: &'a str,
    version: &'a str,
    sync_interval: String,
    replicas: usize,
    storage: &'a str,
}

impl<'a> Broker<'a> {
    fn of(nats: &'a Nats) -> Self {
        let durability = nats.durability();
        Self {
            server: nats.server(),
            version: nats.version(),
            sync_interval: durability.sync.to_string(),
            replicas: durability.replicas,
            storage: "file",
        }
    }
}

/// A function that is served from the start.
#[derive(Serialize)]
struct Short<'a> {
    namespace: &'a str,
    name: &'a str,
    runtime: &'a str,
    revision: u64,
    url: &'a str,
}

impl<'a> Short<'a> {
    fn of(function: &'a FunctionSummary) -> Self {
        let FunctionSummary { namespace, name, runtime, revision, url, .. } = function;
        Self { namespace, name, runtime, revision: *revision, url }
    }
}

#[derive(Serialize)]
struct Reload<'a> {
    results: &'a [ApplyResult],
    ms: u64,
}

#[derive(Serialize)]
struct Deleted<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
}

/// A request that was answered; the last two where a function got it.
#[derive(Serialize)]
struct Call<'a> {
    method: &'a str,
    path: &'a str,
    status: u16,
    ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

#[derive(Serialize)]
struct Refused<'a> {
    message: String,
    details: &'a [String],
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Nothing {}

/// One line of JSON, keys in their alphabetical order.
fn event(event: &str, fields: impl Serialize) {
    // Texts and numbers always have a JSON form.
    if let Ok(line) = serde_json::to_value(Event { event, fields }) {
        print_lines([line.to_string()]);
    }
}
