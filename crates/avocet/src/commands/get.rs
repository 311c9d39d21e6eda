//! `avocet get`: functions and revisions.

use serde_json::Value;

use crate::api::{self, Api};
use crate::cli::{Format, Get, GetWhat};
use crate::print::{self, cell};
use crate::terminal::tell;

/// Reads and prints.
pub(crate) async fn run(args: &Get) -> anyhow::Result<()> {
    match &args.what {
        GetWhat::Functions { name: Some(name), view, .. } => {
            let path = api::function_path(&view.remote.namespace, name, "");
            let function = Api::of(&view.remote)?.get(&path).await?;
            print::value(&function, view.output, |function| functions([function]))
        }
        GetWhat::Functions { name: None, all_namespaces, view } => {
            let path = match all_namespaces {
                true => "/api/v1/functions".to_owned(),
                false => {
                    format!("/api/v1/functions?namespace={}", api::escape(&view.remote.namespace))
                }
            };
            let list = Api::of(&view.remote)?.get(&path).await?;
            if view.output == Format::Table && items(&list, "functions").next().is_none() {
                match all_namespaces {
                    true => tell("no functions"),
                    false => {
                        tell(format_args!("no functions in namespace {}", view.remote.namespace));
                    }
                }
                return Ok(());
            }
            print::value(&list, view.output, |list| functions(items(list, "functions")))
        }
        GetWhat::Revisions { name, view } => {
            let path = api::function_path(&view.remote.namespace, name, "/revisions");
            let list = Api::of(&view.remote)?.get(&path).await?;
            print::value(&list, view.output, |list| revisions(items(list, "revisions")))
        }
    }
}

fn items<'a>(list: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    list.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn head(names: &[&str]) -> Vec<Vec<String>> {
    vec![names.iter().map(|name| (*name).to_owned()).collect()]
}

fn functions<'a>(list: impl IntoIterator<Item = &'a Value>) -> Vec<Vec<String>> {
    let mut rows = head(&["NAMESPACE", "NAME", "RUNTIME", "REVISION", "STATE", "URL"]);
    rows.extend(list.into_iter().map(|function| {
        ["namespace", "name", "runtime", "revision", "state", "url"]
            .map(|key| cell(function, key))
            .to_vec()
    }));
    rows
}

fn revisions<'a>(list: impl IntoIterator<Item = &'a Value>) -> Vec<Vec<String>> {
    let mut rows = head(&["REVISION", "ACTIVE", "CREATED"]);
    rows.extend(list.into_iter().map(|revision| {
        let active = revision.get("active").and_then(Value::as_bool).unwrap_or(false);
        let mark = if active { "*" } else { "" };
        vec![cell(revision, "revision"), mark.to_owned(), cell(revision, "created")]
    }));
    rows
}
