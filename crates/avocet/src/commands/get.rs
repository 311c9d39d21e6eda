//! `avocet get`: functions, revisions, subscriptions and schedules.

use avocet_api::{
    CatchUp, FunctionSummary, ObjectSummary, Phase, RevisionSummary, ScheduleSummary,
    SubscriptionState, SubscriptionSummary,
};
use serde::Serialize;

use crate::cli::{Format, Get, GetSchedules, GetSubscriptions, GetWhat, Objects};
use crate::failure::{Exit, Failure};
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
                none("functions", namespace);
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
        GetWhat::Subscriptions(args) => get_subscriptions(args).await,
        GetWhat::Schedules(args) => get_schedules(args).await,
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
        none(kind, namespace);
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

async fn get_subscriptions(args: &GetSubscriptions) -> anyhow::Result<()> {
    let GetSubscriptions { name, all_namespaces, view } = args;
    let api = remote::api(&view.remote)?;
    if let Some(name) = name {
        let one = api.subscription(&view.remote.namespace, name).await.map_err(failed)?;
        return print::value(&one, view.output, |one| subscriptions([&one.summary]));
    }
    let namespace = (!all_namespaces).then_some(&*view.remote.namespace);
    let list = api.subscriptions(namespace).await.map_err(failed)?;
    if view.output == Format::Table && list.subscriptions.is_empty() {
        none("subscriptions", namespace);
        return Ok(());
    }
    print::value(&list, view.output, |list| subscriptions(&list.subscriptions))
}

async fn get_schedules(args: &GetSchedules) -> anyhow::Result<()> {
    let GetSchedules { function, all_namespaces, view } = args;
    let namespace = (!all_namespaces).then_some(&*view.remote.namespace);
    let mut list = remote::api(&view.remote)?.schedules(namespace).await.map_err(failed)?;
    if let Some(function) = function {
        list.schedules.retain(|own| own.function == *function);
        if list.schedules.is_empty() {
            let name = format!("{}/{function}", view.remote.namespace);
            let what = format!("no schedule of a function {name}");
            let help = "`avocet get schedules` lists those that there are";
            return Err(Failure::new(Exit::NotFound, what).help(help).into());
        }
    }
    if view.output == Format::Table && list.schedules.is_empty() {
        none("schedules", namespace);
        return Ok(());
    }
    print::value(&list, view.output, |list| schedules(&list.schedules))
}

/// Says that there are none.
fn none(what: &str, namespace: Option<&str>) {
    match namespace {
        None => note(format_args!("no {what}")),
        Some(namespace) => note(format_args!("no {what} in namespace {namespace}")),
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

fn subscriptions<'a>(list: impl IntoIterator<Item = &'a SubscriptionSummary>) -> Vec<Vec<String>> {
    let mut rows = head(&[
        "NAMESPACE",
        "NAME",
        "SINK",
        "TYPES",
        "STATE",
        "IN FLIGHT",
        "LAG",
        "DELIVERED",
        "FAILED",
    ]);
    rows.extend(list.into_iter().map(|own| {
        let state = match own.state {
            SubscriptionState::Idle => "idle",
            SubscriptionState::Delivering => "delivering",
            SubscriptionState::Waiting => "waiting",
            SubscriptionState::Failing => "failing",
        };
        let numbers = [own.in_flight, own.lag, own.delivered, own.failed];
        let texts = [&*own.namespace, &own.name, &own.sink, &types(&own.types), state].map(cell);
        texts.into_iter().chain(numbers.iter().map(u64::to_string)).collect()
    }));
    rows
}

/// The first types, and how many more there are.
fn types(all: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(",");
    if all.len() > SHOWN {
        shown.push_str(&format!(",+{}", all.len() - SHOWN));
    }
    shown
}

fn schedules<'a>(list: impl IntoIterator<Item = &'a ScheduleSummary>) -> Vec<Vec<String>> {
    let mut rows =
        head(&["NAMESPACE", "FUNCTION", "N", "SCHEDULE", "TIME ZONE", "CATCH UP", "NEXT"]);
    rows.extend(list.into_iter().map(|own| {
        let catch_up = match own.catch_up {
            CatchUp::None => "none",
            CatchUp::Last => "last",
            CatchUp::All => "all",
        };
        let (number, next) = (own.number.to_string(), own.next.as_deref().unwrap_or_default());
        let texts = [
            &*own.namespace,
            &own.function,
            &number,
            &own.schedule,
            &own.time_zone,
            catch_up,
            next,
        ];
        texts.map(cell).to_vec()
    }));
    rows
}
