//! Objects of a function.

use std::sync::Arc;

use avocet_backplane::objects::{Object, ObjectInfo, check_name};
use avocet_backplane::{Bucket, Incoming, ObjectStore};
use avocet_frames::head::Operation;
use bytes::{Bytes, BytesMut};
use serde_json::{Value, json};

use crate::answer::{self, time};
use crate::transfers::{Download, Transfers, Upload};
use crate::{Answer, Owner, in_time};

/// Bytes of an object that travel at once: all of a small one, the beginning of a large one, and
/// every further piece.
const ONCE: usize = 1 << 20;
const PIECE: usize = 256 << 10;

/// The object store, and the transfers that are under way.
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    transfers: Arc<Transfers>,
}

impl Objects {
    pub(crate) fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, transfers: Arc::default() }
    }

    pub(crate) async fn call(&self, owner: &Owner, operation: Operation, body: Bytes) -> Answer {
        let bucket = Bucket::objects(&owner.namespace, &owner.name);
        answer::of(self.run(owner, &bucket, operation, body).await)
    }

    async fn run(
        &self,
        owner: &Owner,
        bucket: &Bucket,
        operation: Operation,
        body: Bytes,
    ) -> Result<Answer, Answer> {
        match operation {
            Operation::ObjectPut { name } => {
                check(&name)?;
                let data = Incoming::ready([Ok(body)]);
                let stored = in_time(self.store.put(bucket, &name, data)).await?;
                Ok(Answer::value(info(&stored)))
            }
            Operation::ObjectBegin { name } => {
                check(&name)?;
                let upload = Upload::begin(&*self.store, bucket, &name);
                Ok(Answer::value(self.transfers.add_upload(owner, upload)?))
            }
            Operation::ObjectWrite { transfer } => {
                self.transfers.upload(owner, transfer)?.write(body).await?;
                Ok(Answer::done())
            }
            Operation::ObjectCommit { transfer } => {
                let upload = self.transfers.upload(owner, transfer)?;
                let stored = upload.commit().await;
                self.transfers.remove(owner, transfer);
                Ok(Answer::value(info(&stored?)))
            }
            Operation::ObjectAbort { transfer } => {
                self.transfers.remove(owner, transfer);
                Ok(Answer::done())
            }
            Operation::ObjectGet { name } => self.get(owner, bucket, &name).await,
            Operation::ObjectRead { transfer } => self.read(owner, transfer).await,
            Operation::ObjectDelete { name } => {
                check(&name)?;
                in_time(self.store.delete(bucket, &name)).await?;
                Ok(Answer::done())
            }
            Operation::ObjectList => {
                let all = in_time(self.store.list(bucket)).await?;
                Ok(Answer::value(all.iter().map(info).collect::<Vec<Value>>()))
            }
            _ => Ok(Answer::error(501, "this is no operation on objects")),
        }
    }

    async fn get(&self, owner: &Owner, bucket: &Bucket, name: &str) -> Result<Answer, Answer> {
        check(name)?;
        let object = in_time(self.store.get(bucket, name)).await?;
        let Some(Object { info: known, data }) = object else {
            return Err(Answer::missing("object"));
        };
        let download = Arc::new(Download::new(data));
        let small = known.bytes <= ONCE as u64;
        let body = download.read(if small { usize::MAX } else { PIECE }).await?;
        let transfer = match small {
            true => Value::Null,
            false => self.transfers.add_download(owner, download)?.into(),
        };
        let value = json!({ "info": info(&known), "transfer": transfer });
        Ok(Answer { body, ..Answer::value(value) })
    }

    async fn read(&self, owner: &Owner, transfer: u64) -> Result<Answer, Answer> {
        let download = self.transfers.download(owner, transfer)?;
        let read = download.read(PIECE).await;
        // An empty piece is the end.
        if read.as_ref().map_or(true, Bytes::is_empty) {
            self.transfers.remove(owner, transfer);
        }
        read.map(Answer::bytes)
    }
}

impl Download {
    /// Pieces together, until they are `enough` bytes or the object ends.
    async fn read(&self, enough: usize) -> Result<Bytes, Answer> {
        let mut all = BytesMut::new();
        while all.len() < enough {
            match self.next().await? {
                Some(piece) if all.is_empty() && piece.len() >= enough => return Ok(piece),
                Some(piece) => all.extend_from_slice(&piece),
                None => break,
            }
        }
        Ok(all.freeze())
    }
}

fn check(name: &str) -> Result<(), Answer> {
    check_name(name).map_err(|error| Answer::from(&error))
}

/// The info of an object, as functions see it.
fn info(info: &ObjectInfo) -> Value {
    json!({
        "name": info.name,
        "size": info.bytes,
        "chunks": info.chunks,
        "digest": info.digest.to_string(),
        "mtime": time(info.modified_ms),
    })
}
