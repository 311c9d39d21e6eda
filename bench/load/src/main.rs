//! Load that wrk does not make.
//!
//! `echo PORT CONNECTIONS BYTES SECONDS` sends messages and waits until each has come back; prints
//! messages per second, p50 and p99 in milliseconds, and the number of messages.
//! `sink` prints a free port and answers every HTTP request there with 200, reading its body.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// A server that does not answer for so long has failed.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["echo", port, connections, bytes, seconds] => {
            let number = |text: &str| text.parse::<u32>().expect("a number");
            echo(number(port) as u16, number(connections), number(bytes) as usize, number(seconds))
        }
        ["sink"] => sink(),
        _ => {
            eprintln!("usage: avocet-bench-load echo PORT CONNECTIONS BYTES SECONDS | sink");
            std::process::exit(2);
        }
    };
    if let Err(error) = done {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

/// One message in flight per connection; a message that is back is sent again at once. Blocking
/// sockets in turn need two system calls per message, fewer than any loop over readiness.
fn echo(port: u16, connections: u32, bytes: usize, seconds: u32) -> io::Result<()> {
    let message: Vec<u8> = (0..bytes).map(|n| b'a' + (n % 26) as u8).collect();
    let mut back = vec![0; bytes];
    let mut sockets = Vec::new();
    for _ in 0..connections {
        let socket = TcpStream::connect(("127.0.0.1", port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        sockets.push((socket, Instant::now()));
    }
    for (socket, sent) in &mut sockets {
        socket.write_all(&message)?;
        *sent = Instant::now();
    }
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds.into());
    let mut took: Vec<Duration> = Vec::new();
    while Instant::now() < end {
        for (socket, sent) in &mut sockets {
            socket.read_exact(&mut back)?;
            let now = Instant::now();
            took.push(now - *sent);
            if took.len().is_multiple_of(1024) && back != message {
                return Err(io::Error::other("what came back is not what was sent"));
            }
            *sent = now;
            socket.write_all(&message)?;
        }
    }
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort_unstable();
    let ms = |share: f64| took[(took.len() as f64 * share) as usize].as_secs_f64() * 1000.0;
    println!("{rate} {} {} {}", ms(0.5), ms(0.99), took.len());
    Ok(())
}

fn sink() -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("{}", listener.local_addr()?.port());
    for socket in listener.incoming() {
        let socket = socket?;
        // A caller that breaks off is no failure of the collector.
        std::thread::spawn(move || swallow(socket));
    }
    Ok(())
}

/// Answers each request once its body is there. Callers wait for an answer before they send more.
fn swallow(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let mut filled = 0;
        let head = loop {
            if let Some(end) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            match socket.read(&mut buffer[filled..])? {
                0 => return Ok(()),
                read => filled += read,
            }
        };
        let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        let mut tail = buffer[head..filled].to_vec();
        let mut body = tail.len();
        let chunked = text.contains("transfer-encoding: chunked");
        let whole = length(&text);
        while if chunked { !tail.ends_with(b"0\r\n\r\n") } else { body < whole } {
            let read = socket.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            body += read;
            tail.extend_from_slice(&buffer[read.saturating_sub(5)..read]);
        }
        socket.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
        )?;
    }
}

/// Value of `content-length`; 0 without one.
fn length(head: &str) -> usize {
    let line = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}
