//! Reports of `serve` and `dev` while they run: lines for people, or one JSON object per line.

use std::path::Path;
use std::time::Duration;

use avocet_api::{
    ApplyOutcome, ApplyReport, ApplyResult, FunctionSummary, Level, LogLine, LogRecord, Stream,
};
use serde::Serialize;

use crate::cli::{DEFAULT_SERVER, Report};
use crate::commands::{deploy, logs, version};
use crate::failure::{self, Failure};
use crate::host::Host;
use crate::print;
use crate::terminal::{self, Style};

/// Functions that are listed at the start; a person does not read more.
const LISTED: usize = 20;

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
    pub(crate) fn reloaded(&self, report: &ApplyReport, took: Duration) {
        let ms = took.as_millis() as u64;
        if self.format == Report::Json {
            return event("reload", Reload { results: &report.results, ms });
        }
        let changed = report.results.iter().filter(|result| is_change(result.outcome));
        print_lines(changed.map(|result| {
            format!("{} {}", deploy::result_line(result), self.style.dim(&format!("({ms} ms)")))
        }));
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
    functions: Vec<Short<'a>>,
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
