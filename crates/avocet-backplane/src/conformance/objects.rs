//! Cases for objects.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use super::ObjectWorld;
use crate::objects::{CHUNK_BYTES, MAX_NAME_BYTES, ObjectInfo};
use crate::{Bucket, Error, ErrorKind, Incoming, ObjectStore, Result, wait};

type Case = fn(&dyn ObjectWorld);

pub(super) const CASES: &[(&str, Case)] = &[
    ("an object comes back as it was put, whatever its size", keeps_objects),
    ("objects of several buckets are apart", separates),
    ("names are any text but the empty one", names),
    ("an object is listed with its digest", lists),
    ("putting again replaces, deleting deletes", replaces),
    ("an upload that breaks off leaves the old object", breaks_off),
    ("an upload that is dropped leaves nothing", drops),
    ("who reads an object reads it to its end", reads_on),
    ("an object over the bucket's size is refused before its end", bounds),
    ("objects that are put at the same time are whole", puts_at_once),
    ("a purged bucket is empty", purges),
    ("what was acknowledged is there after a restart", restarts),
    ("an object that was damaged is not given as whole", finds_damage),
];

fn bucket() -> Bucket {
    Bucket::objects("shop", "cart")
}

/// Bytes that differ from place to place.
fn bytes(size: usize, seed: u8) -> Vec<u8> {
    (0..size).map(|n| (n as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0] ^ seed).collect()
}

fn pieces(data: &[u8], size: usize) -> Incoming<Result<Bytes>> {
    let pieces: Vec<_> = data.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Incoming::ready(pieces)
}

fn put(store: &dyn ObjectStore, name: &str, data: &[u8]) -> ObjectInfo {
    wait(store.put(&bucket(), name, pieces(data, 50_000))).unwrap()
}

fn read(store: &dyn ObjectStore, name: &str) -> Option<Vec<u8>> {
    let found = wait(store.get(&bucket(), name)).unwrap()?;
    Some(wait(found.read(64 << 20)).unwrap())
}

fn list(store: &dyn ObjectStore) -> Vec<String> {
    wait(store.list(&bucket())).unwrap().into_iter().map(|info| info.name).collect()
}

fn keeps_objects(world: &dyn ObjectWorld) {
    let store = &*world.open();
    assert!(wait(store.get(&bucket(), "a")).unwrap().is_none());
    for size in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 1_500_000] {
        let data = bytes(size, 7);
        for piece in [1 << 16, 1 << 20] {
            let info = wait(store.put(&bucket(), "a", pieces(&data, piece))).unwrap();
            assert_eq!((info.bytes, info.chunks), (size as u64, size.div_ceil(CHUNK_BYTES) as u64));
            let mut found = wait(store.get(&bucket(), "a")).unwrap().unwrap();
            assert_eq!(found.info, info);
            let mut whole = Vec::new();
            while let Some(piece) = wait(found.data.next()) {
                let piece = piece.unwrap();
                assert!(piece.len() <= CHUNK_BYTES);
                whole.extend_from_slice(&piece);
            }
            assert!(whole == data, "{size} {piece}");
        }
    }
    let large = wait(store.get(&bucket(), "a")).unwrap().unwrap();
    assert_eq!(wait(large.read(1000)).unwrap_err().kind(), ErrorKind::TooLarge);
}

fn separates(world: &dyn ObjectWorld) {
    let store = &*world.open();
    put(store, "a", b"1");
    for other in [Bucket::objects("shop", "other"), Bucket::objects("other", "cart")] {
        assert!(wait(store.get(&other, "a")).unwrap().is_none());
        assert!(wait(store.list(&other)).unwrap().is_empty());
        assert!(!wait(store.delete(&other, "a")).unwrap());
    }
    assert_eq!(read(store, "a").unwrap(), b"1");
}

fn names(world: &dyn ObjectWorld) {
    let store = &*world.open();
    let good = ["a b", "a/b.txt", "../x", "*", ">", ".", "Grüße 🥐", "$x", "line\nbreak"];
    for name in good {
        put(store, name, name.as_bytes());
    }
    for name in good {
        assert_eq!(read(store, name).unwrap(), name.as_bytes());
    }
    let mut sorted = good.map(str::to_owned);
    sorted.sort_unstable();
    assert_eq!(list(store), sorted);
    for bad in ["", "a\0b", &"n".repeat(MAX_NAME_BYTES + 1)] {
        let kinds = [
            wait(store.put(&bucket(), bad, pieces(b"x", 1))).unwrap_err().kind(),
            wait(store.get(&bucket(), bad)).unwrap_err().kind(),
            wait(store.info(&bucket(), bad)).unwrap_err().kind(),
            wait(store.delete(&bucket(), bad)).unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::Invalid; 4], "{bad:?}");
    }
}

fn lists(world: &dyn ObjectWorld) {
    let store = &*world.open();
    assert!(wait(store.list(&bucket())).unwrap().is_empty());
    let info = put(store, "hello", b"hello");
    let digest = "SHA-256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    assert_eq!(info.digest.to_string(), digest);
    assert!(info.modified_ms > 1_700_000_000_000);
    assert_eq!(wait(store.info(&bucket(), "hello")).unwrap(), Some(info.clone()));
    assert_eq!(wait(store.list(&bucket())).unwrap(), [info]);
    assert_eq!(wait(store.info(&bucket(), "other")).unwrap(), None);
}

fn replaces(world: &dyn ObjectWorld) {
    let store = &*world.open();
    let (small, large) = (bytes(10, 1), bytes(300_000, 2));
    for data in [&small, &large, &large, &small] {
        put(store, "a", data);
        assert!(read(store, "a").unwrap() == *data);
    }
    put(store, "b", &large);
    assert_eq!(list(store), ["a", "b"]);
    assert!(wait(store.delete(&bucket(), "b")).unwrap());
    assert!(!wait(store.delete(&bucket(), "b")).unwrap());
    assert!(read(store, "b").is_none());
    assert_eq!(list(store), ["a"]);
}

