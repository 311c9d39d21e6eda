//! Keys and values of a function.

use std::time::Duration;

use avocet_backplane::kv::{Entry, KeyList, Write, check_key};
use avocet_backplane::{Bucket, KeyValue};
use avocet_frames::head::Operation;
use bytes::Bytes;
use serde_json::json;

use crate::answer::{self, time};
use crate::{Answer, Owner, in_time};

pub(crate) async fn call(
    kv: &dyn KeyValue,
    owner: &Owner,
    operation: Operation,
    body: Bytes,
) -> Answer {
    let bucket = Bucket::kv(&owner.namespace, &owner.name);
    answer::of(run(kv, &bucket, operation, body).await)
}

async fn run(
    kv: &dyn KeyValue,
    bucket: &Bucket,
    operation: Operation,
    body: Bytes,
) -> Result<Answer, Answer> {
    match operation {
        Operation::KvGet { key } => {
            let entry = get(kv, bucket, &key).await?;
            Ok(entry.map_or_else(|| Answer::missing("key"), |entry| Answer::bytes(entry.value)))
        }
        Operation::KvGetWithMetadata { key } => Ok(with_metadata(get(kv, bucket, &key).await?)),
        Operation::KvSet { key, ttl, if_revision } => {
            let mut write = Write::set(key, body);
            if let Some(seconds) = ttl {
                write = write.ttl(Duration::from_secs(seconds));
            }
            write.if_revision = if_revision;
            let written = in_time(kv.write_one(bucket, write)).await?;
            Ok(Answer::value(json!({ "revision": written.revision })))
        }
        Operation::KvDelete { key } => {
            in_time(kv.write_one(bucket, Write::delete(key))).await?;
            Ok(Answer::done())
        }
        Operation::KvIncrement { key, by } => {
            let written = in_time(kv.write_one(bucket, Write::increment(key, by))).await?;
            Ok(Answer::value(written.number.unwrap_or_default()))
        }
        Operation::KvKeys => Ok(Answer::value(in_time(kv.keys(bucket)).await?)),
        Operation::KvList { prefix, limit, cursor } => {
            let limit = limit.map(|limit| limit as usize);
            let page = in_time(kv.list(bucket, KeyList { prefix, limit, cursor })).await?;
            let keys: Vec<_> = page.keys.into_iter().map(|info| info.key).collect();
            Ok(Answer::value(json!({ "keys": keys, "cursor": page.cursor })))
        }
        _ => Ok(Answer::error(501, "this is no operation on keys")),
    }
}

async fn get(kv: &dyn KeyValue, bucket: &Bucket, key: &str) -> Result<Option<Entry>, Answer> {
    check_key(key).map_err(|error| Answer::from(&error))?;
    in_time(kv.get(bucket, key)).await
}

fn with_metadata(entry: Option<Entry>) -> Answer {
    let Some(Entry { value, revision, created_ms, expires_ms }) = entry else {
        return Answer::missing("key");
    };
    let metadata = json!({
        "revision": revision,
        "created": time(created_ms),
        "expires": expires_ms.map(time),
    });
    Answer { body: value, ..Answer::value(metadata) }
}
