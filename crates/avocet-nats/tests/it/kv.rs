//! Keys and values in buckets that other clients share.

use std::time::Duration;

use avocet_backplane::kv::{KeyList, Watched, Write};
use avocet_backplane::{Bucket, ErrorKind};
use avocet_nats::testing::{Release, Server};

use crate::common::{connected, other};

fn bucket() -> Bucket {
    Bucket::kv("default", "shop")
}

#[tokio::test]
async fn other_clients_share_the_data() {
    for release in Release::ALL {
        let server = Server::start(release);
        let kv = connected(&server).await.kv(512 << 10);
        kv.write_one(&bucket(), Write::set("a.b", "1")).await.unwrap();
        let client = other(&server).await;
        let subject = "$KV.hs_default_shop_kv.a/c";
        client.request(subject, "2".into()).await.unwrap();
        assert_eq!(kv.get(&bucket(), "a/c").await.unwrap().unwrap().value, "2");
        assert_eq!(kv.keys(&bucket()).await.unwrap(), ["a.b", "a/c"]);
        let get = "$JS.API.DIRECT.GET.KV_hs_default_shop_kv.$KV.hs_default_shop_kv.a.b";
        assert_eq!(client.request(get, "".into()).await.unwrap().payload, "1");
        kv.purge(&bucket()).await.unwrap();
        assert!(kv.keys(&bucket()).await.unwrap().is_empty());
        kv.purge(&bucket()).await.unwrap();
    }
}

#[tokio::test]
async fn writes_have_conditions() {
    for release in Release::ALL {
        let server = Server::start(release);
        let kv = connected(&server).await.kv(512 << 10);
        let write = |write: Write| kv.write_one(&bucket(), write);
        assert_eq!(write(Write::delete("k")).await.unwrap().revision, 0);
        let first = write(Write::set("k", "1").if_revision(0)).await.unwrap().revision;
        for wrong in [0, first + 1] {
            let error = write(Write::set("k", "2").if_revision(wrong)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        }
        let second = write(Write::set("k", "2").if_revision(first)).await.unwrap().revision;
        assert!(second > first);
        write(Write::delete("k").if_revision(second)).await.unwrap();
        assert_eq!(kv.get(&bucket(), "k").await.unwrap(), None);
        write(Write::set("k", "3").if_revision(0)).await.unwrap();
        for expected in 1..=3 {
            let written = write(Write::increment("n", 1)).await.unwrap();
            assert_eq!(written.number, Some(expected));
        }
        let many = (0..20).map(|_| write(Write::increment("n", 1)));
        futures_util::future::try_join_all(many).await.unwrap();
        assert_eq!(kv.get(&bucket(), "n").await.unwrap().unwrap().value, "23");
        let list = KeyList { limit: Some(1), ..KeyList::default() };
        let page = kv.list(&bucket(), list.clone()).await.unwrap();
        assert_eq!((page.keys[0].key.as_str(), page.keys[0].bytes), ("k", 1));
        let page = kv.list(&bucket(), KeyList { cursor: page.cursor, ..list }).await.unwrap();
        assert_eq!((page.keys[0].key.as_str(), page.cursor), ("n", None));
    }
}

#[tokio::test]
async fn a_value_expires_where_the_server_can_do_that() {
    let write = || Write::set("k", "1").ttl(Duration::from_secs(1));
    let server = Server::start(Release::Old);
    let kv = connected(&server).await.kv(512 << 10);
    let error = kv.write_one(&bucket(), write()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("nats-server 2.9"), "{error}");
    assert!(kv.keys(&bucket()).await.unwrap().is_empty());

    let server = Server::start(Release::New);
    let kv = connected(&server).await.kv(512 << 10);
    let mut changes = kv.watch(&bucket(), "").await.unwrap();
    let revision = kv.write_one(&bucket(), write()).await.unwrap().revision;
    let Some(Watched::Set { entry, .. }) = changes.next().await else { panic!("no value") };
    assert_eq!(entry.expires_ms, Some(entry.created_ms + 1000));
    let gone = changes.next().await;
    assert_eq!(gone, Some(Watched::Deleted { key: "k".into(), revision: revision + 1 }));
    assert_eq!(kv.get(&bucket(), "k").await.unwrap(), None);
}

#[tokio::test]
async fn a_full_bucket_refuses_and_deleted_keys_make_room() {
    for release in Release::ALL {
        let server = Server::start(release);
        let kv = connected(&server).await.kv(8 << 10);
        let set =
            |key: String, size: usize| kv.write_one(&bucket(), Write::set(key, vec![0; size]));
        set("a".into(), 4000).await.unwrap();
        let error = set("b".into(), 4500).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(error.to_string().contains("key \"b\"") && error.to_string().contains("8192"));
        assert_eq!(kv.keys(&bucket()).await.unwrap(), ["a"]);
        for n in 0..100 {
            set(format!("gone-{n}"), 1).await.unwrap();
            kv.write_one(&bucket(), Write::delete(format!("gone-{n}"))).await.unwrap();
        }
        set("b".into(), 3000).await.unwrap();
    }
}

#[tokio::test]
async fn a_killed_server_loses_nothing_and_watches_go_on() {
    for release in Release::ALL {
        let mut server = Server::start(release);
        let nats = connected(&server).await;
        let kv = nats.kv(512 << 10);
        let mut changes = kv.watch(&bucket(), "k").await.unwrap();
        let mut expected = Vec::new();
        for round in 0..3 {
            for n in 0..20 {
                let key = format!("k-{round}-{n}");
                kv.write_one(&bucket(), Write::set(&*key, "x")).await.unwrap();
                expected.push(key);
            }
            server.kill();
            server.restart();
            nats.link().wait_for(|link| *link == avocet_nats::Link::Up).await.unwrap();
        }
        kv.write_one(&bucket(), Write::set("k-z", "x")).await.unwrap();
        expected.push("k-z".into());
        let mut seen = Vec::new();
        while seen.len() < expected.len() {
            match changes.next().await {
                Some(Watched::Set { key, .. }) => seen.push(key),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seen, expected);
        expected.sort_unstable();
        assert_eq!(kv.keys(&bucket()).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_call_without_a_server_ends_with_its_name() {
    let mut server = Server::start(Release::Old);
    let options = avocet_nats::NatsOptions {
        timeout: Duration::from_millis(300),
        ..crate::common::options(&server)
    };
    let kv = avocet_nats::Nats::connect(&options).await.unwrap().kv(512 << 10);
    server.kill();
    let error = kv.get(&bucket(), "some-key").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    let (text, port) = (error.to_string(), server.port().to_string());
    assert!(text.contains("some-key") && text.contains(&port), "{text}");
}
