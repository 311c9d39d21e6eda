//! Cases for messages.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::messaging::{MAX_MESSAGE_BYTES, Received, ReplyTo, Subscribe};
use crate::{ErrorKind, Incoming, Message, Messaging};

type Bus = Arc<dyn Messaging>;
type Case = fn(Bus) -> Pin<Box<dyn Future<Output = ()>>>;

/// A case as a function.
macro_rules! cases {
    ($($text:literal $name:ident)*) => {
        pub(super) const CASES: &[(&str, Case)] = &[$(($text, |bus| Box::pin($name(bus)))),*];
    };
}

cases! {
    "a message comes as it was published, in order" delivers
    "patterns match tokens" matches
    "subjects of the bus are matched by no wildcard" reserves
    "of a group one gets each message" shares
    "several patterns of one subscription bring a message once" overlaps
    "subjects and headers that break the rules are refused" refuses
    "who comes late or is gone gets nothing" comes_and_goes
    "a slow subscriber is told what it missed, and holds up nobody" misses
    "a request is answered" answers
    "a request without responders fails at once" nobody
    "a request without an answer fails in time" silent
    "a responder that answers twice is heard once" answers_twice
    "an error is an answer" answers_with_error
    "requests at the same time get their own answers" answers_at_once
    "a request to many gets all answers" answers_of_many
    "a request to nobody has no answers" many_without_responders
}

/// Longest wait for what has to come.
const SOON: Duration = Duration::from_secs(10);

async fn listen(bus: &Bus, subject: &str) -> Incoming<Received> {
    bus.subscribe(Subscribe::to(subject)).await.unwrap()
}

async fn member(bus: &Bus, subject: &str) -> Incoming<Received> {
    bus.subscribe(Subscribe::to(subject).group("group")).await.unwrap()
}

async fn send(bus: &Bus, subject: &str, text: &str) {
    bus.publish(Message::new(subject, text.to_owned())).await.unwrap();
}

async fn next(from: &mut Incoming<Received>) -> Message {
    match tokio::time::timeout(SOON, from.next()).await.expect("a message comes").unwrap() {
        Received::Message(message) => message,
        Received::Missed(missed) => panic!("missed {missed}"),
    }
}

async fn text(from: &mut Incoming<Received>) -> String {
    String::from_utf8(next(from).await.payload.to_vec()).unwrap()
}

/// Texts until the last message, which is published now.
async fn until_end(bus: &Bus, subject: &str, from: &mut Incoming<Received>) -> Vec<String> {
    send(bus, subject, "end").await;
    let mut texts = Vec::new();
    loop {
        match text(from).await {
            end if end == "end" => return texts,
            text => texts.push(text),
        }
    }
}

/// Answers every request by `answer` until the subscription ends.
fn respond(bus: &Bus, mut requests: Incoming<Received>, answer: fn(&Message) -> Vec<Message>) {
    let bus = Arc::clone(bus);
    tokio::spawn(async move {
        while let Some(Received::Message(request)) = requests.next().await {
            for answer in answer(&request) {
                bus.publish(answer).await.unwrap();
            }
        }
    });
}

fn echo(request: &Message) -> Vec<Message> {
    request.answer(request.payload.clone()).into_iter().collect()
}

async fn delivers(bus: Bus) {
    let (mut one, mut two) = (listen(&bus, "a.b").await, listen(&bus, "a.b").await);
    let mut message = Message::new("a.b", (0..=255).collect::<Vec<u8>>());
    message.headers.push("X-One", "1");
    message.headers.push("x-two", "two words");
    message.headers.push("X-One", "again");
    message.reply = Some(ReplyTo::new("answers.here"));
    bus.publish(message.clone()).await.unwrap();
    for from in [&mut one, &mut two] {
        let found = next(from).await;
        assert_eq!((&*found.subject, &found.payload), ("a.b", &message.payload));
        assert_eq!(found.headers.first("x-one"), Some("1"));
        assert_eq!(found.headers.first("X-Two"), Some("two words"));
        assert_eq!(found.headers.iter().count(), 3);
        assert_eq!(found.reply.unwrap().subject(), "answers.here");
    }
    send(&bus, "a.b", "").await;
    assert!(next(&mut one).await.payload.is_empty());
    for n in 0..500 {
        send(&bus, "a.b", &n.to_string()).await;
    }
    let expected: Vec<_> = (0..500).map(|n| n.to_string()).collect();
    assert_eq!(until_end(&bus, "a.b", &mut one).await, expected);
}

