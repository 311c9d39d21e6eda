//! `avocet get`: functions and revisions.

use avocet_api::{FunctionSummary, ObjectSummary, Phase, RevisionSummary};
use serde::Serialize;

use crate::cli::{Format, Get, GetWhat, Objects};
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
        GetWhat::Secrets(which) => objects(which, "Secret").await,
        GetWhat::Configmaps(which) => objects(which, "ConfigMap").await,
        GetWhat::Apirules(which) => objects(which, "APIRule").await,
        GetWhat::All { all_namespaces, view } => {
            let namespace = (!all_namespaces).then_some(&*view.remote.namespace);
            let api = remote::api(&view.remote)?;
            let functions = api.functions(namespace).await.map_err(failed)?.functions;
            let objects = api.objects(namespace, None).await.map_err(failed)?.objects;
            print::value(&All { functions, objects }, view.output, All::rows)
        }
        GetWhat::Revisions { name, view } => {
            let api = remote::api(&view.remote)?;
            let list = api.revisions(&view.remote.namespace, name).await.map_err(failed)?;
            print::value(&list, view.output, |list| revisions(&list.revisions))
        }
    }
}

/// Objects of a kind, or one of them.
async fn objects(which: &Objects, kind: &str) -> anyhow::Result<()> {
    let Objects { name, all_namespaces, view } = which;
    let (api, namespace) = (remote::api(&view.remote)?, &*view.remote.namespace);
    if let Some(name) = name {
        let object = api.object(namespace, kind, name).await.map_err(failed)?;
        return print::value(&object, view.output, |object| object_rows([&object.summary]));
    }
    let namespace = (!all_namespaces).then_some(namespace);
    let list = api.objects(namespace, Some(kind)).await.map_err(failed)?;
    if view.output == Format::Table && list.objects.is_empty() {
        match namespace {
            None => note(format_args!("no {kind}")),
            Some(namespace) => note(format_args!("no {kind} in namespace {namespace}")),
        }
        return Ok(());
    }
    print::value(&list, view.output, |list| object_rows(&list.objects))
}

/// Resources that a server holds.
#[derive(Serialize)]
struct All {
    functions: Vec<FunctionSummary>,
    objects: Vec<ObjectSummary>,
}

impl All {
    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = head(&["KIND", "NAMESPACE", "NAME", "UPDATED"]);
        rows.extend(self.functions.iter().map(|function| {
            let FunctionSummary { namespace, name, updated, .. } = function;
            ["Function", namespace, name, updated].map(cell).to_vec()
        }));
        rows.extend(object_rows(&self.objects).into_iter().skip(1));
        rows
    }
}

fn object_rows<'a>(list: impl IntoIterator<Item = &'a ObjectSummary>) -> Vec<Vec<String>> {
    let mut rows = head(&["KIND", "NAMESPACE", "NAME", "UPDATED"]);
    rows.extend(list.into_iter().map(|object| {
        let ObjectSummary { kind, namespace, name, updated, .. } = object;
        [kind, namespace, name, updated].map(|text| cell(text)).to_vec()
    }));
    rows
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
