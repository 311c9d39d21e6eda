//! Spans on their way from functions of every runtime to a collector.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::kit::http;
use crate::kit::server::Server;

/// Each runtime with a handler that makes the span `own` and answers `traced`.
const TRACED: [(&str, &str); 3] = [
    ("v8", TRACED_IN_JAVASCRIPT),
    ("nodejs20", TRACED_IN_JAVASCRIPT),
    (
        "python312",
        "def main(event, context):\n    event.tracer.start_span('own').end()\n    return 'traced'\n",
    ),
];
const TRACED_IN_JAVASCRIPT: &str =
    "exports.main = (event) => { event.tracer.startSpan('own').end(); return 'traced'; };";

/// A collector, and what it was sent so far.
struct Collector {
    listener: TcpListener,
    socket: Option<TcpStream>,
    spans: Vec<Value>,
}

impl Collector {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { listener, socket: None, spans: Vec::new() }
    }

    fn endpoint(&self) -> String {
        format!("http://{}/v1/traces", self.listener.local_addr().unwrap())
    }

    /// All spans, once there are so many; each tells the function that it came from as `function`.
    fn spans(&mut self, count: usize) -> Vec<Value> {
        let listener = &self.listener;
        let accept = || {
            let socket = listener.accept().unwrap().0;
            // What does not come fails the test.
            socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            socket
        };
        let socket = self.socket.get_or_insert_with(accept);
        while self.spans.len() < count {
            let (head, body) = http_request(socket);
            assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
            let request: Value = serde_json::from_slice(&body).unwrap();
            for resource in request["resourceSpans"].as_array().unwrap() {
                let function = &resource["resource"]["attributes"][0]["value"]["stringValue"];
                for scope in resource["scopeSpans"].as_array().unwrap() {
                    for span in scope["spans"].as_array().unwrap() {
                        let mut span = span.clone();
                        span["function"] = function.clone();
                        span["scope"] = scope["scope"]["name"].clone();
                        self.spans.push(span);
                    }
                }
            }
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        }
        assert_eq!(self.spans.len(), count, "{:#?}", self.spans);
        self.spans.clone()
    }
}

/// Reads a request with a `content-length`.
fn http_request(socket: &mut TcpStream) -> (String, Vec<u8>) {
    let mut received = Vec::new();
    let mut more = |received: &mut Vec<u8>| {
        let mut buf = vec![0; 64 * 1024];
        let read = socket.read(&mut buf).unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(received));
        received.extend_from_slice(&buf[..read]);
    };
    let end = loop {
        match received.windows(4).position(|four| four == b"\r\n\r\n") {
            Some(end) => break end + 4,
            None => more(&mut received),
        }
    };
    let head = String::from_utf8(received[..end].to_vec()).unwrap();
    let length = head.to_ascii_lowercase();
    let length = length.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.unwrap().trim().parse().unwrap();
    while received.len() < end + length {
        more(&mut received);
    }
    (head, received[end..end + length].to_vec())
}

#[test]
fn spans_reach_the_collector_and_each_invocation_has_one() {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const CALLER: &str = "b7ad6b7169203331";
    for (runtime, source) in TRACED {
        let mut collector = Collector::new();
        let data = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "traced", runtime, source);
        write(folder.path(), "throws", runtime, throwing(runtime));
        write(folder.path(), "streams", runtime, streaming(runtime));
        let endpoint = collector.endpoint();
        let server = Server::start_with(data.path(), &[("TRACE_COLLECTOR_ENDPOINT", &endpoint)]);
        server.deploy(folder.path()).ok();
        let headers = |flags: &str| {
            [("traceparent".to_owned(), format!("00-{TRACE}-{CALLER}-{flags}").into_bytes())]
        };
        let call = |name: &str, headers: &[(String, Vec<u8>)]| {
            let target = format!("/default/{name}");
            http::send(server.gateway, "GET", &target, headers, b"").unwrap().status
        };
        // The caller wants no spans of this one.
        assert_eq!(call("traced", &headers("00")), 200, "{runtime}");
        assert_eq!(call("traced", &headers("01")), 200, "{runtime}");
        assert_eq!(call("traced", &[]), 200, "{runtime}");
        assert_eq!(call("throws", &[]), 500, "{runtime}");
        assert_eq!(call("streams", &[]), 200, "{runtime}");
        let spans = collector.spans(6);
        let named = |name: &str| -> Vec<&Value> {
            spans.iter().filter(|span| span["name"] == name).collect()
        };
        let (mut own, called) = (named("own"), named("GET traced"));
        assert_eq!((own.len(), called.len()), (2, 2), "{runtime}: {spans:#?}");
        let of_caller = called.iter().position(|span| span["traceId"] == TRACE).unwrap();
        let (with, without) = (called[of_caller], called[1 - of_caller]);
        assert_eq!(with["parentSpanId"], CALLER, "{runtime}");
        assert!(without["parentSpanId"].as_str().unwrap_or_default().is_empty(), "{runtime}");
        // What the function makes is inside of it.
        own.sort_by_key(|span| span["traceId"] != TRACE);
        for (outer, inner) in [with, without].into_iter().zip(own) {
            assert_eq!(inner["traceId"], outer["traceId"], "{runtime}: {spans:#?}");
            assert_eq!(inner["parentSpanId"], outer["spanId"], "{runtime}: {spans:#?}");
            let time =
                |span: &Value, key: &str| -> u128 { span[key].as_str().unwrap().parse().unwrap() };
            assert!(time(outer, "startTimeUnixNano") <= time(outer, "endTimeUnixNano"));
        }
        for (span, status, code) in [
            (with, 200, Value::Null),
            (named("GET throws")[0], 500, 2.into()),
            (named("GET streams")[0], 200, Value::Null),
        ] {
            let attribute = &span["attributes"][0];
            assert_eq!(attribute["key"], "http.response.status_code", "{runtime}: {span}");
            assert_eq!(attribute["value"]["intValue"], status, "{runtime}: {span}");
            assert_eq!(span["status"]["code"], code, "{runtime}: {span}");
            assert_eq!(span["kind"], 2, "{runtime}: {span}");
            assert_eq!(span["scope"], "io.kyma-project.serverless", "{runtime}: {span}");
        }
        assert_eq!(with["function"], "traced", "{runtime}");
    }
}

fn throwing(runtime: &str) -> &'static str {
    match runtime {
        "python312" => "def main(event, context):\n    raise ValueError('x')\n",
        _ => "exports.main = () => { throw new Error('x'); };",
    }
}

fn streaming(runtime: &str) -> &'static str {
    match runtime {
        "python312" => "def main(event, context):\n    return (part for part in ['a', 'b'])\n",
        _ => "exports.main = async function* () { yield 'a'; yield 'b'; };",
    }
}

fn write(folder: &Path, name: &str, runtime: &str, source: &str) {
    let own = folder.join(name);
    std::fs::create_dir_all(&own).unwrap();
    let yaml =
        crate::kit::definition(name, "").replace("runtime: v8", &format!("runtime: {runtime}"));
    let handler = if runtime.starts_with("python") { "handler.py" } else { "handler.js" };
    std::fs::write(own.join("function.yaml"), yaml).unwrap();
    std::fs::write(own.join(handler), source).unwrap();
}
