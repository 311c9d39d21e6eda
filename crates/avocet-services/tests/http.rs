//! The HTTP client against servers that answer well and badly.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use avocet_services::egress::Rule;
use avocet_services::{HttpClient, HttpError, HttpErrorKind, HttpRequest, HttpResponse};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, Method};

/// A server that answers each connection with what `answer` makes of its first request, in which all
/// headers are there.
fn server(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            while !complete(&request) {
                match stream.read(&mut piece) {
                    Ok(read) if read > 0 => request.extend_from_slice(&piece[..read]),
                    _ => break,
                }
            }
            answer(&String::from_utf8_lossy(&request), &mut stream);
        }
    });
    address
}

/// Whether a request is there, with a body of its `content-length`.
fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

/// A server that always answers with the same bytes.
fn answering(answer: impl Into<Vec<u8>>) -> SocketAddr {
    let answer = answer.into();
    server(move |_, stream| drop(stream.write_all(&answer)))
}

fn client() -> HttpClient {
    HttpClient::new(vec!["127.0.0.0/8".parse::<Rule>().unwrap()])
}

fn request(method: Method, url: impl Into<String>) -> HttpRequest {
    let timeout = Duration::from_secs(60);
    HttpRequest { method, url: url.into(), headers: HeaderMap::new(), body: Bytes::new(), timeout }
}

async fn get(address: SocketAddr) -> Result<HttpResponse, HttpError> {
    client().send(&[], request(Method::GET, format!("http://{address}/"))).await
}

async fn fault(address: SocketAddr) -> (HttpErrorKind, String) {
    let error = get(address).await.unwrap_err();
    (error.kind(), error.to_string())
}

/// Tells what it was asked.
fn mirror() -> SocketAddr {
    server(|request, stream| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let line = head.lines().next().unwrap();
        let kind = head.lines().find(|line| line.starts_with("content-type")).unwrap_or_default();
        let text = format!("{line}|{kind}|{body}");
        let length = text.len();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{text}");
        stream.write_all(answer.as_bytes()).unwrap();
    })
}

#[tokio::test]
async fn a_request_goes_as_it_is_written() {
    let to = mirror();
    let url = format!("http://{to}/a/../b?x=1&&y=%20+");
    let answer = client().send(&[], request(Method::GET, url)).await.unwrap();
    assert_eq!(answer.body, "GET /a/../b?x=1&&y=%20+ HTTP/1.1||");
    let body = Bytes::from_static(b"data");
    for (method, kind) in [(Method::POST, "content-type: text/plain"), (Method::DELETE, "")] {
        let request =
            HttpRequest { body: body.clone(), ..request(method.clone(), format!("http://{to}/")) };
        let answer = client().send(&[], request).await.unwrap();
        assert_eq!(answer.body, format!("{method} / HTTP/1.1|{kind}|data"));
    }
}

