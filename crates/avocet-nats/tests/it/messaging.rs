//! Messages, also with other clients.

use std::time::Duration;

use avocet_backplane::ErrorKind;
use avocet_backplane::messaging::{Message, Received, Subscribe};
use avocet_nats::testing::{Release, Server};
use futures_util::StreamExt as _;

use crate::common::{connected, other};

const TIME: Duration = Duration::from_secs(10);

fn text(received: Option<Received>) -> String {
    match received {
        Some(Received::Message(message)) => {
            format!("{} {}", message.subject, String::from_utf8_lossy(&message.payload))
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn messages_go_to_other_clients_and_come_from_them() {
    for release in Release::ALL {
        let server = Server::start(release);
        let messaging = connected(&server).await.messaging();
        let client = other(&server).await;
        let all = Subscribe::to_any(vec!["a.*".into(), "a.>".into(), "*.b".into()]);
        let mut inbox = messaging.subscribe(all).await.unwrap();
        for subject in ["a.b", "$X.b", "a.b.c"] {
            client.publish(subject, "x".into()).await.unwrap();
        }
        let mut got = [text(inbox.next().await), text(inbox.next().await)];
        got.sort_unstable();
        assert_eq!(got, ["a.b x", "a.b.c x"]);
        let mut theirs = client.subscribe("c").await.unwrap();
        // Answered after the subscription was made.
        client.request("nobody", "".into()).await.unwrap_err();
        let mut message = Message::new("c", "y");
        message.headers.push("X-A", "1");
        let answers = messaging.request(message, TIME);
        let serve = async {
            let message = theirs.next().await.unwrap();
            assert_eq!(message.headers.unwrap().get("X-A").unwrap().as_str(), "1");
            client.publish(message.reply.unwrap(), "z".into()).await.unwrap();
        };
        let (answer, ()) = tokio::join!(answers, serve);
        assert_eq!(answer.unwrap().payload, "z");
    }
}

#[tokio::test]
async fn requests_end() {
    let server = Server::start(Release::Old);
    let messaging = connected(&server).await.messaging();
    let error = messaging.request(Message::new("nobody", ""), TIME).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoResponders);
    assert!(messaging.request_many(Message::new("nobody", ""), TIME).await.unwrap().is_empty());
    let _mute = messaging.subscribe(Subscribe::to("mute")).await.unwrap();
    let time = Duration::from_millis(50);
    let error = messaging.request(Message::new("mute", ""), time).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let mut many = Vec::new();
    for n in 0..3 {
        let mut inbox = messaging.subscribe(Subscribe::to("many")).await.unwrap();
        let messaging = std::sync::Arc::clone(&messaging);
        many.push(tokio::spawn(async move {
            let Some(Received::Message(message)) = inbox.next().await else { return };
            messaging.publish(message.answer(n.to_string()).unwrap()).await.unwrap();
        }));
    }
    let time = Duration::from_millis(500);
    let answers = messaging.request_many(Message::new("many", ""), time).await.unwrap();
    let mut answers: Vec<_> = answers.into_iter().map(|answer| answer.payload).collect();
    answers.sort_unstable();
    assert_eq!(answers, ["0", "1", "2"]);
}

#[tokio::test]
async fn a_group_shares_and_a_slow_subscriber_is_told() {
    let server = Server::start(Release::New);
    let messaging = connected(&server).await.messaging();
    let group = || messaging.subscribe(Subscribe::to("work").group("g"));
    let (mut one, mut two) = (group().await.unwrap(), group().await.unwrap());
    let slow = Subscribe { queue_messages: 2, ..Subscribe::to("work") };
    let mut slow = messaging.subscribe(slow).await.unwrap();
    for n in 0..10 {
        messaging.publish(Message::new("work", n.to_string())).await.unwrap();
    }
    let mut shared = Vec::new();
    while shared.len() < 10 {
        tokio::select! {
            received = one.next() => shared.push(text(received)),
            received = two.next() => shared.push(text(received)),
        }
    }
    shared.sort_unstable();
    shared.dedup();
    assert_eq!(shared.len(), 10);
    messaging.publish(Message::new("other", "")).await.unwrap();
    assert_eq!(text(slow.next().await), "work 0");
    assert_eq!(text(slow.next().await), "work 1");
    let Some(Received::Missed(missed)) = slow.next().await else { panic!("nothing missed") };
    assert!((1..=8).contains(&missed));
}

#[tokio::test]
async fn subscriptions_go_on_after_a_server_was_killed() {
    for release in Release::ALL {
        let mut server = Server::start(release);
        let nats = connected(&server).await;
        let messaging = nats.messaging();
        let mut inbox = messaging.subscribe(Subscribe::to("a")).await.unwrap();
        for n in 0..3 {
            server.kill();
            nats.link().wait_for(|link| *link == avocet_nats::Link::Down).await.unwrap();
            server.restart();
            nats.link().wait_for(|link| *link == avocet_nats::Link::Up).await.unwrap();
            messaging.publish(Message::new("a", n.to_string())).await.unwrap();
            assert_eq!(text(inbox.next().await), format!("a {n}"));
        }
    }
}
