//! Storing objects.

use std::sync::Arc;

use avocet_backplane::objects::{CHUNK_BYTES, ObjectInfo};
use avocet_backplane::{Bucket, Incoming, Pending, Result};
use bytes::Bytes;

use super::Shared;
use super::draft::{Draft, Sum};
use super::read;
use super::write::{Request, Source, room};

/// Bytes that are written at once.
const WRITE_BYTES: usize = 512 << 10;

/// Pieces that came and are not written yet.
#[derive(Default)]
struct Pieces {
    all: Vec<Bytes>,
    bytes: usize,
}

pub(super) async fn put(
    shared: Arc<Shared>,
    bucket: Bucket,
    name: String,
    mut data: Incoming<Result<Bytes>>,
) -> Result<ObjectInfo> {
    let taken = {
        let (bucket, name) = (bucket.clone(), name.clone());
        shared.readers.read(move |db| Ok(read::taken(db, &bucket, &name)?)).await?
    };
    let mut draft: Option<Draft> = None;
    let mut syncing: Option<Pending<()>> = None;
    let (mut pieces, mut bytes) = (Pieces::default(), 0_u64);
    while let Some(piece) = data.next().await {
        let piece = piece?;
        bytes += piece.len() as u64;
        room(&bucket, &name, taken + bytes, shared.limit)?;
        pieces.push(piece);
        if pieces.bytes >= WRITE_BYTES {
            let mut written = append(&shared, draft, std::mem::take(&mut pieces)).await?;
            if let Some(next) = written.sync_beside()?
                && let Some(before) = syncing.replace(next)
            {
                before.await?;
            }
            draft = Some(written);
        }
    }
    let (source, sum) = match draft {
        None if pieces.bytes <= CHUNK_BYTES => {
            let whole = pieces.all.concat();
            let sum = Sum::of(&whole);
            (Source::Here(whole), sum)
        }
        draft => {
            let mut draft = append(&shared, draft, pieces).await?;
            if let Some(before) = syncing {
                before.await?;
            }
            let finish = shared.files.run(move || draft.finish().map(|sum| (draft, sum)));
            let (draft, sum) = finish.await?;
            (Source::File(draft), sum)
        }
    };
    let weight = 256 + name.len() + source.weight();
    let Sum { bytes, chunks, digest } = sum;
    let info = ObjectInfo { name, bytes, chunks, digest, modified_ms: shared.clock.now_ms() };
    let request = Request::Put { bucket, info: info.clone(), source };
    let stored = shared.writer.ask(request, weight, |_, mut request: Request| {
        request.keep();
        info
    });
    stored.await
}

impl Pieces {
    fn push(&mut self, piece: Bytes) {
        self.bytes += piece.len();
        self.all.push(piece);
    }
}

async fn append(shared: &Shared, draft: Option<Draft>, pieces: Pieces) -> Result<Draft> {
    let files = Arc::clone(&shared.files);
    let job = move || {
        let mut draft = draft.map_or_else(|| Draft::create(&files), Ok)?;
        draft.append(&pieces.all).map(|()| draft)
    };
    shared.files.run(job).await
}