fn breaks_off(world: &dyn ObjectWorld) {
    let store = &*world.open();
    put(store, "old", b"old");
    let broken = |size: usize| {
        let gone = Error::BrokenOff { what: "the upload".into(), reason: "gone".into() };
        Incoming::ready(vec![Ok(Bytes::from(bytes(size, 1))), Err(gone)])
    };
    for size in [10, 2_000_000] {
        for name in ["old", "new"] {
            let error = wait(store.put(&bucket(), name, broken(size))).unwrap_err();
            assert!(matches!(error, Error::BrokenOff { .. }), "{error}");
        }
    }
    assert_eq!(list(store), ["old"]);
    assert_eq!(read(store, "old").unwrap(), b"old");
}

/// Gives one large piece and then nothing for ever.
struct Stuck(Option<Bytes>);

impl Stream for Stuck {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.take().map_or(Poll::Pending, |piece| Poll::Ready(Some(Ok(piece))))
    }
}

fn drops(world: &dyn ObjectWorld) {
    let store = &*world.open();
    let data = Incoming::new(Stuck(Some(bytes(2_000_000, 1).into())));
    let upload = store.put(&bucket(), "a", data);
    // Far enough that something may be written.
    let mut upload = Some(upload);
    wait(std::future::poll_fn(|cx| {
        let polled = upload.as_mut().map(|upload| upload.as_mut().poll(cx).is_pending());
        assert_eq!(polled, Some(true));
        Poll::Ready(())
    }));
    upload.take();
    assert!(read(store, "a").is_none());
    assert_eq!(put(store, "a", b"x").bytes, 1);
    assert_eq!(list(store), ["a"]);
}

fn reads_on(world: &dyn ObjectWorld) {
    let store = &*world.open();
    let data = bytes(1_000_000, 3);
    put(store, "a", &data);
    put(store, "b", &data);
    let mut found = ["a", "b"].map(|name| wait(store.get(&bucket(), name)).unwrap().unwrap());
    let first = found.each_mut().map(|object| wait(object.data.next()).unwrap().unwrap());
    put(store, "a", b"other");
    wait(store.delete(&bucket(), "b")).unwrap();
    for (object, first) in found.into_iter().zip(first) {
        let mut whole = first.to_vec();
        let mut data_left = object.data;
        let mut broken = None;
        while let Some(piece) = wait(data_left.next()) {
            match piece {
                Ok(piece) => whole.extend_from_slice(&piece),
                Err(error) => broken = Some(error),
            }
        }
        // A bus that deletes pieces under a reader has to say so.
        match broken {
            None => assert!(whole == data),
            Some(error) => assert!(!world.reads_outlive_objects(), "{error}"),
        }
    }
}

fn bounds(world: &dyn ObjectWorld) {
    let store = &*world.open_small();
    let data = bytes(600_000, 1);
    put(store, "a", &data);
    put(store, "a", &data);
    let error = wait(store.put(&bucket(), "b", pieces(&data, 50_000))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    assert_eq!(list(store), ["a"]);
    // An endless one too.
    let endless = std::iter::repeat_with(|| Ok(Bytes::from(vec![0; 1 << 16])));
    let error = wait(store.put(&bucket(), "b", Incoming::ready(endless))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    assert!(read(store, "a").unwrap() == data);
    put(store, "b", b"small");
    wait(store.delete(&bucket(), "a")).unwrap();
    put(store, "c", &data);
    assert_eq!(list(store), ["b", "c"]);
}

fn puts_at_once(world: &dyn ObjectWorld) {
    let store = world.open();
    std::thread::scope(|scope| {
        for writer in 0..4_u8 {
            let store = &*store;
            scope.spawn(move || {
                let own = bytes(400_000, writer);
                put(store, "shared", &own);
                put(store, &format!("own-{writer}"), &own);
            });
        }
    });
    let shared = read(&*store, "shared").unwrap();
    assert!((0..4).any(|writer| shared == bytes(400_000, writer)));
    for writer in 0..4 {
        assert!(read(&*store, &format!("own-{writer}")).unwrap() == bytes(400_000, writer));
    }
}

fn purges(world: &dyn ObjectWorld) {
    let store = &*world.open();
    wait(store.purge(&bucket())).unwrap();
    put(store, "a", &bytes(300_000, 1));
    put(store, "b", b"x");
    wait(store.purge(&bucket())).unwrap();
    assert_eq!(list(store), [""; 0]);
    assert!(read(store, "a").is_none());
    put(store, "a", b"new");
    assert_eq!(read(store, "a").unwrap(), b"new");
}

fn restarts(world: &dyn ObjectWorld) {
    let store = world.open();
    let data = bytes(700_000, 5);
    put(&*store, "large", &data);
    put(&*store, "small", b"s");
    let Some(store) = world.restart(store) else { return };
    assert!(read(&*store, "large").unwrap() == data);
    assert_eq!(read(&*store, "small").unwrap(), b"s");
    put(&*store, "more", &data);
    assert!(read(&*store, "large").unwrap() == data);
}

fn finds_damage(world: &dyn ObjectWorld) {
    let store = &*world.open();
    for (name, size) in [("small", 1000), ("large", 700_000)] {
        put(store, name, &bytes(size, 9));
        if !world.damage(&bucket(), name) {
            return;
        }
        let object = wait(store.get(&bucket(), name)).unwrap().unwrap();
        let error = wait(object.read(1 << 20)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}
