//! `avocet get`: functions and revisions.

use avocet_api::{FunctionSummary, Phase, RevisionSummary};

use crate::cli::{Format, Get, GetWhat};
use crate::print::{self, cell};
use crate::remote::{self, failed};
use crate::terminal::note;

/// Reads and prints.
pub(crate) async fn run(args: &Get) -> anyhow::Result<()> {
    match &args.what {
        GetWhat::Functions { name: Some(name), view, .. } => {
            let api = remote::api(&view.remote)?;
            let function = api.function(&view.remote.namespace, name).await.map_err(failed)?;
            print::value(&function, view.output, |function| functions([&function.summary]))
        }
        GetWhat::Functions { name: None, all_namespaces, view } => {
            let namespace = (!all_namespaces).then_some(&*view.remote.namespace);
            let list = remote::api(&view.remote)?.functions(namespace).await.map_err(failed)?;
            if view.output == Format::Table && list.functions.is_empty() {
                match namespace {
                    None => note("no functions"),
                    Some(namespace) => note(format_args!("no functions in namespace {namespace}")),
                }
                return Ok(());
            }
            print::value(&list, view.output, |list| functions(&list.functions))
        }
        GetWhat::Revisions { name, view } => {
            let api = remote::api(&view.remote)?;
            let list = api.revisions(&view.remote.namespace, name).await.map_err(failed)?;
            print::value(&list, view.output, |list| revisions(&list.revisions))
        }
    }
}

fn head(names: &[&str]) -> Vec<Vec<String>> {
    vec![names.iter().map(|name| (*name).to_owned()).collect()]
}

fn functions<'a>(list: impl IntoIterator<Item = &'a FunctionSummary>) -> Vec<Vec<String>> {
    let mut rows = head(&["NAMESPACE", "NAME", "RUNTIME", "REVISION", "STATE", "URL"]);
    rows.extend(list.into_iter().map(|function| {
        let FunctionSummary { namespace, name, runtime, revision, state, url, .. } = function;
        let state = match state {
            Phase::Asleep => "asleep",
            Phase::Loading => "loading",
            Phase::Awake => "awake",
        };
        [namespace, name, runtime, &revision.to_string(), state, url].map(cell).to_vec()
    }));
    rows
}

fn revisions<'a>(list: impl IntoIterator<Item = &'a RevisionSummary>) -> Vec<Vec<String>> {
    let mut rows = head(&["REVISION", "ACTIVE", "CREATED"]);
    rows.extend(list.into_iter().map(|revision| {
        let mark = if revision.active { "*" } else { "" };
        vec![revision.revision.to_string(), mark.to_owned(), cell(&revision.created)]
    }));
    rows
}
