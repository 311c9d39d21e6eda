//! `dns` against a name server of the test's own.
//!
//! What it does not test: the system's configuration, and servers that do not answer.

use std::net::UdpSocket;
use std::process::Command;

const PROGRAM: &str = r#"
var dns = require("dns"), sys = require("sys");
function show(what) { return function () { sys.puts(what + " " + JSON.stringify(Array.prototype.slice.call(arguments))); next(); }; }
var steps = [
  function () { dns.resolve4("four.test").addCallback(show("four")); },
  function () { dns.resolve6("six.test").addCallback(show("six")); },
  function () { dns.reverse("10.0.0.9").addCallback(show("reverse")); },
  function () { dns.resolve4("alias.test").addCallback(show("alias")); },
  function () { dns.resolve4("missing.test").addErrback(show("missing")); },
  function () { dns.resolve4("empty.test").addErrback(show("empty")); },
  function () { dns.resolve4("a..b").addErrback(show("bad")); },
  function () { dns.resolve4("half\ud800.test").addErrback(show("no UTF-8")); },
  function () { dns.resolve4("nul\0.test").addErrback(show("NUL")); },
  function () { dns.reverse("10.0.0.255").addCallback(show("bytes")); },
  function () { sys.puts([dns.TEMPFAIL, dns.PROTOCOL, dns.NXDOMAIN, dns.NODATA, dns.NOMEM, dns.BADQUERY].join()); next(); }
];
function next() { if (steps.length) steps.shift()(); }
next();
[function () { dns.resolve4(5); }, function () { dns.reverse("no address"); }, function () { dns.reverse("1.2.3.400"); }].forEach(function (f) {
  try { f(); } catch (e) { sys.puts(e.message); }
});
"#;

const EXPECTED: &str = r#"Argument must be a string.
Invalid IP address
Invalid IP address
four [["10.0.0.1","10.0.0.2"],300,"four.test"]
six [["2001:db8::1"],60,"six.test"]
reverse [["nine.test"],5,"9.0.0.10.in-addr.arpa"]
alias [["10.0.0.1","10.0.0.2"],300,"four.test"]
missing [-3,"domain name does not exist"]
empty [-4,"valid domain but no data of requested type"]
bad [-6,"malformed query"]
no UTF-8 [-6,"malformed query"]
NUL [-6,"malformed query"]
bytes [["a\\377\\..test"],5,"255.0.0.10.in-addr.arpa"]
-1,-2,-3,-4,-5,-6
"#;

/// The API document's example, as it is printed, where `puts` is at hand.
const PRINTED: &str = r#"process.mixin(GLOBAL, require("sys"));
var dns = require("dns");
var resolution = dns.resolve4("www.google.com");
resolution.addCallback(function (addresses, ttl, cname) {
  puts("addresses: " + JSON.stringify(addresses));
  puts("ttl: " + JSON.stringify(ttl));
  puts("cname: " + JSON.stringify(cname));
  for (var i = 0; i < addresses.length; i++) {
    var a = addresses[i];
    var reversing = dns.reverse(a);
    reversing.addCallback( function (domains, ttl, cname) {
      puts("reverse for " + a + ": " + JSON.stringify(domains));
    });
    reversing.addErrback( function (code, msg) {
      puts("reverse for " + a + " failed: " + msg);
    });
  }
});
resolution.addErrback(function (code, msg) {
  puts("error: " + msg);
});
"#;

/// The last lines come in either order; the variable of the loop holds the last address by then.
const PRINTED_EXPECTED: [&str; 5] = [
    r#"addresses: ["10.0.0.1","10.0.0.2"]"#,
    r#"cname: "four.test""#,
    "reverse for 10.0.0.2 failed: domain name does not exist",
    r#"reverse for 10.0.0.2: ["nine.test"]"#,
    "ttl: 300",
];

/// Labels of the question and where it ends.
fn question(packet: &[u8]) -> (String, usize) {
    let (mut labels, mut at) = (Vec::new(), 12);
    while packet[at] != 0 {
        let length = usize::from(packet[at]);
        labels.push(String::from_utf8_lossy(&packet[at + 1..at + 1 + length]).to_lowercase());
        at += 1 + length;
    }
    (labels.join("."), at + 5)
}

fn encode(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

fn record(owner: &[u8], kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = owner.to_vec();
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&1u16.to_be_bytes());
    bytes.extend_from_slice(&ttl.to_be_bytes());
    bytes.extend_from_slice(&(data.len() as u16).to_be_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn answer(packet: &[u8]) -> Vec<u8> {
    let (name, end) = question(packet);
    let asked = &[0xc0, 12][..];
    let both = |owner: &[u8]| {
        vec![record(owner, 1, 300, &[10, 0, 0, 1]), record(owner, 1, 300, &[10, 0, 0, 2])]
    };
    let kind = u16::from_be_bytes([packet[end - 4], packet[end - 3]]);
    let (code, records) = match (name.as_str(), kind) {
        ("four.test", 1) => (0, both(asked)),
        ("six.test", 28) => {
            let address = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
            (0, vec![record(asked, 28, 60, &address)])
        }
        ("9.0.0.10.in-addr.arpa", 12) => (0, vec![record(asked, 12, 5, &encode("nine.test"))]),
        ("1.0.0.10.in-addr.arpa", 12) => (0, vec![record(asked, 12, 5, &encode("nine.test"))]),
        ("255.0.0.10.in-addr.arpa", 12) => {
            (0, vec![record(asked, 12, 5, b"\x03a\xff.\x04test\x00")])
        }
        ("alias.test" | "www.google.com", 1) => {
            let mut records = vec![record(asked, 5, 600, &encode("four.test"))];
            records.extend(both(&encode("four.test")));
            (0, records)
        }
        ("missing.test" | "2.0.0.10.in-addr.arpa", _) => (3, Vec::new()),
        _ => (0, Vec::new()),
    };
    let mut bytes = packet[..2].to_vec();
    bytes.extend_from_slice(&[0x81, 0x80 | code, 0, 1, 0, records.len() as u8, 0, 0, 0, 0]);
    bytes.extend_from_slice(&packet[12..end]);
    bytes.extend(records.into_iter().flatten());
    bytes
}

/// Output of a program that asks a server of this test.
fn output_of(program: &str) -> String {
    let server = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = server.local_addr().expect("bound");
    // It ends with the test's process.
    std::thread::spawn(move || {
        let mut packet = [0; 512];
        while let Ok((length, from)) = server.recv_from(&mut packet) {
            drop(server.send_to(&answer(&packet[..length]), from));
        }
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("program.js");
    std::fs::write(&file, program).expect("writes");
    let output = Command::new(env!("CARGO_BIN_EXE_avocet-script"))
        .arg(file)
        .env("AVOCET_NAME_SERVER", address.to_string())
        .output()
        .expect("starts");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn names_are_resolved_with_their_time_to_live() {
    assert_eq!(output_of(PROGRAM), EXPECTED);
}

#[test]
fn the_example_of_the_document_resolves_and_reverses() {
    let output = output_of(PRINTED);
    let mut lines: Vec<&str> = output.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, PRINTED_EXPECTED);
}
