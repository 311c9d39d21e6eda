//! Transfers of large objects, piece by piece.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use avocet_backplane::objects::ObjectInfo;
use avocet_backplane::{Bucket, Error, Incoming, ObjectStore, Result as StoreResult};
use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::{Answer, Owner, STORE_TIME};

/// Transfers of all functions, and of one.
const MAX_TRANSFERS: usize = 1024;
const MAX_OF_ONE: usize = 32;

/// Time between two pieces, after which a transfer is given up.
const IDLE: Duration = Duration::from_secs(60);

/// Pieces of an upload that wait for the store.
const WAITING: usize = 4;

/// Transfers that are under way.
#[derive(Default)]
pub(crate) struct Transfers {
    open: Mutex<HashMap<u64, Open>>,
    last: AtomicU64,
}

struct Open {
    owner: Arc<Owner>,
    used: Instant,
    transfer: Transfer,
}

#[derive(Clone)]
enum Transfer {
    Upload(Arc<Upload>),
    Download(Arc<Download>),
}

impl Transfers {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add_upload(
        self: &Arc<Self>,
        owner: &Owner,
        upload: Upload,
    ) -> Result<u64, Answer> {
        self.add(owner, Transfer::Upload(Arc::new(upload)))
    }

    pub(crate) fn add_download(
        self: &Arc<Self>,
        owner: &Owner,
        download: Arc<Download>,
    ) -> Result<u64, Answer> {
        self.add(owner, Transfer::Download(download))
    }

    fn add(self: &Arc<Self>, owner: &Owner, transfer: Transfer) -> Result<u64, Answer> {
        let mut open = self.open();
        let own = open.values().filter(|other| *other.owner == *owner).count();
        if own >= MAX_OF_ONE || open.len() >= MAX_TRANSFERS {
            let why = format!("{own} transfers of the function are under way; finish one first");
            return Err(Answer::error(429, why));
        }
        let number = self.last.fetch_add(1, Relaxed) + 1;
        let owner = Arc::new(owner.clone());
        open.insert(number, Open { owner, used: Instant::now(), transfer });
        tokio::spawn(expire(Arc::downgrade(self), number));
        Ok(number)
    }

    /// The transfer, where it is this function's.
    fn find(&self, owner: &Owner, number: u64) -> Result<Transfer, Answer> {
        let mut open = self.open();
        match open.get_mut(&number).filter(|open| *open.owner == *owner) {
            Some(open) => {
                open.used = Instant::now();
                Ok(open.transfer.clone())
            }
            None => Err(Answer::error(404, "the transfer is over, or was idle for too long")),
        }
    }

    pub(crate) fn upload(&self, owner: &Owner, number: u64) -> Result<Arc<Upload>, Answer> {
        match self.find(owner, number)? {
            Transfer::Upload(upload) => Ok(upload),
            Transfer::Download(_) => Err(Answer::error(400, "the transfer is a download")),
        }
    }

    pub(crate) fn download(&self, owner: &Owner, number: u64) -> Result<Arc<Download>, Answer> {
        match self.find(owner, number)? {
            Transfer::Download(download) => Ok(download),
            Transfer::Upload(_) => Err(Answer::error(400, "the transfer is an upload")),
        }
    }

    pub(crate) fn remove(&self, owner: &Owner, number: u64) {
        let mut open = self.open();
        if open.get(&number).is_some_and(|open| *open.owner == *owner) {
            open.remove(&number);
        }
    }
}

/// Gives a transfer up once it is idle for too long.
async fn expire(transfers: std::sync::Weak<Transfers>, number: u64) {
    loop {
        let Some(strong) = transfers.upgrade() else { return };
        let at = match strong.open().get(&number) {
            Some(open) => open.used + IDLE,
            None => return,
        };
        if at <= Instant::now() {
            strong.open().remove(&number);
            return;
        }
        drop(strong);
        tokio::time::sleep_until(at).await;
    }
}

/// A piece on its way to the store.
enum Piece {
    Data(Bytes),
    /// The object is complete. Where the pieces end without it, nothing is stored.
    End,
}

/// An object that is written.
pub(crate) struct Upload {
    pieces: mpsc::Sender<Piece>,
    storing: tokio::sync::Mutex<Option<JoinHandle<StoreResult<ObjectInfo>>>>,
}

impl Upload {
    pub(crate) fn begin(store: &dyn ObjectStore, bucket: &Bucket, name: &str) -> Self {
        let (pieces, received) = mpsc::channel(WAITING);
        let data = Incoming::new(Pieces { received, name: name.to_owned(), over: false });
        let storing = tokio::spawn(store.put(bucket, name, data));
        Self { pieces, storing: tokio::sync::Mutex::new(Some(storing)) }
    }

    /// Hands a piece to the store, when it takes it.
    pub(crate) async fn write(&self, data: Bytes) -> Result<(), Answer> {
        self.send(Piece::Data(data)).await
    }

    /// Completes the object.
    pub(crate) async fn commit(&self) -> Result<ObjectInfo, Answer> {
        self.send(Piece::End).await?;
        self.result().await
    }

    async fn send(&self, piece: Piece) -> Result<(), Answer> {
        match tokio::time::timeout(STORE_TIME, self.pieces.send(piece)).await {
            Ok(Ok(())) => Ok(()),
            // The store takes no more: it says why.
            Ok(Err(_)) => match self.result().await {
                Ok(_) => Err(Answer::error(400, "the object is complete already")),
                Err(why) => Err(why),
            },
            Err(_) => Err(Answer::error(504, format!("the store took nothing for {STORE_TIME:?}"))),
        }
    }

    async fn result(&self) -> Result<ObjectInfo, Answer> {
        let Some(storing) = self.storing.lock().await.take() else {
            return Err(Answer::error(404, "the transfer is over"));
        };
        match tokio::time::timeout(STORE_TIME, storing).await {
            Ok(Ok(stored)) => stored.map_err(|error| Answer::from(&error)),
            Ok(Err(_)) => Err(Answer::error(500, "the store failed")),
            Err(_) => Err(Answer::error(504, format!("the store took longer than {STORE_TIME:?}"))),
        }
    }
}

struct Pieces {
    received: mpsc::Receiver<Piece>,
    name: String,
    over: bool,
}

impl Stream for Pieces {
    type Item = StoreResult<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let piece = std::task::ready!(self.received.poll_recv(cx));
        self.over = !matches!(piece, Some(Piece::Data(_)));
        Poll::Ready(match piece {
            Some(Piece::Data(data)) => Some(Ok(data)),
            Some(Piece::End) => None,
            None => {
                let what = format!("object {:?}", self.name);
                let reason = "its function gave it up".to_owned();
                Some(Err(Error::BrokenOff { what, reason }))
            }
        })
    }
}

/// An object that is read.
pub(crate) struct Download {
    data: tokio::sync::Mutex<Incoming<StoreResult<Bytes>>>,
}

impl Download {
    pub(crate) fn new(data: Incoming<StoreResult<Bytes>>) -> Self {
        Self { data: tokio::sync::Mutex::new(data) }
    }

    /// The next piece; `None` at the end.
    pub(crate) async fn next(&self) -> Result<Option<Bytes>, Answer> {
        let mut data = self.data.lock().await;
        match tokio::time::timeout(STORE_TIME, data.next()).await {
            Ok(Some(piece)) => piece.map(Some).map_err(|error| Answer::from(&error)),
            Ok(None) => Ok(None),
            Err(_) => Err(Answer::error(504, format!("the store gave nothing for {STORE_TIME:?}"))),
        }
    }
}
