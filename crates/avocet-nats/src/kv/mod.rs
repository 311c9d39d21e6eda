//! Keys and values in JetStream KV buckets (ADR-8 of NATS): the stream `KV_<bucket>`, a subject for
//! each key, whose last message is its value.

mod entry;
mod watch;

use std::fmt::Display;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::stream::{Config, DiscardPolicy};
use avocet_backplane::kv::{
    Entry, KeyInfo, KeyList, KeyPage, Watched, Write, WriteKind, Written, check_key, check_prefix,
    sum,
};
use avocet_backplane::{Bucket, Error, Incoming, KeyValue, Pending, Result};
use bytes::Bytes;

use crate::calls::Calls;
use crate::stream::{Fault, Put, last_of_each};
use entry::{Found, info_of};

/// Attempts at a write whose key somebody else keeps writing.
const ATTEMPTS: usize = 100;

/// First server that can expire single messages.
const TTL_SINCE: (u64, u64) = (2, 11);

/// Time for which a server keeps the sign that a message expired, so that watchers see it.
const MARKER: Duration = Duration::from_secs(60);

const EXPECTED: &str = "Nats-Expected-Last-Subject-Sequence";

#[derive(Debug, Clone)]
pub(crate) struct NatsKeyValue {
    calls: Calls,
    /// Size of a bucket.
    bytes: u64,
}

fn stream_of(bucket: &Bucket) -> String {
    format!("KV_{bucket}")
}

fn subject_of(bucket: &Bucket, key: &str) -> String {
    format!("$KV.{bucket}.{key}")
}

fn key_of<'a>(bucket: &Bucket, subject: &'a str) -> &'a str {
    // `$KV.`, the name and a dot.
    subject.get(bucket.as_str().len() + 5..).unwrap_or_default()
}

impl KeyValue for NatsKeyValue {
    fn get(&self, bucket: &Bucket, key: &str) -> Pending<Option<Entry>> {
        let (store, bucket, key) = (self.clone(), bucket.clone(), key.to_owned());
        self.checked(check_key(&key), format!("get of key {key:?} in {bucket}"), async move {
            Ok(store.found(&bucket, &key).await?.entry())
        })
    }

    fn keys(&self, bucket: &Bucket) -> Pending<Vec<String>> {
        let (store, bucket) = (self.clone(), bucket.clone());
        self.checked(Ok(()), format!("keys of {bucket}"), async move {
            let keys = store.infos(&bucket).await?;
            Ok(keys.into_iter().map(|info| info.key).collect())
        })
    }

    fn list(&self, bucket: &Bucket, list: KeyList) -> Pending<KeyPage> {
        let (store, bucket) = (self.clone(), bucket.clone());
        self.checked(check_prefix(&list.prefix), format!("list of {bucket}"), async move {
            let mut keys = store.infos(&bucket).await?;
            keys.retain(|info| {
                info.key.starts_with(&list.prefix)
                    && list.cursor.as_ref().is_none_or(|cursor| info.key > *cursor)
            });
            let more = keys.len() > list.limit();
            keys.truncate(list.limit());
            let last = keys.last().map(|info| info.key.clone());
            Ok(KeyPage { keys, cursor: last.filter(|_| more) })
        })
    }

    fn watch(&self, bucket: &Bucket, prefix: &str) -> Pending<Incoming<Watched>> {
        let (store, bucket, prefix) = (self.clone(), bucket.clone(), prefix.to_owned());
        let checked = check_prefix(&prefix);
        self.checked(checked, format!("watch of {bucket}"), async move {
            let what = format!("watch of {bucket}");
            store.calls.ensure(&what, store.config(&bucket)).await?;
            watch::watch(store.calls, bucket, prefix).await
        })
    }

