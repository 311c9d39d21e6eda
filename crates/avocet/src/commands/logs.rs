//! `avocet logs`.

use std::time::Duration;

use anyhow::Context as _;
use avocet_functions::model::FunctionName;
use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

use crate::api::{self, Api};
use crate::cli::{Logs, Report};
use crate::failure::{Exit, Failure};
use crate::print;
use crate::terminal::Style;

/// Prints the lines that the arguments select; with `-f` until Ctrl-C.
pub(crate) async fn run(args: &Logs) -> anyhow::Result<()> {
    let path = path(args)?;
    let body = Api::of(&args.remote)?.stream(&path).await?;
    let one = function(args)?.is_some();
    let style = Style::stdout();
    let mut silent = true;
    each_line(body, |line| {
        silent = silent && is_platforms(&serde_json::from_slice(line)?);
        print::lines([match args.output {
            Report::Json => String::from_utf8_lossy(line).into_owned(),
            Report::Text => text(&serde_json::from_slice(line)?, one, style),
        }])
    })
    .await?;
    if silent && !args.follow { check_there(args).await } else { Ok(()) }
}

/// Whether a line belongs to no namespace.
fn is_platforms(line: &Value) -> bool {
    line.get("namespace").and_then(Value::as_str).is_some_and(str::is_empty)
}

/// Nothing was logged there: fails where that is because there is no such function or namespace. The
/// lines of deleted functions are still there, so this is asked last.
async fn check_there(args: &Logs) -> anyhow::Result<()> {
    let (api, namespace) = (Api::of(&args.remote)?, &args.remote.namespace);
    if let Some(function) = function(args)? {
        return api.get(&api::function_path(namespace, function, "")).await.map(drop);
    }
    let list = api.get("/api/v1/namespaces").await?;
    let mut names = list["namespaces"].as_array().into_iter().flatten();
    if namespace == FunctionName::DEFAULT_NAMESPACE
        || names.any(|found| found["name"] == **namespace)
    {
        return Ok(());
    }
    let what = format!("no namespace {namespace:?}: nothing is deployed in it");
    Err(Failure::new(Exit::NotFound, what).into())
}

/// Calls `each` with every line of a body as it comes.
pub(crate) async fn each_line(
    mut body: Incoming,
    mut each: impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut pending = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.context("the server ended the log")?.into_data() else { continue };
        pending.extend_from_slice(&data);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line = pending.split_to(end + 1);
            // An empty line only shows that the server is still there.
            if end > 0 {
                each(&line[..end])?;
            }
        }
    }
    if pending.is_empty() { Ok(()) } else { each(&pending) }
}

/// One line for people: the text alone where all lines are of one function, as `kubectl logs` has
/// it, else with the function before it. Colours tell the level.
pub(crate) fn text(line: &Value, one_function: bool, style: Style) -> String {
    let field = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
    if let Some(dropped) = line.get("dropped").and_then(Value::as_u64) {
        return style.yellow(&format!("… {dropped} lines were left out: reading was too slow"));
    }
    let text = match field("level") {
        "error" => style.red(field("text")),
        "warn" => style.yellow(field("text")),
        "debug" => style.dim(field("text")),
        _ => field("text").to_owned(),
    };
    match one_function {
        true => text,
        // A line without a function is the platform's own.
        false if field("function").is_empty() => format!("{}  {text}", style.cyan("avocet")),
        false => format!("{}  {text}", style.cyan(field("function"))),
    }
}

fn function(args: &Logs) -> anyhow::Result<Option<&str>> {
    match (args.selector.as_deref(), args.container.as_deref()) {
        (Some(a), Some(b)) if a != b => {
            let what = format!("-l names the function {a}, -c the container {b}");
            let help = "a function has one container, of its own name: leave -c out";
            Err(Failure::new(Exit::Usage, what).help(help).into())
        }
        (a, b) => Ok(a.or(b)),
    }
}

fn path(args: &Logs) -> anyhow::Result<String> {
    let mut path = format!("/api/v1/logs?namespace={}", api::escape(&args.remote.namespace));
    if let Some(function) = function(args)? {
        path.push_str(&format!("&function={}", api::escape(function)));
    }
    if let Some(since) = args.since {
        path.push_str(&format!("&since={}", seconds(since)));
    }
    if let Some(tail) = args.tail {
        path.push_str(&format!("&tail={tail}"));
    }
    if args.follow {
        path.push_str("&follow=true");
    }
    Ok(path)
}

/// As the API takes it: whole seconds, rounded up.
fn seconds(time: Duration) -> String {
    format!("{}s", time.as_secs() + u64::from(time.subsec_nanos() > 0))
}
