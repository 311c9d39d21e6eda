//! `avocet deploy`: files to a running server, all or nothing.

use avocet_api::{ApplyOutcome, ApplyReport, ApplyResult};

use crate::cli::{Deploy, Report};
use crate::collect::{self, FileSet};
use crate::failure::{Exit, Failure};
use crate::lines::Lines;
use crate::remote::{self, failed};
use crate::terminal::{self, Style};
use crate::{diagnostics, print, progress};

/// Reads the files, deploys them and prints what became of each resource.
pub(crate) async fn run(args: &Deploy) -> anyhow::Result<()> {
    let api = remote::api(&args.remote)?;
    let set = collect::read(&[&args.paths[..], &args.files].concat(), None)?;
    let mut request = set.request(&args.remote.namespace);
    request.dry_run = args.dry_run;
    request.triggers = args.triggers.iter().map(ToString::to_string).collect();
    // Where the log cannot be had, the deploy says why.
    let log = api.logs(&progress::lines_from_now()).await.ok().map(Lines::Remote);
    let report = progress::deploying(log, api.apply(&request)).await.map_err(failed)?;
    if args.output == Report::Json {
        print::json(&report)?;
    }
    say_warnings(&report, &set);
    if let Some(failure) = refusal(&report, &set) {
        return Err(failure.into());
    }
    if args.output == Report::Text {
        print::lines(report.results.iter().map(result_line))?;
    }
    Ok(())
}

/// Warnings go to standard error, so that they do not disturb what a program reads.
pub(crate) fn say_warnings(report: &ApplyReport, set: &FileSet) {
    for line in set.left_out() {
        terminal::note(format_args!("{}: {line}", Style::stderr().yellow("warning")));
    }
    for line in diagnostics::warnings(&report.diagnostics, &|path| set.written(path)) {
        terminal::note(line);
    }
}

/// Failure that the report holds.
pub(crate) fn refusal(report: &ApplyReport, set: &FileSet) -> Option<Failure> {
    let failure = diagnostics::failure(&report.diagnostics, &|path| set.written(path));
    let failure = failure.map(|failure| set.unreadable().fold(failure, Failure::detail));
    failure.or_else(|| {
        report.results.is_empty().then(|| {
            Failure::new(Exit::Refused, "nothing to deploy: the files hold no function")
                .help("a folder needs a function.yaml or a handler.js; see `avocet init`")
        })
    })
}

/// `created default/hello revision 1 http://…`.
pub(crate) fn result_line(result: &ApplyResult) -> String {
    let ApplyResult { kind, namespace, name, outcome, reason, revision, url } = result;
    let style = Style::stdout();
    let outcome = match outcome {
        ApplyOutcome::Created => style.green("created"),
        ApplyOutcome::Configured => style.green("configured"),
        ApplyOutcome::Unchanged => "unchanged".to_owned(),
        ApplyOutcome::Refused => "refused".to_owned(),
        ApplyOutcome::Skipped => "skipped".to_owned(),
        ApplyOutcome::Ignored => "ignored".to_owned(),
    };
    let kind = match &**kind {
        "Function" => String::new(),
        other => format!("{other} "),
    };
    let revision = revision.map(|n| format!("  revision {n}")).unwrap_or_default();
    let url = url.as_ref().map(|url| format!("  {url}")).unwrap_or_default();
    let reason = reason.as_ref().map(|reason| format!("  ({reason})")).unwrap_or_default();
    format!("{outcome}  {kind}{namespace}/{name}{revision}{url}{reason}")
}
