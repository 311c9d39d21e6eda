//! Sockets of a script, as the system knows them, asked from outside.
//!
//! What it does not test: what the network makes of it.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use rustix::io::Errno;
use rustix::net::sockopt::tcp_nodelay;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

/// Prints the descriptor of a connection after each line of its input, which says what to do.
const PROGRAM: &str = r#"
var tcp = require("tcp"), sys = require("sys");
var server = tcp.createServer(function (socket) {
  socket.addListener("eof", function () { socket.close(); server.close(); });
});
server.listen(Number(process.ENV.PORT), "127.0.0.1");
c = tcp.createConnection(Number(process.ENV.PORT));
c.addListener("connect", function () { sys.puts(c.fd); process.stdio.open(); });
process.stdio.addListener("data", function (line) { process.compile(line, "line"); sys.puts(c.fd); });
process.stdio.addListener("close", function () { c.close(); });
"#;

struct Script {
    pid: Pid,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Script {
    /// The connection's descriptor, as one of this process; `None` where a sandbox keeps processes
    /// from their children's descriptors.
    fn socket(&mut self) -> Option<OwnedFd> {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("readable");
        let number = line.trim().parse().expect("a descriptor");
        let pidfd = pidfd_open(self.pid, PidfdFlags::empty()).expect("it runs");
        match pidfd_getfd(pidfd, number, PidfdGetfdFlags::empty()) {
            Err(Errno::PERM | Errno::NOSYS) => None,
            other => Some(other.expect("a child's descriptor")),
        }
    }

    fn no_delay_after(&mut self, line: &str) -> bool {
        self.input.write_all(line.as_bytes()).expect("writable");
        tcp_nodelay(self.socket().expect("as before")).expect("a TCP socket")
    }
}

#[test]
fn set_no_delay_turns_the_algorithm_off_and_on() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("program.js");
    std::fs::write(&program, PROGRAM).expect("writes");
    let mut child = Command::new(env!("CARGO_BIN_EXE_avocet-script"))
        .arg(program)
        .env("PORT", port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut script = Script {
        pid: Pid::from_child(&child),
        input: child.stdin.take().expect("piped"),
        output: BufReader::new(child.stdout.take().expect("piped")),
    };
    let Some(socket) = script.socket() else {
        eprintln!("skipped: descriptors of other processes may not be looked at here");
        drop(script);
        assert!(child.wait().expect("ends").success());
        return;
    };
    assert!(!tcp_nodelay(socket).expect("a TCP socket"), "the algorithm is on at first");
    assert!(script.no_delay_after("c.setNoDelay()"));
    assert!(!script.no_delay_after("c.setNoDelay(false)"));
    assert!(script.no_delay_after("c.setNoDelay(true)"));
    assert!(!script.no_delay_after("c.setNoDelay(1)"), "only true itself counts");
    drop(script);
    assert!(child.wait().expect("ends").success());
}

/// Listens, and takes no connection before its input ends.
const DEAF: &str = r#"
var tcp = require("tcp"), posix = require("posix"), sys = require("sys");
var server = tcp.createServer(function () {});
server.listen(Number(process.ENV.PORT), "127.0.0.1");
posix.writeSync(1, "listening\n");
posix.readSync(0, 1);
process.exit(0);
"#;

/// The state of a socket in `/proc/net/tcp`.
#[derive(PartialEq)]
enum State {
    Asking,
    Listening,
}

/// Of the sockets in a state: their own port, that of their peer, and how much there is to take,
/// which for a listener is connections.
fn sockets(state: State) -> Vec<(u16, u16, usize)> {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("readable");
    let wanted = if state == State::Asking { "02" } else { "0A" };
    let port = |address: &str| u16::from_str_radix(address.split(':').nth(1)?, 16).ok();
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let waiting = usize::from_str_radix(fields.get(4)?.split(':').nth(1)?, 16).ok()?;
        (fields[3] == wanted).then_some((port(fields[1])?, port(fields[2])?, waiting))
    };
    table.lines().skip(1).filter_map(entry).collect()
}

#[test]
fn as_many_connections_wait_as_the_document_says() {
    const TRIED: usize = 200;
    // The system lets one more wait than it was asked for.
    const WAITING: usize = 128 + 1;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("program.js");
    std::fs::write(&program, DEAF).expect("writes");
    let mut child = Command::new(env!("CARGO_BIN_EXE_avocet-script"))
        .arg(program)
        .env("PORT", address.port().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("readable");
    let tried: Vec<OwnedFd> = (0..TRIED)
        .map(|_| {
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None);
            let socket = socket.expect("a socket");
            assert_eq!(connect(&socket, &address), Err(Errno::INPROGRESS));
            socket
        })
        .collect();
    let waiting = || {
        let found = sockets(State::Listening).into_iter().find(|(own, ..)| *own == address.port());
        found.expect("it listens").2
    };
    while waiting() < WAITING {
        std::thread::yield_now();
    }
    assert_eq!(waiting(), WAITING);
    let asking = sockets(State::Asking).into_iter().filter(|(_, peer, _)| *peer == address.port());
    assert_eq!(asking.count(), TRIED - WAITING);
    drop(child.stdin.take());
    assert!(child.wait().expect("ends").success());
    drop(tried);
}