async fn matches(bus: Bus) {
    let subjects = ["a", "a.b", "a.c", "a.b.c", "b.b", "ab.b"];
    for (pattern, expected) in [
        ("a.b", &["a.b"][..]),
        ("a.*", &["a.b", "a.c"]),
        ("*.b", &["a.b", "b.b", "ab.b"]),
        ("a.>", &["a.b", "a.c", "a.b.c"]),
        ("*", &["a"]),
        (">", &subjects),
        ("*.*.c", &["a.b.c"]),
    ] {
        let mut from =
            bus.subscribe(Subscribe::to_any(vec![pattern.into(), "the.end".into()])).await.unwrap();
        for subject in subjects {
            send(&bus, subject, subject).await;
        }
        assert_eq!(until_end(&bus, "the.end", &mut from).await, expected, "{pattern}");
    }
}

async fn reserves(bus: Bus) {
    let mut all = listen(&bus, ">").await;
    let mut own = listen(&bus, "_INBOX.mine.*").await;
    send(&bus, "_INBOX.mine.1", "x").await;
    assert_eq!(text(&mut own).await, "x");
    assert_eq!(until_end(&bus, "a", &mut all).await, [""; 0]);
}

async fn shares(bus: Bus) {
    let mut alone = listen(&bus, "work").await;
    let mut members = [member(&bus, "work").await, member(&bus, "work").await];
    for n in 0..100 {
        send(&bus, "work", &n.to_string()).await;
    }
    assert_eq!(until_end(&bus, "work", &mut alone).await.len(), 100);
    let mut seen = Vec::new();
    while seen.len() < 101 {
        let [one, two] = &mut members;
        let received = tokio::time::timeout(SOON, async {
            tokio::select! { received = one.next() => received, received = two.next() => received }
        });
        match received.await.expect("each message reaches a member").unwrap() {
            Received::Message(message) => seen.push(message.payload),
            Received::Missed(missed) => panic!("missed {missed}"),
        }
    }
    assert!(members.iter_mut().all(|member| member.try_next().is_none()));
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 101);
    // A group of which one has gone still gets everything.
    let [one, mut two] = members;
    drop(one);
    for n in 0..20 {
        send(&bus, "work", &n.to_string()).await;
        assert_eq!(text(&mut two).await, n.to_string());
    }
}

async fn overlaps(bus: Bus) {
    let patterns = || ["o.*", "o.>", "*.new", "o.new"].map(str::to_owned).to_vec();
    let mut alone = bus.subscribe(Subscribe::to_any(patterns())).await.unwrap();
    let mut grouped = bus.subscribe(Subscribe::to_any(patterns()).group("g")).await.unwrap();
    for subject in ["o.new", "o.old", "p.new", "o.a.b"] {
        send(&bus, subject, subject).await;
    }
    let expected = ["o.new", "o.old", "p.new", "o.a.b"];
    let mut texts = Vec::new();
    for from in [&mut alone, &mut grouped] {
        let mut own = Vec::new();
        for _ in expected {
            own.push(text(from).await);
        }
        own.sort_unstable();
        texts.push(own);
    }
    let mut sorted = expected;
    sorted.sort_unstable();
    assert_eq!(texts, [sorted, sorted]);
    send(&bus, "o.end", "end").await;
    assert_eq!((text(&mut alone).await, text(&mut grouped).await), ("end".into(), "end".into()));
}

