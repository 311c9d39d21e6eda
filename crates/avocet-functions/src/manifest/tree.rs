//! YAML text to trees, within bounds.
//!
//! Built from the parser's events rather than from a ready-made tree: so an error costs only its
//! own document, duplicate keys are found with both places, what aliases repeat is counted before it
//! is copied, and nothing here or in the parser recurses before the nesting is known to be bounded.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::block;
use super::merge::{self, Fault};
use super::node::{At, Entry, Node, Value};
use super::scalar;
use super::{MAX_DEPTH, MAX_DOCUMENTS, MAX_FILE_BYTES, MAX_NODES};

#[derive(Debug, Default)]
pub(super) struct Read {
    /// With their numbers, from 1; empty documents are left out and counted.
    pub(super) documents: Vec<(u32, Node)>,
    pub(super) errors: Vec<TreeError>,
}

#[derive(Debug)]
pub(super) struct TreeError {
    pub(super) document: u32,
    pub(super) at: At,
    pub(super) message: String,
}

/// Reads every document. JSON is read as YAML, which gives places; JSON that YAML does not take
/// (tabs, surrogate pairs) is read as JSON, without them.
pub(super) fn read(text: &str, is_json: bool) -> Read {
    let mut read = Read::default();
    if text.len() > MAX_FILE_BYTES {
        let message = format!("file of {} bytes is over the limit of {MAX_FILE_BYTES}", text.len());
        read.errors.push(TreeError { document: 1, at: At::START, message });
        return read;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    read_yaml(text, &mut read);
    if is_json && !read.errors.is_empty() {
        return read_json(text, read);
    }
    read
}

fn read_json(text: &str, yaml: Read) -> Read {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) => {
            let node = Node::from_json(&json);
            if node.count() > MAX_NODES || node.depth() > MAX_DEPTH {
                return yaml;
            }
            Read { documents: vec![(1, node)], errors: Vec::new() }
        }
        Err(error) => {
            let at = At { line: error.line().max(1) as u32, column: error.column().max(1) as u32 };
            let text = error.to_string();
            let message = text.rfind(" at line ").map_or(&text[..], |end| &text[..end]);
            let message = format!("not valid JSON: {message}");
            Read { documents: Vec::new(), errors: vec![TreeError { document: 1, at, message }] }
        }
    }
}

/// After an error, goes on at the next line that begins a document.
fn read_yaml(text: &str, read: &mut Read) {
    let (mut rest, mut lines, mut number) = (text, 0u32, 0u32);
    loop {
        let mut reader = Reader::new(rest, lines, number);
        let error = reader.run();
        number = reader.number;
        read.documents.append(&mut reader.documents);
        let Some(error) = error else { return };
        number = number.max(error.document);
        let (line, fatal) = (error.at.line, number >= MAX_DOCUMENTS);
        read.errors.push(error);
        let next = next_document(rest, line.saturating_sub(lines));
        match next {
            Some((skipped, bytes)) if !fatal => {
                lines += skipped;
                rest = &rest[bytes..];
            }
            _ => return,
        }
    }
}

/// Lines and bytes before the first `---` after line number `after` (from 1).
fn next_document(text: &str, after: u32) -> Option<(u32, usize)> {
    let mut bytes = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let begins =
            line.starts_with("---") && !line[3..].starts_with(|c: char| !c.is_whitespace());
        if begins && index as u32 >= after && index > 0 {
            return Some((index as u32, bytes));
        }
        bytes += line.len();
    }
    None
}

/// A collection that is being read.
enum Open {
    List(Vec<Node>),
    /// With the key whose value comes next.
    Map(Vec<Entry>, Option<(String, At)>),
}

