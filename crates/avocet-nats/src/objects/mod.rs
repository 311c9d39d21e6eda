//! Objects in JetStream object buckets (ADR-20 of NATS): the stream `OBJ_<bucket>`, whose subjects
//! have the pieces of each object and one message that says what is known of it.

mod meta;
mod read;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_nats::jetstream::stream::{Config, DiscardPolicy};
use avocet_backplane::objects::{Object, ObjectInfo, check_name};
use avocet_backplane::{Bucket, Incoming, ObjectStore, Pending, Result};
use bytes::Bytes;

use crate::calls::Calls;
use crate::stream::last_of_each;
use meta::Meta;

#[derive(Debug, Clone)]
pub(crate) struct NatsObjects {
    calls: Calls,
    /// Size of a bucket.
    bytes: u64,
    readers: Readers,
}

fn stream_of(bucket: &Bucket) -> String {
    format!("OBJ_{bucket}")
}

fn chunks_of(bucket: &Bucket, id: &str) -> String {
    format!("$O.{bucket}.C.{id}")
}

impl ObjectStore for NatsObjects {
    fn put(
        &self,
        bucket: &Bucket,
        name: &str,
        data: Incoming<Result<Bytes>>,
    ) -> Pending<ObjectInfo> {
        match check_name(name) {
            Ok(()) => write::put(self.clone(), bucket.clone(), name.to_owned(), data),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn get(&self, bucket: &Bucket, name: &str) -> Pending<Option<Object>> {
        let (store, bucket, name) = (self.clone(), bucket.clone(), name.to_owned());
        self.checked("get", &bucket.clone(), &name.clone(), async move {
            let Some(meta) = store.meta(&bucket, &name).await? else { return Ok(None) };
            read::object(&store, bucket, meta).map(Some)
        })
    }

    fn info(&self, bucket: &Bucket, name: &str) -> Pending<Option<ObjectInfo>> {
        let (store, bucket, name) = (self.clone(), bucket.clone(), name.to_owned());
        self.checked("info", &bucket.clone(), &name.clone(), async move {
            store.meta(&bucket, &name).await?.map(|meta| meta.info()).transpose()
        })
    }

    fn list(&self, bucket: &Bucket) -> Pending<Vec<ObjectInfo>> {
        let (calls, bucket) = (self.calls.clone(), bucket.clone());
        let what = format!("list of {bucket}");
        self.calls.run(what.clone(), async move {
            let config = last_of_each(format!("$O.{bucket}.M.>"));
            let all = calls.list(&what, &stream_of(&bucket), config).await?;
            let mut infos = Vec::with_capacity(all.len());
            for listed in all {
                let meta = Meta::read(&listed.payload, listed.time_ms)
                    .map_err(|error| calls.failed(&what, error))?;
                if !meta.deleted {
                    infos.push(meta.info()?);
                }
            }
            infos.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            Ok(infos)
        })
    }

    fn delete(&self, bucket: &Bucket, name: &str) -> Pending<bool> {
        let (store, bucket, name) = (self.clone(), bucket.clone(), name.to_owned());
        self.checked("delete", &bucket.clone(), &name.clone(), async move {
            write::delete(&store, &bucket, &name).await
        })
    }

    fn purge(&self, bucket: &Bucket) -> Pending<()> {
        let (calls, stream) = (self.calls.clone(), stream_of(bucket));
        let what = format!("purge of {bucket}");
        self.calls.run(what.clone(), async move { calls.delete_stream(what, &stream).await })
    }
}

impl NatsObjects {
    pub(crate) fn new(calls: Calls, bytes: u64) -> Self {
        Self { calls, bytes, readers: Readers::default() }
    }

    fn checked<T: Send + 'static>(
        &self,
        call: &str,
        bucket: &Bucket,
        name: &str,
        task: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Pending<T> {
        match check_name(name) {
            Ok(()) => self.calls.run(format!("{call} of object {name:?} in {bucket}"), task),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn config(&self, bucket: &Bucket) -> Config {
        Config {
            name: stream_of(bucket),
            subjects: vec![format!("$O.{bucket}.C.>"), format!("$O.{bucket}.M.>")],
            // The limit is held by whoever writes: the server would reserve it, and refuse to replace
            // an object that has more than half of it.
            max_bytes: -1,
            discard: DiscardPolicy::New,
            allow_rollup: true,
            allow_direct: true,
            num_replicas: self.calls.replicas,
            ..Config::default()
        }
    }

    /// State of an object that is there.
    async fn meta(&self, bucket: &Bucket, name: &str) -> Result<Option<Meta>> {
        let what = format!("get of object {name:?} in {bucket}");
        let subject = meta::subject(bucket, name);
        let Some(message) = self.calls.last(&what, &stream_of(bucket), &subject).await? else {
            return Ok(None);
        };
        let time_ms = crate::stream::milliseconds(message.time);
        let meta = Meta::read(&message.payload, time_ms);
        let meta = meta.map_err(|error| self.calls.failed(what, error))?;
        Ok(Some(meta).filter(|meta| !meta.deleted))
    }
}

/// Objects that are being read here, by the number of their pieces: what is replaced or deleted
/// meanwhile goes when its last reader has.
#[derive(Debug, Clone, Default)]
pub(super) struct Readers(Arc<Mutex<HashMap<String, Read>>>);

#[derive(Debug, Default)]
struct Read {
    count: usize,
    is_old: bool,
}

impl Readers {
    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<String, Read>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a reader.
    fn enter(&self, id: &str) {
        self.table().entry(id.to_owned()).or_default().count += 1;
    }

    /// Whether the pieces are not needed any more and this was the last reader.
    fn leave(&self, id: &str) -> bool {
        let mut table = self.table();
        let Some(read) = table.get_mut(id) else { return false };
        read.count -= 1;
        let (is_last, is_old) = (read.count == 0, read.is_old);
        if is_last {
            table.remove(id);
        }
        is_last && is_old
    }

    /// Says that the pieces are not needed any more; whether nobody reads them.
    fn replaced(&self, id: &str) -> bool {
        match self.table().get_mut(id) {
            Some(read) => {
                read.is_old = true;
                false
            }
            None => true,
        }
    }
}
