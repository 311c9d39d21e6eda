//! A plain HTTP/1.1 client over a blocking socket: it sends exactly the bytes that a test wants,
//! right or wrong, and reads one answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// All values of a header, joined with `, `; `None` where it is not there.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Longest wait for an answer: far beyond any limit that a test sets, so that a hang fails the
/// test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends a request on a connection of its own and reads the answer.
pub(crate) fn send(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(String, Vec<u8>)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let mut request = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    let has = |name: &str| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
    if !has("host") {
        request.extend(format!("host: {address}\r\n").as_bytes());
    }
    let framed = has("transfer-encoding") || has("content-length");
    if !framed && (!body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH")) {
        request.extend(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    for (name, value) in headers {
        request.extend(name.as_bytes());
        request.extend(b": ");
        request.extend(value);
        request.extend(b"\r\n");
    }
    request.extend(b"connection: close\r\n\r\n");
    request.extend(body);
    exchange(address, &request, method == "HEAD")
}

/// A GET without anything.
pub(crate) fn get(address: SocketAddr, target: &str) -> Answer {
    send(address, "GET", target, &[], b"").unwrap_or_else(|e| panic!("GET {target}: {e}"))
}

/// Sends these bytes and reads one answer.
pub(crate) fn exchange(
    address: SocketAddr,
    request: &[u8],
    head_only: bool,
) -> std::io::Result<Answer> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut writer = stream.try_clone()?;
    let bytes = request.to_vec();
    // A server may answer and close before it has read everything, so writing is not waited for
    // and may fail.
    let writing = std::thread::spawn(move || writer.write_all(&bytes));
    let answer = read_answer(&mut BufReader::new(&stream), head_only);
    let _ = stream.shutdown(std::net::Shutdown::Both);
    let _ = writing.join();
    answer
}

fn read_answer(reader: &mut BufReader<&TcpStream>, head_only: bool) -> std::io::Result<Answer> {
    let first = read_line(reader)?;
    let status = first
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| std::io::Error::other(format!("not a status line: {first:?}")))?;
    let mut answer = Answer { status, headers: Vec::new(), body: Vec::new() };
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if head_only || status == 204 || status == 304 {
        return Ok(answer);
    }
    if answer.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        read_chunks(reader, &mut answer.body)?;
    } else if let Some(length) = answer.header("content-length") {
        answer.body.resize(length.parse().map_err(std::io::Error::other)?, 0);
        reader.read_exact(&mut answer.body)?;
    } else {
        reader.read_to_end(&mut answer.body)?;
    }
    Ok(answer)
}

fn read_chunks(reader: &mut BufReader<&TcpStream>, body: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let line = read_line(reader)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(std::io::Error::other)?;
        let start = body.len();
        body.resize(start + size, 0);
        reader.read_exact(&mut body[start..])?;
        while !read_line(reader)?.is_empty() {
            assert_eq!(size, 0, "a chunk ends with its line break");
        }
        if size == 0 {
            return Ok(());
        }
    }
}

fn read_line(reader: &mut BufReader<&TcpStream>) -> std::io::Result<String> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line)? == 0 {
        return Err(std::io::Error::new(
            std::io::ErrorKind::UnexpectedEof,
            "the connection was closed before the answer's end",
        ));
    }
    while matches!(line.last(), Some(b'\r' | b'\n')) {
        line.pop();
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}
