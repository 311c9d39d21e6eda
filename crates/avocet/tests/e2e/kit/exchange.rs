//! Requests and the answers expected to them, as the files `requests` and `call.txt` hold them.
//!
//! ```text
//! # a comment, outside of an exchange
//! @parallel 3                   the next request is sent three times at once
//! @only v8 nodejs               the next request is for functions of these families
//! > POST /path?query            below the function's address; ^/path is below the gateway's
//! > header: value
//! >
//! > body, lines joined with a line feed
//! < 200
//! < header: value               exactly this; `header: *` is any value, `!header` is not there
//! <~ text                       the body contains it
//! <json {"a":1}                 the body is this JSON
//! <
//! < body, exactly
//! ```
//! `{{repeat TEXT N}}` and `{{hex 00ff}}` stand for bytes in header values and bodies.

use std::path::Path;

/// One request with its expected answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange {
    /// Line of the request in its file, from 1.
    pub(crate) line: usize,
    /// Number of times that the request is sent at the same time.
    pub(crate) parallel: usize,
    /// The families of runtimes that it is for; every one, where empty.
    pub(crate) only: Vec<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) expected: Expected,
}

/// Rules that an answer must meet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, HeaderRule)>,
    pub(crate) contains: Vec<String>,
    pub(crate) json: Option<serde_json::Value>,
    pub(crate) body: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
pub(crate) enum HeaderRule {
    Is(String),
    Present,
    Absent,
}

#[derive(Default)]
struct Parser {
    done: Vec<Exchange>,
    now: Exchange,
    /// Past the empty line of the part that is being read.
    in_body: bool,
    /// The part that is being read is the answer.
    in_answer: bool,
    parallel: usize,
    only: Vec<String>,
}

/// Reads a file of exchanges; a mistake in it panics with file and line.
pub(crate) fn read(file: &Path) -> Vec<Exchange> {
    let text = std::fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", file.display()));
    let mut parser = Parser { parallel: 1, ..Parser::default() };
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        parser.line(number, line).unwrap_or_else(|why| {
            panic!("{}:{number}: {why}: {line}", file.display());
        });
    }
    parser.finish();
    assert!(!parser.done.is_empty(), "{} holds no request", file.display());
    parser.done
}

impl Exchange {
    pub(crate) fn is_for(&self, family: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == family)
    }
}

impl Parser {
    fn line(&mut self, number: usize, line: &str) -> Result<(), &'static str> {
        if let Some(rest) = line.strip_prefix('>') {
            self.request(number, rest.strip_prefix(' ').unwrap_or(rest))
        } else if let Some(rest) = line.strip_prefix("<~ ") {
            self.now.expected.contains.push(rest.to_owned());
            Ok(())
        } else if let Some(rest) = line.strip_prefix("<json ") {
            self.now.expected.json = Some(serde_json::from_str(rest).map_err(|_| "bad JSON")?);
            Ok(())
        } else if let Some(rest) = line.strip_prefix('<') {
            self.answer(rest.strip_prefix(' ').unwrap_or(rest))
        } else if let Some(count) = line.strip_prefix("@parallel ") {
            self.finish();
            self.parallel = count.parse().map_err(|_| "bad number")?;
            Ok(())
        } else if let Some(families) = line.strip_prefix("@only ") {
            self.finish();
            self.only = families.split_whitespace().map(str::to_owned).collect();
            Ok(())
        } else if line.is_empty() || line.starts_with('#') {
            Ok(())
        } else {
            Err("neither request, answer nor comment")
        }
    }

    fn request(&mut self, number: usize, rest: &str) -> Result<(), &'static str> {
        if self.in_answer {
            self.finish();
        }
        if self.now.line == 0 {
            let (method, path) = rest.split_once(' ').ok_or("expected METHOD PATH")?;
            self.now.line = number;
            self.now.parallel = std::mem::replace(&mut self.parallel, 1);
            self.now.only = std::mem::take(&mut self.only);
            (self.now.method, self.now.path) = (method.to_owned(), path.to_owned());
        } else if self.in_body {
            push_line(&mut self.now.body, rest);
        } else if rest.is_empty() {
            self.in_body = true;
        } else {
            let (name, value) = rest.split_once(": ").ok_or("expected `name: value`")?;
            self.now.headers.push((name.to_owned(), expand(value)));
        }
        Ok(())
    }

    fn answer(&mut self, rest: &str) -> Result<(), &'static str> {
        if !self.in_answer {
            (self.in_answer, self.in_body) = (true, false);
            self.now.expected.status = rest.parse().map_err(|_| "expected a status")?;
        } else if self.in_body {
            match &mut self.now.expected.body {
                Some(body) if !body.is_empty() => push_line(body, rest),
                body => *body = Some(expand(rest)),
            }
        } else if rest.is_empty() {
            self.in_body = true;
            self.now.expected.body = Some(Vec::new());
        } else if let Some(name) = rest.strip_prefix('!') {
            self.now.expected.headers.push((name.to_owned(), HeaderRule::Absent));
        } else {
            let (name, value) = rest.split_once(": ").ok_or("expected `name: value`")?;
            let rule = match value {
                "*" => HeaderRule::Present,
                value => HeaderRule::Is(value.to_owned()),
            };
            self.now.expected.headers.push((name.to_owned(), rule));
        }
        Ok(())
    }

    fn finish(&mut self) {
        let exchange = std::mem::take(&mut self.now);
        (self.in_answer, self.in_body) = (false, false);
        if exchange.line != 0 {
            self.done.push(exchange);
        }
    }
}

fn push_line(body: &mut Vec<u8>, line: &str) {
    if !body.is_empty() {
        body.push(b'\n');
    }
    body.extend(expand(line));
}

/// Replaces `{{repeat TEXT N}}` and `{{hex 00ff}}`.
fn expand(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{") {
        let (command, after) = tail.split_once("}}").expect("`{{` has its `}}`");
        out.extend(before.as_bytes());
        let words: Vec<&str> = command.split(' ').collect();
        match words[..] {
            ["repeat", text, count] => {
                out.extend(text.repeat(count.parse().expect("a number")).as_bytes());
            }
            ["hex", digits] => out.extend(
                (0..digits.len() / 2)
                    .map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).expect("hex")),
            ),
            _ => panic!("unknown: {{{{{command}}}}}"),
        }
        rest = after;
    }
    out.extend(rest.as_bytes());
    out
}
