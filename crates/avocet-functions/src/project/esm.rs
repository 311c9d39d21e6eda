//! Telling ECMAScript modules from CommonJS.

use std::collections::BTreeMap;

use crate::model::FileContent;

/// Whether the JavaScript file `entry` is an ECMAScript module: by its extension (`.mjs`, `.cjs`),
/// else by `"type"` in `package.json`, else by its syntax.
pub fn is_module(entry: &str, files: &BTreeMap<String, FileContent>) -> bool {
    if entry.ends_with(".mjs") {
        return true;
    }
    if !entry.ends_with(".js") {
        return false;
    }
    package_is_module(files)
        || files.get(entry).and_then(FileContent::text).is_some_and(has_module_syntax)
}

/// Whether `package.json` says `"type": "module"`.
pub fn package_is_module(files: &BTreeMap<String, FileContent>) -> bool {
    #[derive(serde::Deserialize)]
    struct PackageJson {
        #[serde(rename = "type", default)]
        kind: Option<String>,
    }
    let package = files.get("package.json").map(|content| &content.0[..]);
    let parsed = package.and_then(|json| serde_json::from_slice::<PackageJson>(json).ok());
    parsed.and_then(|package| package.kind).is_some_and(|kind| kind == "module")
}

/// Whether the text of a `package.json` names packages to install.
pub fn names_packages(json: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct PackageJson {
        #[serde(default)]
        dependencies: Option<BTreeMap<String, serde_json::Value>>,
    }
    let parsed = serde_json::from_slice::<PackageJson>(json).ok();
    parsed.and_then(|package| package.dependencies).is_some_and(|map| !map.is_empty())
}

/// Whether a source has an `import` or `export` statement or `import.meta` at its top level.
///
/// Reads tokens only, so that the words in comments, strings, templates and regular expressions do
/// not count. `import(…)` is no statement: CommonJS has it too.
pub fn has_module_syntax(source: &str) -> bool {
    let mut scan = Scanner { rest: source.as_bytes(), before: Before::Start, depth: 0 };
    while let Some(token) = scan.next() {
        let Token::Word(word) = token else { continue };
        let after = scan.peek();
        let statement = match word {
            b"export" => scan.depth == 0 && (matches!(after, b'{' | b'*') || is_word(after)),
            b"import" => {
                after == b'.'
                    || scan.depth == 0
                        && (matches!(after, b'{' | b'*' | b'"' | b'\'') || is_word(after))
            }
            _ => false,
        };
        if statement {
            return true;
        }
    }
    false
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

enum Token<'a> {
    Word(&'a [u8]),
    Other,
}

/// What stands before the next token: decides whether `/` divides or begins an expression.
#[derive(PartialEq)]
enum Before {
    Start,
    Value,
    Operator,
    Dot,
}

struct Scanner<'a> {
    rest: &'a [u8],
    before: Before,
    depth: usize,
}

impl<'a> Scanner<'a> {
    /// The next token that is not white space, comment, string, template or expression.
    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blank();
        let &first = self.rest.first()?;
        if is_word(first) {
            return Some(self.word());
        }
        match first {
            b'"' | b'\'' => self.literal(first),
            b'`' => self.template(),
            b'/' if self.before != Before::Value => self.expression(),
            _ => self.sign(first),
        }
        Some(Token::Other)
    }

    fn peek(&mut self) -> u8 {
        self.skip_blank();
        self.rest.first().copied().unwrap_or(0)
    }

    fn skip_blank(&mut self) {
        loop {
            self.rest = self.rest.trim_ascii_start();
            let end = match self.rest {
                [b'/', b'/', ..] => find(self.rest, b"\n"),
                [b'/', b'*', ..] => find(&self.rest[2..], b"*/").map(|at| at + 4),
                [b'#', b'!', ..] if self.before == Before::Start => find(self.rest, b"\n"),
                _ => return,
            };
            self.skip(end.unwrap_or(self.rest.len()));
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn word(&mut self) -> Token<'a> {
        let end = self.rest.iter().position(|&b| !is_word(b)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let member = self.before == Before::Dot;
        let operator = matches!(
            word,
            b"return"
                | b"typeof"
                | b"case"
                | b"in"
                | b"of"
                | b"delete"
                | b"void"
                | b"throw"
                | b"new"
                | b"do"
                | b"else"
                | b"await"
                | b"yield"
                | b"instanceof"
        );
        self.before = if operator && !member { Before::Operator } else { Before::Value };
        if member { Token::Other } else { Token::Word(word) }
    }

    fn sign(&mut self, sign: u8) {
        self.skip(1);
        match sign {
            b'{' | b'(' | b'[' => self.depth += 1,
            b'}' | b')' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.before = match sign {
            b')' | b']' => Before::Value,
            // `...rest` is no member.
            b'.' if self.before != Before::Dot => Before::Dot,
            _ => Before::Operator,
        };
    }

    /// A string, to its end or the line's.
    fn literal(&mut self, quote: u8) {
        let end = scan_to(&self.rest[1..], |b| b == quote || b == b'\n');
        self.skip(end + 2);
        self.before = Before::Value;
    }

    fn expression(&mut self) {
        let mut class = false;
        let end = scan_to(&self.rest[1..], |b| {
            class = (class || b == b'[') && b != b']';
            b == b'\n' || (b == b'/' && !class)
        });
        self.skip(end + 2);
        self.before = Before::Value;
    }

    /// A template with the code inside `${…}`, in which nothing is at the top level.
    fn template(&mut self) {
        // Open braces of the code inside each template that is open; 0 means in its text.
        let mut templates = vec![0usize];
        self.skip(1);
        while let Some(open) = templates.last_mut() {
            let rest = self.rest;
            match rest {
                [] => break,
                [b'\\', ..] => self.skip(1),
                [b'`', ..] if *open == 0 => drop(templates.pop()),
                [b'`', ..] => templates.push(0),
                [b'$', b'{', ..] if *open == 0 => {
                    *open = 1;
                    self.skip(1);
                }
                [b'{', ..] if *open > 0 => *open += 1,
                [b'}', ..] if *open > 0 => *open -= 1,
                [quote @ (b'"' | b'\''), ..] if *open > 0 => {
                    self.literal(*quote);
                    continue;
                }
                _ => {}
            }
            self.skip(1);
        }
        self.before = Before::Value;
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, what)
}

/// Index of the first byte that ends it and is not escaped, or the length.
fn scan_to(bytes: &[u8], mut ends: impl FnMut(u8) -> bool) -> usize {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            _ if ends(byte) => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
