//! `avocet logs`.

use std::time::Duration;

use avocet_api::{Level, LogGap, LogLine, LogQuery, Then};
use avocet_functions::model::FunctionName;

use crate::cli::{LogLevel, Logs, Report};
use crate::failure::{Exit, Failure};
use crate::print;
use crate::remote::{self, failed};
use crate::terminal::Style;

/// Prints the lines that the arguments select; with `-f` until Ctrl-C.
pub(crate) async fn run(args: &Logs) -> anyhow::Result<()> {
    let mut lines = remote::api(&args.remote)?.logs(&query(args)?).await.map_err(failed)?;
    let one = function(args)?.is_some();
    let style = Style::stdout();
    let mut silent = true;
    while let Some(line) = lines.next().await.map_err(failed)? {
        silent = silent && is_platforms(&line);
        print::lines([match args.output {
            Report::Json => serde_json::to_string(&line)?,
            Report::Text => text(&line, one, style),
        }])?;
    }
    if silent && !args.follow { check_there(args).await } else { Ok(()) }
}

/// True of a line that belongs to no namespace.
fn is_platforms(line: &LogLine) -> bool {
    matches!(line, LogLine::Record(record) if record.namespace.is_empty())
}

/// Nothing was logged there: fails where that is because there is no such function or namespace. The
/// lines of deleted functions are still there, so this is asked last.
async fn check_there(args: &Logs) -> anyhow::Result<()> {
    let (api, namespace) = (remote::api(&args.remote)?, &args.remote.namespace);
    if let Some(function) = function(args)? {
        return api.function(namespace, function).await.map(drop).map_err(failed);
    }
    let found = api.namespaces().await.map_err(failed)?.namespaces;
    if namespace == FunctionName::DEFAULT_NAMESPACE
        || found.iter().any(|found| found.name == *namespace)
    {
        return Ok(());
    }
    let what = format!("no namespace {namespace:?}: nothing is deployed in it");
    Err(Failure::new(Exit::NotFound, what).into())
}

/// One line for people: the text alone where all lines are of one function, as `kubectl logs` has
/// it, else with the function before it. Colours show the level.
pub(crate) fn text(line: &LogLine, one_function: bool, style: Style) -> String {
    let record = match line {
        LogLine::Record(record) => record,
        LogLine::Gap(LogGap { dropped }) => {
            return style.yellow(&format!("… {dropped} lines were left out: reading was too slow"));
        }
    };
    let text = match record.level {
        Level::Error => style.red(&record.text),
        Level::Warn => style.yellow(&record.text),
        Level::Debug => style.dim(&record.text),
        Level::Info => record.text.clone(),
    };
    match one_function {
        true => text,
        // A line without a function is the platform's own.
        false if record.function.is_empty() => format!("{}  {text}", style.cyan("avocet")),
        false => format!("{}  {text}", style.cyan(&record.function)),
    }
}

fn function(args: &Logs) -> anyhow::Result<Option<&str>> {
    let selector = match (args.name.as_deref(), args.selector.as_deref()) {
        (Some(a), Some(b)) if a != b => {
            let what = format!("two functions are named: {a}, and {b} with -l");
            return Err(Failure::new(Exit::Usage, what).help("name one of them").into());
        }
        (a, b) => a.or(b),
    };
    match (selector, args.container.as_deref()) {
        (Some(a), Some(b)) if a != b => {
            let what = format!("-l names the function {a}, -c the container {b}");
            let help = "a function has one container, of its own name: leave -c out";
            Err(Failure::new(Exit::Usage, what).help(help).into())
        }
        (a, b) => Ok(a.or(b)),
    }
}

fn query(args: &Logs) -> anyhow::Result<LogQuery> {
    Ok(LogQuery {
        namespace: Some(args.remote.namespace.clone()),
        function: function(args)?.map(str::to_owned),
        since: args.since.map(seconds),
        tail: args.tail.map(|tail| tail as usize),
        call: args.call.clone(),
        level: args.level.map(|level| match level {
            LogLevel::Debug => Level::Debug,
            LogLevel::Info => Level::Info,
            LogLevel::Warn => Level::Warn,
            LogLevel::Error => Level::Error,
        }),
        then: if args.follow { Then::Follow } else { Then::End },
    })
}

/// As the API takes it: whole seconds, rounded up.
fn seconds(time: Duration) -> String {
    format!("{}s", time.as_secs() + u64::from(time.subsec_nanos() > 0))
}
