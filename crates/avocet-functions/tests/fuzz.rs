//! Nothing panics on any input, and what is accepted keeps its promises.
//!
//! Mutations of real inputs with fixed seeds: the same inputs on every run. This is no search for
//! new paths; it holds what a careless slice or an unbounded recursion would break.

use std::fs;
use std::path::Path;

use avocet_frames::head::{Respond, Returned};
use avocet_functions::cloudevents::{Binary, Event, batch, mode};
use avocet_functions::manifest::{self, SourceFile};
use avocet_functions::model::{
    Cpu, Function, FunctionName, Memory, Runtime, Source, check_subdomain, settings,
};
use avocet_functions::project::{
    self, Options, ProjectFile, has_module_syntax, read_javascript, read_python,
};
use avocet_functions::request::{MediaType, Reserved, Route, body_kind, check_body};
use avocet_functions::response::{Cors, answer};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A few changes to `input`: bytes changed, removed, repeated, or telling ones put in.
    fn mutate(&mut self, input: &[u8]) -> Vec<u8> {
        const TELLING: [&[u8]; 24] = [
            b"\0",
            b"\xff",
            b"\xc3",
            b"\"",
            b"'",
            b"`",
            b"${",
            b"{",
            b"}",
            b"[",
            b"]",
            b": ",
            b"- ",
            b"&a ",
            b"*a",
            b"<<: ",
            b"!!int ",
            b"\n---\n",
            b"\t",
            b"\\",
            b"%",
            b"/",
            b"\xf0\x9f\x98\x80",
            b"99999999999999999999",
        ];
        let mut output = input.to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(output.len() + 1);
            let end = (at + self.below(12)).min(output.len());
            match self.below(5) {
                0 if at < output.len() => output[at] = self.next() as u8,
                1 => drop(output.drain(at..end)),
                2 => {
                    let part = output[at..end].to_vec();
                    output.splice(at..at, part);
                }
                3 => output.truncate(at.max(output.len() / 2)),
                _ => {
                    let part = self.pick(&TELLING).to_vec();
                    output.splice(at..at, part);
                }
            }
        }
        output
    }

    fn text(&mut self, input: &str) -> String {
        String::from_utf8_lossy(&self.mutate(input.as_bytes())).into_owned()
    }
}

fn manifests() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.file_name().unwrap() != "expected.json");
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn manifests_of_any_shape() {
    let corpus = manifests();
    let mut random = Random(0x5eed_0001);
    for round in 0..3_000 {
        let source = random.pick(&corpus).clone();
        let path = if round % 4 == 0 { "f.json" } else { "f.yaml" }.to_owned();
        let text = random.text(&source);
        let read = manifest::parse(&[SourceFile { path, text: text.clone() }]);
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<manifest::Manifest>(&json).unwrap(), read, "{text}");
        for diagnostic in &read.diagnostics {
            let place = &diagnostic.place;
            assert!(place.line.is_none_or(|line| line as usize <= text.lines().count() + 2));
        }
    }
}

#[test]
fn deep_and_wide_documents() {
    let deep =
        |open: &str, close: &str| format!("{}x{}", open.repeat(50_000), close.repeat(50_000));
    let texts = [
        deep("[", "]"),
        deep("{a: ", "}"),
        "- ".repeat(50_000),
        "? ".repeat(50_000),
        "a:\n ".repeat(2_000),
        "---\n".repeat(60_000),
        "!".repeat(10_000),
        "&a ".repeat(10_000),
        format!("\"{}", "\\".repeat(100_000)),
        format!("a: {}", "x: y, ".repeat(10_000)),
    ];
    for text in texts {
        for path in ["f.yaml", "f.json"] {
            let read = manifest::parse(&[SourceFile { path: path.to_owned(), text: text.clone() }]);
            assert!(read.resources.is_empty());
        }
    }
}

const EVENT: &str = r#"{"specversion":"1.0","id":"a\u00e9","source":"https://u@h:1/p?q#f","type":"t",
"subject":"s","time":"2020-12-20T13:37:33.647+01:00","dataschema":"urn:a","datacontenttype":"text/plain",
"n":1,"b":true,"x":"y","data":{"a":[1,"é"]}}"#;

#[test]
fn structured_events_of_any_shape() {
    let mut random = Random(0x5eed_0002);
    let mut accepted = 0;
    for _ in 0..20_000 {
        let bytes = random.mutate(EVENT.as_bytes());
        if let Ok(read) = Event::from_json(&bytes) {
            accepted += 1;
            let json = read.event.to_json().unwrap();
            let again = Event::from_json(&json).unwrap().event;
            assert_eq!(again.to_json().unwrap(), json);
            let headers = read.event.to_headers().unwrap();
            let binary = Binary::check(&headers).unwrap();
            assert_eq!((binary.id(), binary.source()), (&*read.event.id, &*read.event.source));
        }
        let _ = batch(&bytes);
        let _ = batch(&[b"[", &bytes[..], b"]"].concat());
    }
    assert!(accepted > 100, "only {accepted} of the mutations were events");
}

