//! A server that is killed again and again while events are published: what it acknowledged is
//! reconciled with what arrived.
//!
//! `AVOCET_KILLS` (10) is how often; `make soak` takes 100. How many events are acknowledged before
//! each kill comes from `AVOCET_SEED` (1).

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use crate::kit::server::Server;
use crate::kit::write_function;

/// Publishers at the same time.
const PUBLISHERS: usize = 8;

/// Longest wait for the next event: a hang fails the test, it does not stop it.
const PATIENCE: Duration = Duration::from_secs(60);

/// For each event another one, in the same breath as the end of the first.
const RELAY: &str = "exports.main = (event) => event\n\
     .emitCloudEvent('soak.out', '/relay', { of: event['ce-id'] });\n";

/// Arrivals: times that each event came, and the events that came of it.
#[derive(Default)]
struct Arrived {
    first: BTreeMap<String, usize>,
    relayed: BTreeMap<String, BTreeSet<String>>,
}

/// The server's address, where it has one.
type Address = Arc<Mutex<Option<SocketAddr>>>;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Takes events until the test ends, and tells of each.
fn sink(arrived: Arc<Mutex<Arrived>>, tell: mpsc::Sender<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // Where the server was killed half of a request is no event.
            let Some((head, body)) = request(&stream) else { continue };
            let id = header(&head, "ce-id");
            {
                let mut arrived = arrived.lock().unwrap();
                match &*header(&head, "ce-type") {
                    "soak.in" => *arrived.first.entry(id).or_default() += 1,
                    _ => {
                        let of = body.split('"').nth(3).unwrap().to_owned();
                        arrived.relayed.entry(of).or_default().insert(id);
                    }
                }
            }
            let answer = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            let _ = (&stream).write_all(answer.as_bytes());
            let _ = tell.send(());
        }
    });
    address
}

fn request(stream: &TcpStream) -> Option<(String, String)> {
    let mut reader = BufReader::new(stream);
    let head = head(&mut reader)?;
    let mut body = vec![0; header(&head, "content-length").parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).ok()?))
}

fn head(reader: &mut impl std::io::BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

fn header(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let found = lines.find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map_or(String::new(), |(_, value)| value.to_owned())
}

/// Publishes until it is stopped; tells the ids that were acknowledged.
fn publisher(own: usize, address: &Address, stop: &AtomicBool, tell: &mpsc::Sender<String>) {
    let mut count = 0;
    while !stop.load(Relaxed) {
        let Some(address) = *address.lock().unwrap() else {
            thread::yield_now();
            continue;
        };
        let Ok(stream) = TcpStream::connect(address) else { continue };
        let mut reader = BufReader::new(&stream);
        while !stop.load(Relaxed) {
            count += 1;
            let id = format!("{own}-{count}");
            let request = format!(
                "POST /publish HTTP/1.1\r\nhost: soak\r\nce-specversion: 1.0\r\nce-type: soak.in\r\n\
                 ce-source: /soak\r\nce-id: {id}\r\ncontent-type: text/plain\r\n\
                 content-length: 5\r\n\r\nhello"
            );
            if (&stream).write_all(request.as_bytes()).is_err() {
                break;
            }
            // Without an answer nobody knows whether it was taken.
            let Some(answer) = head(&mut reader) else { break };
            assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
            tell.send(id).unwrap();
        }
    }
}

fn write_files(folder: &Path, sink: SocketAddr) {
    let trigger = "  triggers:\n    events:\n      - types: [soak.in]\n        config:\n          \
                   maxInFlightMessages: 50\n";
    write_function(folder, "relay", RELAY, trigger);
    let subscription = format!(
        "apiVersion: eventing.kyma-project.io/v1alpha2\nkind: Subscription\nmetadata:\n  name: s\n\
         spec:\n  sink: http://{sink}/\n  source: \"\"\n  types: [soak.*]\n  config:\n    \
         maxInFlightMessages: 50\n"
    );
    std::fs::write(folder.join("s.yaml"), subscription).unwrap();
}

/// Events until the next kill (SplitMix64).
fn next_kill(random: &mut u64) -> u64 {
    *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*random ^ (*random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    1 + (z ^ (z >> 27)) % 200
}

#[test]
fn nothing_that_was_acknowledged_is_lost_by_kills() {
    let (kills, mut random) = (number("AVOCET_KILLS", 10), number("AVOCET_SEED", 1));
    let (sources, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let arrived = Arc::<Mutex<Arrived>>::default();
    let (arrives, arrivals) = mpsc::channel();
    write_files(sources.path(), sink(arrived.clone(), arrives));
    let (address, stop) = (Address::default(), Arc::<AtomicBool>::default());
    let (acknowledge, receipts) = mpsc::channel();
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|own| {
            let (address, stop, tell) = (address.clone(), stop.clone(), acknowledge.clone());
            thread::spawn(move || publisher(own, &address, &stop, &tell))
        })
        .collect();
    drop(acknowledge);
    let mut acknowledged: Vec<String> = Vec::new();
    for _ in 0..kills {
        let server =
            Server::start(data.path(), &[sources.path()], &["--egress-allow", "127.0.0.1"]);
        *address.lock().unwrap() = Some(server.gateway);
        for _ in 0..next_kill(&mut random) {
            acknowledged.push(receipts.recv_timeout(PATIENCE).expect("an event is accepted"));
        }
        server.process.signal("KILL");
        *address.lock().unwrap() = None;
    }
    stop.store(true, Relaxed);
    publishers.into_iter().for_each(|publisher| publisher.join().unwrap());
    acknowledged.extend(receipts);
    let _server = Server::start(data.path(), &[sources.path()], &["--egress-allow", "127.0.0.1"]);
    let lost = reconcile(&acknowledged, &arrived, &arrivals);
    let arrived = arrived.lock().unwrap();
    let again = arrived.first.values().filter(|count| **count > 1).count();
    println!(
        "{kills} kills, {} acknowledged, {} arrived, {again} more than once, {} lost",
        acknowledged.len(),
        arrived.first.len(),
        lost.len()
    );
    assert_eq!(lost, BTreeSet::<&String>::new());
    // What the handler emitted is there with the end of its event, or not at all.
    let doubled = arrived.relayed.iter().find(|(_, events)| events.len() > 1);
    assert_eq!(doubled, None, "an event of which more than one came");
}

/// Waits for what was acknowledged and what came of it; gives what did not arrive.
fn reconcile<'a>(
    acknowledged: &'a [String],
    arrived: &Mutex<Arrived>,
    arrivals: &mpsc::Receiver<()>,
) -> BTreeSet<&'a String> {
    let mut missing: BTreeSet<&String> = acknowledged.iter().collect();
    loop {
        {
            let arrived = arrived.lock().unwrap();
            missing.retain(|id| {
                !arrived.first.contains_key(*id) || !arrived.relayed.contains_key(*id)
            });
        }
        if missing.is_empty() || arrivals.recv_timeout(PATIENCE).is_err() {
            return missing;
        }
    }
}