#[tokio::test]
async fn redirects_are_followed_by_their_rules() {
    let to = mirror();
    for (status, asked, expected) in [
        (301, Method::POST, "GET /next HTTP/1.1||"),
        (302, Method::POST, "GET /next HTTP/1.1||"),
        (303, Method::PUT, "GET /next HTTP/1.1||"),
        (307, Method::POST, "POST /next HTTP/1.1|content-type: text/plain|data"),
        (308, Method::PUT, "PUT /next HTTP/1.1|content-type: text/plain|data"),
    ] {
        let from = answering(format!(
            "HTTP/1.1 {status} X\r\nlocation: http://{to}/next\r\ncontent-length: 0\r\n\r\n"
        ));
        let body = Bytes::from_static(b"data");
        let request = HttpRequest { body, ..request(asked, format!("http://{from}/")) };
        assert_eq!(client().send(&[], request).await.unwrap().body, expected, "{status}");
    }
    let around = answering("HTTP/1.1 302 X\r\nlocation: /\r\ncontent-length: 0\r\n\r\n");
    let (kind, text) = fault(around).await;
    assert_eq!(
        (kind, &text[..]),
        (HttpErrorKind::Redirect, "it was redirected more than 10 times")
    );
    let away =
        answering("HTTP/1.1 302 X\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(fault(away).await.0, HttpErrorKind::Invalid);
}

#[tokio::test]
async fn every_redirect_is_held_to_the_policy() {
    for target in
        ["http://10.0.0.1/", "http://169.254.169.254/latest", "http://0x0a000001/", "http://[::1]/"]
    {
        let from =
            answering(format!("HTTP/1.1 302 X\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"));
        let (kind, text) = fault(from).await;
        assert_eq!(kind, HttpErrorKind::Refused, "{target}");
        assert!(text.contains("--egress-allow"), "{text}");
    }
}

#[tokio::test]
async fn connections_are_not_shared_by_those_whose_rules_differ() {
    let client = client();
    let to = mirror();
    let url = format!("http://{to}/");
    client.send(&[], request(Method::GET, &url)).await.unwrap();
    let other: Rule = "api.example".parse().unwrap();
    let error = client.send(&[other], request(Method::GET, &url)).await.unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Refused);
    assert!(error.to_string().contains("spec.egress.allow"), "{error}");
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn encoded(body: &[u8]) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ";
    [format!("{head}{}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

#[tokio::test]
async fn gzip_is_decoded_within_the_bound() {
    let answer = get(answering(encoded(&gzip(b"hello")))).await.unwrap();
    assert_eq!(answer.body, "hello");
    assert!(!answer.headers.contains_key("content-encoding"));
    let bomb = gzip(&vec![0; 17 << 20]);
    assert_eq!(fault(answering(encoded(&bomb))).await.0, HttpErrorKind::TooLarge);
    assert_eq!(fault(answering(encoded(b"no gzip"))).await.0, HttpErrorKind::Answer);
    let cut = &gzip(b"hello")[..12];
    assert_eq!(fault(answering(encoded(cut))).await.0, HttpErrorKind::Answer);
}

#[tokio::test]
async fn a_bad_answer_is_a_clear_error() {
    let endless = server(|_, stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n"));
        while stream.write_all(&[b'x'; 65536]).is_ok() {}
    });
    let (kind, text) = fault(endless).await;
    assert_eq!((kind, &text[..]), (HttpErrorKind::TooLarge, "the answer is longer than 16 MiB"));
    let bomb = server(|_, stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\n"));
        while stream.write_all(&[&b"x: "[..], &[b'y'; 8000], b"\r\n"].concat()).is_ok() {}
    });
    assert_eq!(fault(bomb).await.0, HttpErrorKind::TooLarge);
    assert_eq!(fault(answering("this is no HTTP")).await.0, HttpErrorKind::Answer);
    let cut = answering("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfour");
    assert_eq!(fault(cut).await.0, HttpErrorKind::Answer);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (kind, text) = fault(free).await;
    assert_eq!(kind, HttpErrorKind::Connect);
    assert!(text.contains(&free.to_string()), "{text}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let plain = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 no TLS here\r\n\r\n").unwrap();
    });
    let https = request(Method::GET, format!("https://{plain}/"));
    let error = client().send(&[], https).await.unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Tls, "{error}");
}

#[tokio::test]
async fn the_time_covers_the_whole_answer() {
    let frozen = server(|_, stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfour"));
        let mut rest = [0];
        // Until the client gives up.
        drop(stream.read(&mut rest));
    });
    let timeout = Duration::from_millis(50);
    let asked = HttpRequest { timeout, ..request(Method::GET, format!("http://{frozen}/")) };
    let error = client().send(&[], asked).await.unwrap_err();
    assert_eq!(
        (error.kind(), &error.to_string()[..]),
        (HttpErrorKind::Timeout, "no complete answer within 50 ms")
    );
}