#[test]
fn headers_of_any_shape() {
    let names =
        ["ce-id", "ce-source", "ce-type", "ce-specversion", "ce-time", "content-type", "ce-x"];
    let values =
        ["1", "/s", "t", "1.0", "2020-12-20T13:37:33Z", "application/json", "\"q\\\"%41\""];
    let mut random = Random(0x5eed_0003);
    for _ in 0..20_000 {
        let mut headers = HeaderMap::new();
        for (name, value) in names.iter().zip(values) {
            let name = match random.below(12) {
                0 => random.text(name),
                _ => (*name).to_owned(),
            };
            let value = match random.below(5) {
                0 => random.mutate(value.as_bytes()),
                _ => value.as_bytes().to_vec(),
            };
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&value)) {
                headers.append(name, value);
            }
        }
        let _ = (mode(&headers), check_body(&headers, 10));
        if let Ok(binary) = Binary::check(&headers) {
            let event = Event::from_binary(&binary, b"{}");
            assert!(event.to_json().is_ok());
        }
    }
}

#[test]
fn addresses_and_amounts_of_any_shape() {
    let corpus = [
        "/shop/orders/x?y#z",
        "orders.shop.example.com:80",
        "text/plain; a=\"b\\\"c\"; d=e",
        "12.5Mi",
        "500ms",
        "nodejs20",
        "shop/orders",
        "[::1]:80",
        "/healthz?x",
    ];
    let mut random = Random(0x5eed_0004);
    for _ in 0..50_000 {
        let source = *random.pick(&corpus);
        let text = random.text(source);
        for route in [Route::from_path(&text), Route::from_host(&text, &text)].into_iter().flatten()
        {
            let name: FunctionName = route.key().parse().unwrap();
            assert_eq!((name.namespace(), name.name()), (route.namespace(), route.function()));
            assert!(route.url().starts_with('/'));
        }
        if let Some(media) = MediaType::parse(&text) {
            let _ = (media.is_json(), media.parameter("d"));
        }
        let _ = (body_kind(Some(&text), true), Reserved::of_gateway(&text));
        let _ = (text.parse::<Runtime>(), text.parse::<Cpu>(), check_subdomain(&text));
        if let Ok(memory) = text.parse::<Memory>() {
            assert_eq!(memory.to_string().parse(), Ok(memory));
        }
        for setting in settings::LIMIT_SETTINGS {
            let read = setting.read(&text);
            assert!(read.is_err() || (setting.min..=setting.max).contains(&read.unwrap()));
        }
    }
}

#[test]
fn sources_of_any_shape() {
    let corpus = [
        "import x from 'y'; const a = `${ `b` } c`; /re[/]x/g.test(a) // end",
        "from .a import (b as c, d)\nimport x; y = rb'\\''\ndef main(e, c):\n  \"\"\"z\"\"\"\n",
        "try { require('a') } catch {}\nexport { x as default } from \"./y\"; export async function* z() {}",
        "#!/bin/node\nmodule.exports = { main: async (e, c) => a / b / c }; /* x */",
    ];
    let mut random = Random(0x5eed_0005);
    for _ in 0..20_000 {
        let source = *random.pick(&corpus);
        let text = random.text(source);
        let _ = has_module_syntax(&text);
        let _ = read_javascript(&text);
        let _ = read_python(&text);
    }
}

#[test]
fn folders_of_any_shape() {
    let paths = ["a.js", "f/handler.js", "f/g.yaml", "package.json", "../x", "/abs", "a//b", "."];
    let corpus = manifests();
    let mut random = Random(0x5eed_0006);
    for _ in 0..1_000 {
        let mut files = Vec::new();
        for path in paths {
            let path = if random.below(3) == 0 { random.text(path) } else { path.to_owned() };
            let content = random.pick(&corpus).clone();
            files.push(ProjectFile { path, content: random.mutate(content.as_bytes()).into() });
        }
        let found = project::read(&files, &Options::default());
        assert!(!found.resources.is_empty() || found.has_errors());
    }
}

#[test]
fn answers_of_any_shape() {
    let kinds =
        [Returned::None, Returned::Text, Returned::Json, Returned::Response, Returned::Thrown];
    let mut random = Random(0x5eed_0007);
    for _ in 0..20_000 {
        let headers = (0..random.below(8)).map(|_| random.text("content-length")).collect();
        let respond = Respond {
            r: *random.pick(&kinds),
            s: Some(random.next() as u16),
            h: Some(headers),
            x: Some(vec![random.text("access-control-allow-origin")]),
            ..Respond::default()
        };
        let answer = answer(&respond, Some(random.below(100)), Cors::AnyOrigin);
        assert!(answer.status.as_u16() >= 200);
        assert!(!answer.headers.contains_key("transfer-encoding"));
    }
}

#[test]
fn stored_functions_of_any_shape() {
    let stored = include_str!("data/function.json");
    let mut random = Random(0x5eed_0008);
    for _ in 0..10_000 {
        if let Ok(function) = serde_json::from_slice::<Function>(&random.mutate(stored.as_bytes()))
        {
            let json = serde_json::to_vec(&function).unwrap();
            assert_eq!(serde_json::from_slice::<Function>(&json).unwrap(), function);
            assert!(function.package().is_ok() || !matches!(function.source, Source::Inline(_)));
            let _ = function.limits();
        }
    }
}