struct Frame {
    open: Open,
    at: At,
    anchor: usize,
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    rest: block::Rest<'t>,
    /// Lines of the file before this text.
    lines: u32,
    number: u32,
    documents: Vec<(u32, Node)>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, lines: u32, number: u32) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            rest: block::Rest::of(text),
            lines,
            number,
            documents: Vec::new(),
            stack: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
        }
    }

    fn run(&mut self) -> Option<TreeError> {
        while let Some(next) = self.parser.next_event() {
            let result = match next {
                Ok((event, span)) => self.event(event, span),
                Err(error) => Err((self.at(*error.marker()), describe(&error))),
            };
            if let Err((at, message)) = result {
                return Some(TreeError { document: self.number.max(1), at, message });
            }
        }
        None
    }

    fn at(&self, mark: Marker) -> At {
        At { line: mark.line() as u32 + self.lines, column: mark.col() as u32 + 1 }
    }

    fn event(&mut self, event: Event<'t>, span: Span) -> Result<(), Fault> {
        let at = self.at(span.start);
        let result = match event {
            Event::DocumentStart(_) => self.begin(),
            Event::Scalar(text, style, anchor, tag) => {
                let properties = anchor > 0 || tag.is_some();
                let rest = properties.then(|| self.rest.at(span.start.index()));
                let block = block::begin(&text, style, span).and_then(|line| match rest {
                    None => Some(At { line: self.lines + line, column: at.column }),
                    Some(rest) => block::behind_properties(rest, &text, at),
                });
                self.scalar(&text, style, tag.as_deref(), (at, block), anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(Open::List(Vec::new()), at, anchor),
            Event::MappingStart(anchor, _) => self.open(Open::Map(Vec::new(), None), at, anchor),
            Event::SequenceEnd | Event::MappingEnd => return self.close(at),
            Event::Alias(anchor) => self.alias(anchor, at),
            _ => Ok(()),
        };
        result.map_err(|message| (at, message))
    }

    fn begin(&mut self) -> Result<(), String> {
        self.number += 1;
        self.nodes = 0;
        self.anchors.clear();
        match self.number > MAX_DOCUMENTS {
            true => Err(format!("more than {MAX_DOCUMENTS} documents in one file")),
            false => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        (at, block): (At, Option<At>),
        anchor: usize,
    ) -> Result<(), String> {
        self.count(1)?;
        let value = scalar::resolve(text, style, tag)?;
        // A key is its text, whatever it looks like: `1: …` and `true: …` are names here.
        if let Some(Frame { open: Open::Map(_, key @ None), .. }) = self.stack.last_mut() {
            *key = Some((text.to_owned(), at));
            return Ok(());
        }
        self.add(Node { value, at, block }, anchor)
    }

    fn alias(&mut self, anchor: usize, at: At) -> Result<(), String> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err("alias of something that is not complete yet".to_owned());
        };
        let (nodes, depth) = (node.count(), node.depth());
        if let Value::Text(text) = &node.value
            && let Some(Frame { open: Open::Map(_, key @ None), .. }) = self.stack.last_mut()
        {
            *key = Some((text.clone(), at));
            return Ok(());
        }
        let node = node.clone();
        self.count(nodes)?;
        if self.stack.len() + depth > MAX_DEPTH {
            return Err(too_deep());
        }
        self.add(node, 0)
    }

    fn open(&mut self, open: Open, at: At, anchor: usize) -> Result<(), String> {
        self.count(1)?;
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep());
        }
        if let Some(Frame { open: Open::Map(_, None), .. }) = self.stack.last() {
            return Err("a list or mapping cannot be a key here".to_owned());
        }
        self.stack.push(Frame { open, at, anchor });
        Ok(())
    }

    fn close(&mut self, at: At) -> Result<(), Fault> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.open {
            Open::List(items) => Value::List(items),
            Open::Map(entries, _) => Value::Map(merge::merged(entries)?),
        };
        self.add(Node { value, at: frame.at, block: None }, frame.anchor)
            .map_err(|message| (at, message))
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if anchor > 0 {
            self.count(node.count())?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut().map(|frame| &mut frame.open) {
            None => {
                if !matches!(node.value, Value::Null) {
                    self.documents.push((self.number, node));
                }
            }
            Some(Open::List(items)) => items.push(node),
            Some(Open::Map(entries, key)) => {
                let Some((key, key_at)) = key.take() else {
                    return Err("this cannot be a key".to_owned());
                };
                entries.push(Entry { key, key_at, value: node });
            }
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize) -> Result<(), String> {
        self.nodes += nodes;
        match self.nodes > MAX_NODES {
            true => Err(format!("more than {MAX_NODES} values in one document (aliases included)")),
            false => Ok(()),
        }
    }
}

fn too_deep() -> String {
    format!("nested more than {MAX_DEPTH} levels deep")
}

fn describe(error: &ScanError) -> String {
    format!("not valid YAML: {}", error.info())
}
