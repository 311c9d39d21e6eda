//! `avocet deploy`: files to a running server, all or nothing.

use http::Method;
use serde_json::Value;

use crate::api::Api;
use crate::cli::{Deploy, Report};
use crate::collect::{self, FileSet};
use crate::failure::{Exit, Failure};
use crate::terminal::{self, Style};
use crate::{diagnostics, print, progress};

/// Reads the files, deploys them and prints what became of each resource.
pub(crate) async fn run(args: &Deploy) -> anyhow::Result<()> {
    let api = Api::of(&args.remote)?;
    let set = collect::read(&args.files, None)?;
    let answer =
        progress::deploying(&api, apply(&api, &set.request(&args.remote.namespace))).await?;
    if args.output == Report::Json {
        print::json(&answer)?;
    }
    say_warnings(&answer, &set);
    if let Some(failure) = refusal(&answer, &set) {
        return Err(failure.into());
    }
    if args.output == Report::Text {
        print::lines(results(&answer).map(result_line))?;
    }
    Ok(())
}

/// Deploys a set; also what the server refuses comes back as its answer.
pub(crate) async fn apply(api: &Api, request: &Value) -> anyhow::Result<Value> {
    let (_, answer) = api.ask(Method::POST, "/api/v1/apply", request).await?;
    Ok(answer)
}

/// Warnings go to standard error, so that they do not disturb what a program reads.
pub(crate) fn say_warnings(answer: &Value, set: &FileSet) {
    for line in set.left_out() {
        terminal::tell(format_args!("{}: {line}", Style::stderr().yellow("warning")));
    }
    for line in diagnostics::warnings(answer, &|path| set.written(path)) {
        terminal::tell(line);
    }
}

/// The failure that the answer tells of.
pub(crate) fn refusal(answer: &Value, set: &FileSet) -> Option<Failure> {
    let failure = diagnostics::failure(answer, &|path| set.written(path));
    let failure = failure.map(|failure| set.unreadable().fold(failure, Failure::detail));
    failure.or_else(|| {
        results(answer).next().is_none().then(|| {
            Failure::new(Exit::Refused, "nothing to deploy: the files hold no function")
                .help("a folder needs a function.yaml or a handler.js; see `avocet init`")
        })
    })
}

/// What became of each resource.
pub(crate) fn results(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.get("results").and_then(Value::as_array).into_iter().flatten()
}

/// `created default/hello revision 1 http://…`.
pub(crate) fn result_line(result: &Value) -> String {
    let text = |key: &str| result.get(key).and_then(Value::as_str).unwrap_or_default();
    let style = Style::stdout();
    let outcome = match text("outcome") {
        done @ ("created" | "configured") => style.green(done),
        other => other.to_owned(),
    };
    let kind = match text("kind") {
        "Function" => String::new(),
        other => format!("{other} "),
    };
    let revision = result.get("revision").and_then(Value::as_u64);
    let revision = revision.map(|n| format!("  revision {n}")).unwrap_or_default();
    let url = match text("url") {
        "" => String::new(),
        url => format!("  {url}"),
    };
    format!("{outcome}  {kind}{}/{}{revision}{url}", text("namespace"), text("name"))
}
