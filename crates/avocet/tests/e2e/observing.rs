//! Logs, metrics and deployed traces of a call, alike on every runtime.

use serde_json::Value;

use crate::kit::http::{self, Answer};
use crate::kit::server::Server;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

/// Each runtime with a handler that prints, waits for 30 ms and answers.
const FUNCTIONS: [(&str, &str, &str); 3] = [
    ("v8", "handler.js", NODE),
    ("nodejs20", "handler.js", NODE),
    (
        "python312",
        "handler.py",
        "import asyncio, sys\n\
         async def main(event, context):\n\
         \x20   print('before')\n\
         \x20   await asyncio.sleep(0.03)\n\
         \x20   print('after', file=sys.stderr)\n\
         \x20   if event['extensions']['request'].path == '/fail': raise Exception('no')\n\
         \x20   return 'done'\n",
    ),
];

const NODE: &str = "exports.main = async (event) => {\n\
    console.log('before');\n\
    await new Promise((resolve) => setTimeout(resolve, 30));\n\
    console.error('after');\n\
    if (event.extensions.request.path === '/fail') throw new Error('no');\n\
    return 'done';\n};\n";

fn each(check: impl Fn(&str, &Server)) {
    each_with(&[], check);
}

fn each_with(environment: &[(&str, &str)], check: impl Fn(&str, &Server)) {
    for (runtime, handler, source) in FUNCTIONS {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("f");
        std::fs::create_dir(&own).unwrap();
        let yaml =
            crate::kit::definition("f", "").replace("runtime: v8", &format!("runtime: {runtime}"));
        std::fs::write(own.join("function.yaml"), yaml).unwrap();
        std::fs::write(own.join(handler), source).unwrap();
        let server = Server::start_with(&folder.path().join("data"), environment);
        server.deploy(&own).ok();
        check(runtime, &server);
    }
}

fn call(server: &Server, path: &str, headers: &[(&str, String)]) -> Answer {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
    http::send(server.gateway, "GET", &format!("/default/f{path}"), &headers, b"").unwrap()
}

#[test]
fn a_printed_line_tells_its_time_stream_invocation_and_trace() {
    let b3 = format!("{TRACE}-{SPAN}-1");
    let carriers: [&[(&str, String)]; 3] = [
        &[("traceparent", format!("00-{TRACE}-{SPAN}-01"))],
        &[("b3", b3)],
        &[("x-b3-traceid", TRACE.to_owned()), ("x-b3-spanid", SPAN.to_owned())],
    ];
    each(|runtime, server| {
        for headers in carriers {
            assert_eq!(call(server, "/", headers).text(), "done");
        }
        let log = server.follow("f");
        let mut invocations = Vec::new();
        for at in 0..2 * carriers.len() {
            let line = log.line_where(|line| line.contains("before") || line.contains("after"));
            let line: Value = serde_json::from_str(&line).unwrap();
            let expected = [("before", "info", "stdout"), ("after", "error", "stderr")][at % 2];
            let found = ["text", "level", "stream"].map(|key| line[key].as_str().unwrap_or(""));
            assert_eq!(found, [expected.0, expected.1, expected.2], "{runtime}: {line}");
            assert_eq!(line["trace"], TRACE, "{runtime}: {line}");
            assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
            invocations.push(line["invocation"].as_str().expect("an invocation").to_owned());
        }
        invocations.dedup();
        assert_eq!(invocations.len(), carriers.len(), "{runtime}: {invocations:?}");
    });
}

#[test]
fn a_call_that_brings_no_trace_has_one_in_the_log_where_spans_are_collected() {
    // Nobody listens there: what cannot be delivered costs callers nothing.
    each_with(&[("TRACE_COLLECTOR_ENDPOINT", "http://127.0.0.1:9/")], |runtime, server| {
        assert_eq!(call(server, "/", &[]).text(), "done");
        let log = server.follow("f");
        let [before, after] = ["before", "after"].map(|text| {
            let line = log.line_where(|line| line.contains(text));
            serde_json::from_str::<Value>(&line).unwrap()["trace"].clone()
        });
        assert_eq!(before.as_str().map(str::len), Some(32), "{runtime}");
        assert_eq!(before, after, "{runtime}");
    });
}

#[test]
fn metrics_count_calls_failures_and_the_time_that_was_waited() {
    each(|runtime, server| {
        for path in ["/", "/", "/fail"] {
            call(server, path, &[]);
        }
        let text = http::get(server.gateway, "/default/f/metrics").text();
        let value = |name: &str| {
            let start = format!("{name}{{function=\"f\",namespace=\"default\"}} ");
            let line = text.lines().find_map(|line| line.strip_prefix(&start));
            line.unwrap_or_else(|| panic!("{runtime}: no {start} in {text}"))
                .parse::<f64>()
                .unwrap()
        };
        assert_eq!(value("function_calls_total"), 3.0, "{runtime}");
        assert_eq!(value("function_failures_total"), 1.0, "{runtime}");
        assert_eq!(value("function_duration_seconds_count"), 3.0, "{runtime}");
        // Three calls that waited 30 ms each.
        assert!(value("function_duration_seconds_sum") >= 0.09, "{runtime}: {text}");
    });
}
