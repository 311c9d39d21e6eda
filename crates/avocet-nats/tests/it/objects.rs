//! Objects in buckets that other clients share.

use std::sync::Arc;

use avocet_backplane::objects::CHUNK_BYTES;
use avocet_backplane::{Bucket, Error, ErrorKind, Incoming, ObjectStore, Result};
use avocet_nats::testing::{Release, Server};
use bytes::Bytes;

use crate::common::{connected, other};

const MANY: usize = 40 * CHUNK_BYTES + 7;

fn bucket() -> Bucket {
    Bucket::objects("default", "shop")
}

fn bytes(size: usize, seed: u8) -> Vec<u8> {
    (0..size).map(|n| (n as u8).wrapping_mul(31).wrapping_add(seed)).collect()
}

/// Pieces of odd sizes.
fn pieces(data: &[u8]) -> Incoming<Result<Bytes>> {
    let pieces: Vec<_> =
        data.chunks(100_003).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Incoming::ready(pieces)
}

async fn read(store: &Arc<dyn ObjectStore>, name: &str) -> Option<Vec<u8>> {
    let object = store.get(&bucket(), name).await.unwrap()?;
    Some(object.read(1 << 30).await.unwrap())
}

#[tokio::test]
async fn objects_are_stored_replaced_and_deleted() {
    for release in Release::ALL {
        let server = Server::start(release);
        let store = connected(&server).await.objects(1 << 30);
        assert!(store.get(&bucket(), "a").await.unwrap().is_none());
        assert!(!store.delete(&bucket(), "a").await.unwrap());
        let (small, large) = (bytes(5, 1), bytes(MANY, 2));
        let info = store.put(&bucket(), "a b/ü", pieces(&large)).await.unwrap();
        assert_eq!((info.bytes, info.chunks), (MANY as u64, 41));
        assert_eq!(store.info(&bucket(), "a b/ü").await.unwrap(), Some(info.clone()));
        store.put(&bucket(), "empty", pieces(&[])).await.unwrap();
        assert_eq!(read(&store, "a b/ü").await.unwrap(), large);
        assert_eq!(read(&store, "empty").await.unwrap(), b"");
        let names: Vec<_> =
            store.list(&bucket()).await.unwrap().into_iter().map(|info| info.name).collect();
        assert_eq!(names, ["a b/ü", "empty"]);
        // Whoever reads one while it is replaced reads it to its end.
        let mut object = store.get(&bucket(), "a b/ü").await.unwrap().unwrap();
        let mut got = object.data.next().await.unwrap().unwrap().to_vec();
        store.put(&bucket(), "a b/ü", pieces(&small)).await.unwrap();
        assert_eq!(read(&store, "a b/ü").await.unwrap(), small);
        assert!(store.delete(&bucket(), "a b/ü").await.unwrap());
        while let Some(piece) = object.data.next().await {
            got.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(got, large);
        assert!(store.get(&bucket(), "a b/ü").await.unwrap().is_none());
        assert_eq!(store.list(&bucket()).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_breaks_off_or_does_not_fit_leaves_nothing() {
    for release in Release::ALL {
        let server = Server::start(release);
        let store = connected(&server).await.objects(1 << 20);
        store.put(&bucket(), "a", pieces(b"old")).await.unwrap();
        let broken = vec![
            Ok(Bytes::from(bytes(300_000, 3))),
            Err(Error::BrokenOff { what: "it".into(), reason: "gone".into() }),
        ];
        let error = store.put(&bucket(), "a", Incoming::ready(broken)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let error = store.put(&bucket(), "a", pieces(&bytes(1_100_000, 4))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(error.to_string().contains("\"a\""), "{error}");
        assert_eq!(read(&store, "a").await.unwrap(), b"old");
        store.put(&bucket(), "b", pieces(&bytes(900_000, 5))).await.unwrap();
    }
}

#[tokio::test]
async fn a_damaged_object_is_noticed() {
    let server = Server::start(Release::New);
    let store = connected(&server).await.objects(1 << 30);
    store.put(&bucket(), "a", pieces(&bytes(300_000, 6))).await.unwrap();
    let client = other(&server).await;
    let jetstream = async_nats::jetstream::new(client);
    let stream = jetstream.get_stream("OBJ_hs_default_shop_obj").await.unwrap();
    stream.delete_message(2).await.unwrap();
    let object = store.get(&bucket(), "a").await.unwrap().unwrap();
    let error = object.read(1 << 30).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
}

#[tokio::test]
async fn an_acknowledged_object_survives_a_killed_server() {
    let mut server = Server::start(Release::Old);
    let nats = connected(&server).await;
    let store = nats.objects(1 << 30);
    let data = bytes(MANY, 7);
    store.put(&bucket(), "a", pieces(&data)).await.unwrap();
    server.kill();
    server.restart();
    nats.link().wait_for(|link| *link == avocet_nats::Link::Up).await.unwrap();
    assert_eq!(read(&store, "a").await.unwrap(), data);
}
