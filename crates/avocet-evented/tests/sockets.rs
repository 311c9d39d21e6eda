//! What the system knows about a script's sockets, asked from outside.
//!
//! What it does not test: what the network makes of it.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use rustix::io::Errno;
use rustix::net::sockopt::tcp_nodelay;
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