    fn write(&self, bucket: &Bucket, writes: Vec<Write>) -> Pending<Vec<Written>> {
        let (store, bucket) = (self.clone(), bucket.clone());
        let what = match &*writes {
            [one] => format!("write of key {:?} in {bucket}", one.key),
            several => format!("{} writes in {bucket}", several.len()),
        };
        let checked = Write::check(&writes).and_then(|()| self.can_expire(&writes));
        self.checked(checked, what, async move {
            let mut all = Vec::with_capacity(writes.len());
            for write in writes {
                all.push(store.write_now(&bucket, write).await?);
            }
            Ok(all)
        })
    }

    fn purge(&self, bucket: &Bucket) -> Pending<()> {
        let (calls, stream) = (self.calls.clone(), stream_of(bucket));
        let what = format!("purge of {bucket}");
        self.calls.run(what.clone(), async move { calls.delete_stream(what, &stream).await })
    }
}

impl NatsKeyValue {
    pub(crate) fn new(calls: Calls, bytes: u64) -> Self {
        Self { calls, bytes }
    }

    fn checked<T: Send + 'static>(
        &self,
        checked: Result<()>,
        what: impl Display + Send + 'static,
        call: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Pending<T> {
        match checked {
            Ok(()) => self.calls.run(what, call),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn can_expire(&self, writes: &[Write]) -> Result<()> {
        let expires = |write: &&Write| matches!(write.kind, WriteKind::Set { ttl: Some(_), .. });
        match writes.iter().find(expires) {
            Some(write) if self.calls.version < TTL_SINCE => Err(no_ttl(&self.calls, &write.key)),
            _ => Ok(()),
        }
    }

    fn config(&self, bucket: &Bucket) -> Config {
        let expires = self.calls.version >= TTL_SINCE;
        Config {
            name: stream_of(bucket),
            subjects: vec![format!("$KV.{bucket}.>")],
            max_messages_per_subject: 1,
            max_bytes: i64::try_from(self.bytes).unwrap_or(i64::MAX),
            discard: DiscardPolicy::New,
            allow_rollup: true,
            deny_delete: true,
            allow_direct: true,
            num_replicas: self.calls.replicas,
            allow_message_ttl: expires,
            subject_delete_marker_ttl: expires.then_some(MARKER),
            ..Config::default()
        }
    }

    /// State of a key.
    async fn found(&self, bucket: &Bucket, key: &str) -> Result<Found> {
        let what = format!("get of key {key:?} in {bucket}");
        let last = self.calls.last(what, &stream_of(bucket), &subject_of(bucket, key)).await?;
        Ok(last.map_or(Found::default(), Found::of))
    }

    /// Every key, in order.
    async fn infos(&self, bucket: &Bucket) -> Result<Vec<KeyInfo>> {
        let config = last_of_each(format!("$KV.{bucket}.>"));
        let config = async_nats::jetstream::consumer::pull::Config { headers_only: true, ..config };
        let what = format!("list of {bucket}");
        let all = self.calls.list(what, &stream_of(bucket), config).await?;
        let mut keys: Vec<KeyInfo> = all
            .iter()
            .filter_map(|listed| info_of(listed, key_of(bucket, &listed.subject)))
            .collect();
        keys.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(keys)
    }

    async fn write_now(&self, bucket: &Bucket, write: Write) -> Result<Written> {
        let Write { key, kind, if_revision } = write;
        match kind {
            WriteKind::Set { value, ttl } => {
                let mut headers = HeaderMap::new();
                expire(&mut headers, ttl);
                let put = self.message(bucket, &key, headers, value);
                let revision = match if_revision {
                    None => self.put(bucket, &key, put).await?,
                    Some(expected) => self.put_if(bucket, &key, put, expected).await?,
                };
                Ok(Written { revision, number: None })
            }
            WriteKind::Delete => self.delete(bucket, &key, if_revision).await,
            WriteKind::Increment { by } => self.increment(bucket, &key, by, if_revision).await,
        }
    }

    fn message(&self, bucket: &Bucket, key: &str, headers: HeaderMap, payload: Bytes) -> Put {
        Put { subject: subject_of(bucket, key), headers, payload }
    }

    /// Puts if the key has this revision; 0: if it is not there.
    async fn put_if(&self, bucket: &Bucket, key: &str, put: Put, expected: u64) -> Result<u64> {
        for _ in 0..ATTEMPTS {
            // What was deleted still has a last message.
            let found = match expected {
                0 => self.found(bucket, key).await?,
                revision => Found { sequence: revision, ..Found::default() },
            };
            if expected == 0 && found.entry.is_some() {
                break;
            }
            match self.try_put(bucket, key, put.clone(), Some(found.sequence)).await {
                Ok(revision) => return Ok(revision),
                Err(Fault::OtherSequence) if expected == 0 => {}
                Err(Fault::OtherSequence) => break,
                Err(fault) => return Err(self.error(bucket, key, put.payload.len(), fault).await),
            }
        }
        let found = self.found(bucket, key).await?;
        Err(other_revision(bucket, key, expected, &found))
    }

    async fn put(&self, bucket: &Bucket, key: &str, put: Put) -> Result<u64> {
        let size = put.payload.len();
        match self.try_put(bucket, key, put, None).await {
            Ok(revision) => Ok(revision),
            Err(fault) => Err(self.error(bucket, key, size, fault).await),
        }
    }

    /// Puts; makes the bucket where it is missing, and room where deleted keys take it.
    async fn try_put(
        &self,
        bucket: &Bucket,
        key: &str,
        mut put: Put,
        expected: Option<u64>,
    ) -> std::result::Result<u64, Fault> {
        if let Some(expected) = expected {
            put.headers.insert(EXPECTED, expected.to_string());
        }
        let what = format!("write of key {key:?} in {bucket}");
        match self.calls.put(&what, put.clone()).await {
            Err(Fault::NoStream) => {
                self.calls.ensure(&what, self.config(bucket)).await.map_err(Fault::Other)?;
            }
            Err(Fault::NoTtl) => self.allow_ttl(bucket).await.map_err(Fault::Other)?,
            Err(Fault::Full) => {
                if self.sweep(bucket).await.map_err(Fault::Other)? == 0 {
                    return Err(Fault::Full);
                }
            }
            result => return result,
        }
        self.calls.put(what, put).await
    }

    /// Lets a bucket that somebody else made expire single messages.
    async fn allow_ttl(&self, bucket: &Bucket) -> Result<()> {
        let what = format!("change of {bucket}");
        let stream = self.calls.jetstream.get_stream(stream_of(bucket)).await;
        let stream = stream.map_err(|error| self.calls.failed(&what, error))?;
        let config = stream.cached_info().config.clone();
        let config = Config { allow_message_ttl: true, ..config };
        let updated = self.calls.jetstream.update_stream(config).await;
        updated.map(drop).map_err(|error| self.calls.failed(what, error))
    }

    /// Takes away the signs of deleted keys, which the server counts too; gives their number.
    async fn sweep(&self, bucket: &Bucket) -> Result<usize> {
        let (what, stream) = (format!("sweep of {bucket}"), stream_of(bucket));
        let config = last_of_each(format!("$KV.{bucket}.>"));
        let config = async_nats::jetstream::consumer::pull::Config { headers_only: true, ..config };
        let all = self.calls.list(&what, &stream, config).await?;
        let gone = all.iter().filter(|listed| info_of(listed, "").is_none());
        let mut count = 0;
        for listed in gone {
            self.calls.purge(&what, &stream, &listed.subject).await?;
            count += 1;
        }
        Ok(count)
    }

    async fn delete(&self, bucket: &Bucket, key: &str, expected: Option<u64>) -> Result<Written> {
        let found = self.found(bucket, key).await?;
        if found.entry.is_none() {
            if let Some(expected) = expected.filter(|expected| *expected != 0) {
                return Err(other_revision(bucket, key, expected, &found));
            }
            return Ok(Written { revision: self.last_revision(bucket).await?, number: None });
        }
        let mut headers = HeaderMap::new();
        headers.insert("KV-Operation", "DEL");
        let put = self.message(bucket, key, headers, Bytes::new());
        let revision = match expected {
            None => self.put(bucket, key, put).await?,
            Some(expected) => self.put_if(bucket, key, put, expected).await?,
        };
        Ok(Written { revision, number: None })
    }

    async fn last_revision(&self, bucket: &Bucket) -> Result<u64> {
        let stream = stream_of(bucket);
        let what = format!("write in {bucket}");
        if !self.calls.has_stream(&what, &stream).await? {
            return Ok(0);
        }
        let stream = self.calls.jetstream.get_stream(stream).await;
        let stream = stream.map_err(|error| self.calls.failed(what, error))?;
        Ok(stream.cached_info().state.last_sequence)
    }

    async fn increment(
        &self,
        bucket: &Bucket,
        key: &str,
        by: i64,
        expected: Option<u64>,
    ) -> Result<Written> {
        for _ in 0..ATTEMPTS {
            let found = self.found(bucket, key).await?;
            let revision = found.entry.as_ref().map_or(0, |entry| entry.revision);
            if let Some(expected) = expected.filter(|expected| *expected != revision) {
                return Err(other_revision(bucket, key, expected, &found));
            }
            let value = found.entry.as_ref().map(|entry| &entry.value[..]);
            let number = sum(key, value, by)?;
            let mut headers = HeaderMap::new();
            expire(&mut headers, found.time_left());
            let put = self.message(bucket, key, headers, number.to_string().into());
            let size = put.payload.len();
            match self.try_put(bucket, key, put, Some(found.sequence)).await {
                Ok(revision) => return Ok(Written { revision, number: Some(number) }),
                Err(Fault::OtherSequence) => {}
                Err(fault) => return Err(self.error(bucket, key, size, fault).await),
            }
        }
        Err(Error::Busy)
    }

    /// Error of a write.
    async fn error(&self, bucket: &Bucket, key: &str, size: usize, fault: Fault) -> Error {
        match fault {
            Fault::Other(error) => error,
            Fault::OtherSequence | Fault::NoStream => Error::Busy,
            Fault::NoTtl => no_ttl(&self.calls, key),
            Fault::Full => {
                let what = format!("key {key:?}");
                let stream = self.calls.jetstream.get_stream(stream_of(bucket)).await;
                let Ok(stream) = stream else {
                    return Error::StorageFull { place: self.calls.place(what) };
                };
                let info = stream.cached_info();
                let limit = u64::try_from(info.config.max_bytes).unwrap_or(u64::MAX);
                let needed = info.state.bytes + (size + key.len()) as u64;
                if needed < limit / 2 {
                    return Error::StorageFull { place: self.calls.place(what) };
                }
                let needed = needed.max(limit.saturating_add(1));
                Error::BucketFull { bucket: bucket.clone(), what, needed, limit }
            }
        }
    }
}

fn expire(headers: &mut HeaderMap, ttl: Option<Duration>) {
    if let Some(ttl) = ttl {
        // Whole seconds are what the server knows: never shorter than asked for.
        let seconds = ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0);
        headers.insert("Nats-TTL", format!("{seconds}s"));
    }
}

fn no_ttl(calls: &Calls, key: &str) -> Error {
    let (major, minor) = calls.version;
    Error::Unsupported {
        what: format!("a ttl for key {key:?}"),
        needs: format!(
            "nats-server {major}.{minor} cannot expire single keys, 2.11 or later is needed"
        ),
    }
}

fn other_revision(bucket: &Bucket, key: &str, expected: u64, found: &Found) -> Error {
    Error::Revision {
        bucket: bucket.clone(),
        key: key.to_owned(),
        expected,
        found: found.entry.as_ref().map_or(0, |entry| entry.revision),
    }
}