async fn refuses(bus: Bus) {
    for subject in ["", " ", "a b", "a..b", ".a", "a.", "a.*", ">", "a\r\nb"] {
        let message = || Message::new(subject, "x");
        let kinds = [
            bus.publish(message()).await.unwrap_err().kind(),
            bus.request(message(), SOON).await.unwrap_err().kind(),
            bus.request_many(message(), SOON).await.unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::Invalid; 3], "{subject:?}");
    }
    for pattern in ["", "a..b", "a.>.b", "a b"] {
        let error = bus.subscribe(Subscribe::to(pattern)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{pattern:?}");
    }
    let none = bus.subscribe(Subscribe::to_any(Vec::new())).await.unwrap_err();
    assert_eq!(none.kind(), ErrorKind::Invalid);
    let group = bus.subscribe(Subscribe::to("a").group("g g")).await.unwrap_err();
    assert_eq!(group.kind(), ErrorKind::Invalid);
    let mut message = Message::new("a", "x");
    message.headers.push("a", "x\r\ny");
    assert_eq!(bus.publish(message).await.unwrap_err().kind(), ErrorKind::Invalid);
    let large = Message::new("a", vec![0; MAX_MESSAGE_BYTES + 1]);
    assert_eq!(bus.publish(large).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

async fn comes_and_goes(bus: Bus) {
    send(&bus, "a", "before").await;
    let mut from = listen(&bus, "a").await;
    let gone = listen(&bus, "a").await;
    drop(gone);
    assert_eq!(until_end(&bus, "a", &mut from).await, [""; 0]);
    drop(from);
    send(&bus, "a", "after").await;
}

async fn misses(bus: Bus) {
    let mut slow = Subscribe::to("a");
    slow.queue_messages = 10;
    let mut slow = bus.subscribe(slow).await.unwrap();
    let mut fast = listen(&bus, "a").await;
    for n in 0..1000 {
        send(&bus, "a", &n.to_string()).await;
    }
    assert_eq!(until_end(&bus, "a", &mut fast).await.len(), 1000);
    let (mut taken, mut missed) = (0, 0);
    while taken + missed < 1001 {
        match tokio::time::timeout(SOON, slow.next()).await.expect("the rest").unwrap() {
            Received::Message(_) => taken += 1,
            Received::Missed(count) => missed += count,
        }
    }
    assert_eq!(taken + missed, 1001);
    assert!(taken >= 10 && missed > 0, "{taken} {missed}");
    send(&bus, "a", "again").await;
    assert_eq!(text(&mut slow).await, "again");
}

async fn answers(bus: Bus) {
    respond(&bus, member(&bus, "echo").await, echo);
    respond(&bus, member(&bus, "echo").await, echo);
    for n in 0..20 {
        let answer = bus.request(Message::new("echo", n.to_string()), SOON).await.unwrap();
        assert_eq!(answer.payload, n.to_string());
    }
    let answer = bus.request(Message::new("echo", ""), SOON).await.unwrap();
    assert!(answer.payload.is_empty() && answer.service_error().is_none());
}

async fn nobody(bus: Bus) {
    let error = bus.request(Message::new("no.one", "x"), Duration::from_secs(3600)).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoResponders);
    assert!(error.to_string().contains("no.one"), "{error}");
}

async fn silent(bus: Bus) {
    let _requests = listen(&bus, "silent").await;
    let error = bus.request(Message::new("silent", "x"), Duration::from_millis(300)).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.to_string().contains("silent"), "{error}");
    assert!(error.to_string().contains("300 ms"), "{error}");
}

async fn answers_twice(bus: Bus) {
    let twice = |request: &Message| {
        ["first", "second"].into_iter().filter_map(|text| request.answer(text)).collect()
    };
    respond(&bus, listen(&bus, "twice").await, twice);
    for _ in 0..5 {
        let answer = bus.request(Message::new("twice", "x"), SOON).await.unwrap();
        assert_eq!(answer.payload, "first");
    }
}

async fn answers_with_error(bus: Bus) {
    let fail =
        |request: &Message| request.answer_error(500, "it broke\nin line 2").into_iter().collect();
    respond(&bus, listen(&bus, "fails").await, fail);
    let answer = bus.request(Message::new("fails", "x"), SOON).await.unwrap();
    let error = answer.service_error().unwrap();
    assert_eq!((&*error.code, &*error.message), ("500", "it broke in line 2"));
}

async fn answers_at_once(bus: Bus) {
    respond(&bus, listen(&bus, "echo").await, echo);
    let asked: Vec<_> = (0..100)
        .map(|n| bus.request(Message::new("echo", n.to_string()), SOON))
        .map(tokio::spawn)
        .collect();
    for (n, answer) in asked.into_iter().enumerate() {
        assert_eq!(answer.await.unwrap().unwrap().payload, n.to_string());
    }
}

async fn answers_of_many(bus: Bus) {
    let one = |request: &Message| request.answer("one").into_iter().collect();
    let two = |request: &Message| {
        ["two", "three"].into_iter().filter_map(|text| request.answer(text)).collect()
    };
    respond(&bus, listen(&bus, "many").await, one);
    respond(&bus, listen(&bus, "many").await, two);
    respond(&bus, listen(&bus, "many").await, |_| Vec::new());
    let answers = bus.request_many(Message::new("many", "x"), Duration::from_secs(1)).await;
    let mut texts: Vec<_> = answers.unwrap().iter().map(|answer| answer.payload.to_vec()).collect();
    texts.sort_unstable();
    assert_eq!(texts, [b"one".to_vec(), b"three".to_vec(), b"two".to_vec()]);
}

async fn many_without_responders(bus: Bus) {
    let message = Message::new("no.one", "x");
    assert!(bus.request_many(message, Duration::from_secs(1)).await.unwrap().is_empty());
}
