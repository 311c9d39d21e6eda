//! Keys and values of functions.

use avocet_api::{KeyChange, KeyList, KeySummary, KeyValue, KeyWritten};
use avocet_backplane::Bucket;
use avocet_backplane::kv::{Entry, KeyInfo, Watched, Write};

use super::answer::{json, no_content};
use super::lines::{either, lines};
use super::time::{duration, rfc3339};
use super::{Admin, Answered, Asked, Problem};

impl Admin {
    /// Keys, or with `watch=true` their changes.
    pub(super) async fn keys(&self, asked: &Asked<'_>) -> Answered {
        let [namespace, name] = asked.decoded()?;
        let bucket = Bucket::kv(&namespace, &name);
        let prefix = asked.parameter("prefix").unwrap_or_default();
        if asked.flag("watch")? {
            let watch = self.stores.kv.watch(&bucket, prefix).await?;
            return Ok(lines(watch, change, self.draining.clone()));
        }
        let list = avocet_backplane::kv::KeyList {
            prefix: prefix.to_owned(),
            limit: asked.parsed("limit", "a number of keys")?,
            cursor: asked.parameter("cursor").map(str::to_owned),
        };
        let page = self.stores.kv.list(&bucket, list).await?;
        json(&KeyList { keys: page.keys.into_iter().map(summary).collect(), cursor: page.cursor })
    }

    pub(super) async fn key(&self, asked: &Asked<'_>) -> Answered {
        let (bucket, key) = key(asked)?;
        match self.stores.kv.get(&bucket, &key).await? {
            Some(entry) => json(&value(key, &entry)),
            None => Err(missing(asked, &key)),
        }
    }

    pub(super) async fn write_key(&self, asked: &Asked<'_>) -> Answered {
        let (bucket, key) = key(asked)?;
        let mut write = Write::set(key, asked.body.clone());
        if let Some(ttl) = asked.parameter("ttl") {
            write = write.ttl(duration("ttl", ttl)?);
        }
        write.if_revision = asked.parsed("ifRevision", "a revision")?;
        let written = self.stores.kv.write_one(&bucket, write).await?;
        json(&KeyWritten { revision: written.revision })
    }

    pub(super) async fn delete_key(&self, asked: &Asked<'_>) -> Answered {
        let (bucket, key) = key(asked)?;
        if self.stores.kv.get(&bucket, &key).await?.is_none() {
            return Err(missing(asked, &key));
        }
        self.stores.kv.write_one(&bucket, Write::delete(key)).await?;
        Ok(no_content())
    }
}

fn key(asked: &Asked<'_>) -> Result<(Bucket, String), Problem> {
    let [namespace, name, key] = asked.decoded()?;
    Ok((Bucket::kv(&namespace, &name), key))
}

fn missing(asked: &Asked<'_>, key: &str) -> Problem {
    let function = asked.segments.get(..2).unwrap_or_default().join("/");
    Problem::not_found(format!("there is no key {key:?} of function {function}"))
}

fn summary(info: KeyInfo) -> KeySummary {
    let KeyInfo { key, bytes, revision, created_ms, expires_ms } = info;
    let (created, expires) = (rfc3339(created_ms), expires_ms.map(rfc3339));
    KeySummary { key, bytes, revision, created, expires }
}

fn value(key: String, entry: &Entry) -> KeyValue {
    let (text, base64) = either(&entry.value);
    let (created, expires) = (rfc3339(entry.created_ms), entry.expires_ms.map(rfc3339));
    KeyValue { key, text, base64, revision: entry.revision, created, expires }
}

fn change(watched: Watched) -> KeyChange {
    match watched {
        Watched::Set { key, entry } => KeyChange::Set(value(key, &entry)),
        Watched::Deleted { key, revision } => KeyChange::Deleted { key, revision },
        Watched::Missed(changes) => KeyChange::Missed { changes },
    }
}
