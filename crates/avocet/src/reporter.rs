//! What `serve` and `dev` tell while they run: lines for people, or one JSON object per line.

use std::time::Duration;

use serde_json::{Value, json};

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
    pub(crate) async fn ready(&self, host: &Host) -> anyhow::Result<()> {
        let functions = host.functions().await?;
        if self.format == Report::Json {
            let keys = ["namespace", "name", "runtime", "revision", "url"];
            let short = |function: &Value| -> Value {
                keys.iter().map(|key| ((*key).to_owned(), function[key].clone())).collect()
            };
            event(
                "ready",
                json!({
                    "version": env!("CARGO_PKG_VERSION"),
                    "pid": std::process::id(),
                    "gateway": host.gateway,
                    "admin": host.admin,
                    "data": host.data,
                    "functions": functions.iter().map(short).collect::<Value>(),
                }),
            );
        } else {
            tell(self.start_lines(host, &functions));
        }
        Ok(())
    }

    fn start_lines(&self, host: &Host, functions: &[Value]) -> Vec<String> {
        let mut lines = vec![
            format!("avocet {}", version::short()),
            format!("  functions  {}/NAMESPACE/FUNCTION", host.gateway),
            format!("  admin API  {}", host.admin),
            format!("  data       {}", host.data.display()),
        ];
        for function in functions.iter().take(LISTED) {
            let (url, runtime) = (print::cell(function, "url"), print::cell(function, "runtime"));
            let revision = print::cell(function, "revision");
            lines.push(format!("{}  {runtime}, revision {revision}", self.style.cyan(&url)));
        }
        // A command is told as it can be typed.
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
    pub(crate) fn reloaded(&self, answer: &Value, took: Duration) {
        let ms = took.as_millis() as u64;
        if self.format == Report::Json {
            return event("reload", json!({"results": answer["results"], "ms": ms}));
        }
        let changed = deploy::results(answer).filter(|result| result["outcome"] != "unchanged");
        tell(changed.map(|result| {
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
            json!({
                "message": format!("{error:#}"),
                "details": failure.map(Failure::details).unwrap_or_default(),
                "help": failure.and_then(Failure::advice),
            }),
        );
    }

    /// A line of a function's log.
    pub(crate) fn log(&self, line: &Value) {
        if line["stream"] == "platform" && line["level"] == "debug" {
            // Installers' lines are told while they come.
            return;
        }
        match self.format {
            Report::Json => event("log", line.clone()),
            Report::Text => tell([logs::text(line, false, self.style)]),
        }
    }

    /// The first Ctrl-C.
    pub(crate) fn stopping(&self) {
        if self.format == Report::Json {
            return event("stopping", json!({}));
        }
        terminal::tell("stopping: calls that run are finished; Ctrl-C again ends at once");
    }
}

fn tell(lines: impl IntoIterator<Item = String>) {
    let _ = print::lines(lines);
}

/// One line: `fields` with the event's name.
fn event(name: &str, mut fields: Value) {
    fields["event"] = name.into();
    tell([fields.to_string()]);
}
