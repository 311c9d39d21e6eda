//! `avocet kv`: keys and values of a function.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use avocet_api::client::Api;
use avocet_api::{KeyChange, KeyList, KeySet, KeySummary, KeyValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cli::{Format, Kv, KvWhat, OfFunction, Report};
use crate::print::{self, cell};
use crate::remote::{self, failed};
use crate::transfer::{data, milliseconds};

pub(crate) async fn run(args: &Kv) -> anyhow::Result<()> {
    match &args.what {
        KvWhat::Get { key, output, of } => {
            let found = api(of)?.key(of.names(), key).await.map_err(failed)?;
            match output {
                Report::Json => print::json(&found),
                Report::Text => raw(&bytes(&found)?),
            }
        }
        KvWhat::Set { key, value, ttl, if_revision, output, of } => {
            let how = KeySet { ttl: ttl.map(milliseconds), if_revision: *if_revision };
            let value = data(value)?;
            let written = api(of)?.set_key(of.names(), key, value, &how).await.map_err(failed)?;
            match output {
                Report::Json => print::json(&written),
                Report::Text => {
                    print::lines([format!("set  {key}  revision {}", written.revision)])
                }
            }
        }
        KvWhat::Delete { key, of } => {
            api(of)?.delete_key(of.names(), key).await.map_err(failed)?;
            print::lines([format!("deleted  {key}")])
        }
        KvWhat::Keys { prefix, output, of } => keys(&api(of)?, of, prefix, *output).await,
        KvWhat::Watch { prefix, output, of } => watch(&api(of)?, of, prefix, *output).await,
    }
}

fn api(of: &OfFunction) -> anyhow::Result<Api> {
    remote::api(&of.remote)
}

/// Every page: alone, the keys are lines for other programs.
async fn keys(api: &Api, of: &OfFunction, prefix: &str, output: Format) -> anyhow::Result<()> {
    let mut all = KeyList::default();
    loop {
        let page = api.keys(of.names(), prefix, all.cursor.as_deref()).await.map_err(failed)?;
        all.keys.extend(page.keys);
        all.cursor = page.cursor;
        if all.cursor.is_none() {
            break;
        }
    }
    match output {
        Format::Table => print::lines(all.keys.into_iter().map(|key| key.key)),
        other => print::value(&all, other, |all| all.keys.iter().map(row).collect()),
    }
}

fn row(key: &KeySummary) -> Vec<String> {
    vec![cell(&key.key), key.bytes.to_string(), key.revision.to_string()]
}

async fn watch(api: &Api, of: &OfFunction, prefix: &str, output: Report) -> anyhow::Result<()> {
    let mut changes = api.watch_keys(of.names(), prefix).await.map_err(failed)?;
    while let Some(change) = changes.next().await.map_err(failed)? {
        print::lines([match output {
            Report::Json => serde_json::to_string(&change)?,
            Report::Text => line(&change)?,
        }])?;
    }
    Ok(())
}

fn line(change: &KeyChange) -> anyhow::Result<String> {
    Ok(match change {
        KeyChange::Set(value) => match &value.text {
            Some(text) => format!("set  {}  {text}", value.key),
            None => format!("set  {}  ({} bytes)", value.key, bytes(value)?.len()),
        },
        KeyChange::Deleted { key, .. } => format!("deleted  {key}"),
        KeyChange::Missed { changes } => {
            format!("… {changes} changes were left out: reading was too slow")
        }
    })
}

fn bytes(value: &KeyValue) -> anyhow::Result<Vec<u8>> {
    match (&value.text, &value.base64) {
        (Some(text), _) => Ok(text.as_bytes().to_vec()),
        (None, base64) => STANDARD
            .decode(base64.as_deref().unwrap_or_default())
            .context("the server's answer is not as expected"),
    }
}

/// Bytes as they are; with a line break for a person.
pub(crate) fn raw(bytes: &[u8]) -> anyhow::Result<()> {
    let ends = bytes.last().is_none_or(|last| *last == b'\n');
    let more: &[u8] = if ends || !std::io::stdout().is_terminal() { b"" } else { b"\n" };
    print::to_stdout(|out| out.write_all(bytes).and_then(|()| out.write_all(more)))
}
