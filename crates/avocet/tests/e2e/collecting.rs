//! Spans and events on their way out, where the other side speaks HTTPS.

use std::process::Command;

use crate::kit::project;
use crate::kit::server::{Process, Server};
use crate::kit::write_function;

const TRACED: &str =
    "exports.main = (event) => { event.tracer.startSpan('own').end(); return 'traced'; };";
const PUBLISHES: &str = "exports.main = async (event) => \
    `${(await event.emitCloudEvent('order.created', 'shop', { total: 70 })).status}`;";

/// An HTTPS server that prints its port, then what of it each request tells, and refuses the first.
const RECEIVER: &str = "
const { readFileSync } = require('node:fs');
const [, folder] = process.argv;
const read = (name) => readFileSync(`${folder}/${name}`);
let status = 404;
const server = require('node:https').createServer({ key: read('server.key'), cert: read('server.crt') });
server.on('request', async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  console.log(status, request.url, ['order.created', '\"own\"'].filter((part) => body.includes(part)).join());
  response.writeHead(status).end('{}');
  status = 204;
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
";

struct Receiver {
    process: Process,
    url: String,
    authority: String,
}

impl Receiver {
    fn start() -> Self {
        let folder = project().join("tests/evented/tls-http/pem");
        let process = Process::spawn(Command::new("node").args(["-e", RECEIVER]).arg(&folder));
        let url = format!("https://127.0.0.1:{}/in", process.line());
        Self { process, url, authority: folder.join("ca.crt").display().to_string() }
    }
}

#[test]
fn spans_reach_a_collector_over_https_and_what_it_refuses_is_told() {
    let receiver = Receiver::start();
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_function(folder.path(), "traced", TRACED, "");
    let server = Server::start_with(
        data.path(),
        &[("TRACE_COLLECTOR_ENDPOINT", &receiver.url), ("SSL_CERT_FILE", &receiver.authority)],
    );
    server.deploy(&folder.path().join("traced")).ok();
    let log = Process::start(["logs", "-f", "--server", &server.admin]);
    for (answer, told) in
        [("404 /in \"own\"", "takes no spans: it answered 404"), ("204 /in \"own\"", "spans again")]
    {
        assert_eq!(server.get("traced", "/").text(), "traced");
        assert_eq!(receiver.process.line(), answer);
        log.line_where(|line| line.contains(&receiver.url) && line.contains(told));
    }
}

#[test]
fn a_collector_that_nobody_vouches_for_gets_nothing() {
    let receiver = Receiver::start();
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_function(folder.path(), "traced", TRACED, "");
    let stranger = project().join("tests/evented/tls-http/pem/self.crt");
    let server = Server::start_with(
        data.path(),
        &[
            ("TRACE_COLLECTOR_ENDPOINT", &receiver.url),
            ("SSL_CERT_FILE", stranger.to_str().unwrap()),
        ],
    );
    server.deploy(&folder.path().join("traced")).ok();
    let log = Process::start(["logs", "-f", "--server", &server.admin]);
    assert_eq!(server.get("traced", "/").text(), "traced");
    log.line_where(|line| line.contains("takes no spans") && line.contains("certificate"));
}

#[test]
fn events_are_published_over_https() {
    let receiver = Receiver::start();
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_function(folder.path(), "emitter", PUBLISHES, "");
    let server = Server::start_with(
        data.path(),
        &[("PUBLISHER_PROXY_ADDRESS", &receiver.url), ("SSL_CERT_FILE", &receiver.authority)],
    );
    server.deploy(&folder.path().join("emitter")).ok();
    assert_eq!(server.get("emitter", "/").status, 500);
    assert_eq!(receiver.process.line(), "404 /in order.created");
    assert_eq!(server.get("emitter", "/").text(), "204");
    assert_eq!(receiver.process.line(), "204 /in order.created");
}
