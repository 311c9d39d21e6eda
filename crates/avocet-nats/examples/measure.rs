//! Measures the stores at NATS against a bare client of the same server, in turns:
//! `cargo run --release -p avocet-nats --features testing --example measure`.
//!
//! The server is a new one of the tests (`scripts/setup test`), which syncs before it acknowledges,
//! with a temporary folder.

use std::error::Error;
use std::time::{Duration, Instant};

use avocet_backplane::Bucket;
use avocet_backplane::kv::Write;
use avocet_backplane::messaging::{Message, Received, Subscribe};
use avocet_nats::testing::Server;
use avocet_nats::{Nats, NatsOptions};
use futures_util::StreamExt as _;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Calls of each kind.
const CALLS: usize = 5_000;

const TIME: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let server = Server::strong();
    let monitor = Some(server.monitor());
    let nats = Nats::connect(&NatsOptions { monitor, ..NatsOptions::new([server.url()]) }).await?;
    println!("{}", nats.durability());
    let bare = async_nats::connect(server.url()).await?;
    requests(&nats, &bare).await?;
    gets(&nats, &bare).await
}

async fn requests(nats: &Nats, bare: &async_nats::Client) -> Result<()> {
    let messaging = nats.messaging();
    let mut inbox = messaging.subscribe(Subscribe::to("own")).await?;
    let answering = nats.messaging();
    tokio::spawn(async move {
        while let Some(received) = inbox.next().await {
            if let Received::Message(message) = received
                && let Some(answer) = message.answer("y")
            {
                answering.publish(answer).await.ok();
            }
        }
    });
    let mut theirs = bare.subscribe("bare").await?;
    let client = bare.clone();
    tokio::spawn(async move {
        while let Some(message) = theirs.next().await {
            if let Some(reply) = message.reply {
                client.publish(reply, "y".into()).await.ok();
            }
        }
    });
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        own.push(time(messaging.request(Message::new("own", "x"), TIME)).await?);
        other.push(time(bare.request("bare", "x".into())).await?);
    }
    report("messaging.request", own, other);
    Ok(())
}

async fn gets(nats: &Nats, bare: &async_nats::Client) -> Result<()> {
    let (kv, bucket) = (nats.kv(512 << 10), Bucket::kv("default", "bench"));
    kv.write_one(&bucket, Write::set("k", vec![0; 100])).await?;
    let jetstream = async_nats::jetstream::new(bare.clone());
    let stream = jetstream.get_stream(format!("KV_{bucket}")).await?;
    let subject = format!("$KV.{bucket}.k");
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        own.push(time(kv.get(&bucket, "k")).await?);
        other.push(time(stream.direct_get_last_for_subject(&*subject)).await?);
    }
    report("kv.get", own, other);
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..CALLS / 10 {
        own.push(time(kv.write_one(&bucket, Write::set("k", vec![0; 100]))).await?);
        let put = async { jetstream.publish(subject.clone(), vec![0; 100].into()).await?.await };
        other.push(time(put).await?);
    }
    report("kv.set", own, other);
    Ok(())
}

async fn time<T, E: Into<Box<dyn Error + Send + Sync>>>(
    call: impl Future<Output = std::result::Result<T, E>>,
) -> Result<Duration> {
    let begin = Instant::now();
    call.await.map_err(Into::into)?;
    Ok(begin.elapsed())
}

/// Prints the median and the 99th percentile of both, and how the medians compare.
fn report(name: &str, own: Vec<Duration>, bare: Vec<Duration>) {
    let of = |mut all: Vec<Duration>| {
        all.sort_unstable();
        (all[all.len() / 2], all[all.len() * 99 / 100])
    };
    let ((own, own_99), (bare, bare_99)) = (of(own), of(bare));
    let times = own.as_secs_f64() / bare.as_secs_f64();
    println!(
        "{name}: p50 {own:?}, p99 {own_99:?}; bare client p50 {bare:?}, p99 {bare_99:?}; {times:.2} times"
    );
}
