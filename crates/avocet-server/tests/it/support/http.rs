//! A client that sends exactly the bytes that a test wants.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Nothing here takes so long; it keeps a broken test from hanging.
const TOO_LONG: Duration = Duration::from_secs(30);

/// An open connection.
pub(crate) struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end.
    pub(crate) complete: bool,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self { stream, received: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // A server that refuses a request may close before it has read all of it.
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Says no more, and reads on.
    pub(crate) async fn half_close(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Status of an answer whose first bytes are looked at and not taken; `None` where it is 200.
    pub(crate) async fn early_status(&self) -> Option<u16> {
        let mut first = [0; 12];
        while self.stream.peek(&mut first).await.unwrap() < first.len() {}
        let status = std::str::from_utf8(&first[9..]).unwrap().parse().unwrap();
        (status != 200).then_some(status)
    }

    /// Waits until the server has closed the connection; gives what it sent before.
    pub(crate) async fn closed(mut self) -> String {
        let read = async { while self.more().await {} };
        tokio::time::timeout(TOO_LONG, read).await.expect("the server closes the connection");
        String::from_utf8_lossy(&self.received).into_owned()
    }

    async fn more(&mut self) -> bool {
        let read = tokio::time::timeout(TOO_LONG, self.stream.read_buf(&mut self.received)).await;
        matches!(read.expect("the server answers"), Ok(1..))
    }

    /// The head of the next answer, with its empty line.
    pub(crate) async fn head(&mut self) -> String {
        let end = loop {
            match self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end,
                None => assert!(self.more().await, "closed: {:?}", self.text()),
            }
        };
        String::from_utf8(self.received.drain(..end + 4).collect()).unwrap()
    }

    /// The next answer; `head` asks for one without a body.
    pub(crate) async fn answer(&mut self, method: &str) -> Answer {
        let head = self.head().await;
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new(), complete: true };
        if method != "HEAD" && status >= 200 && status != 204 && status != 304 {
            self.body(&mut answer).await;
        }
        answer
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }

    async fn body(&mut self, answer: &mut Answer) {
        if let Some(length) = answer.header("content-length") {
            let length: usize = length.parse().unwrap();
            answer.complete = self.fill(length).await;
            let there = length.min(self.received.len());
            answer.body = self.received.drain(..there).collect();
        } else if answer.header("transfer-encoding") == Some("chunked") {
            answer.complete = self.chunks(&mut answer.body).await;
        } else {
            while self.more().await {}
            answer.body = std::mem::take(&mut self.received);
        }
    }

    async fn fill(&mut self, length: usize) -> bool {
        while self.received.len() < length {
            if !self.more().await {
                return false;
            }
        }
        true
    }

    async fn chunks(&mut self, body: &mut Vec<u8>) -> bool {
        loop {
            let end = loop {
                match self.received.windows(2).position(|two| two == b"\r\n") {
                    Some(end) => break end,
                    None if !self.more().await => return false,
                    None => {}
                }
            };
            let size = std::str::from_utf8(&self.received[..end]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            self.received.drain(..end + 2);
            if !self.fill(size + 2).await {
                return false;
            }
            body.extend(self.received.drain(..size));
            self.received.drain(..2);
            if size == 0 {
                return true;
            }
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
}

/// One request on a connection of its own. `headers` are whole lines with `\r\n`.
pub(crate) async fn request(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &str,
    body: &[u8],
) -> Answer {
    let mut client = Client::connect(address).await;
    let length = match body.is_empty() {
        true => String::new(),
        false => format!("content-length: {}\r\n", body.len()),
    };
    let host = if headers.contains("host:") { "" } else { "host: 127.0.0.1\r\n" };
    let head = format!("{method} {target} HTTP/1.1\r\n{host}{length}{headers}\r\n");
    client.send(head).await;
    client.send(body).await;
    client.answer(method).await
}
