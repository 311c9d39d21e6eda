//! The outline of a Python source.

use std::collections::BTreeSet;

use super::uses::{Outline, Spot, Use};

/// Names with which a module can get names that are not written in it.
const DYNAMIC: [&str; 9] =
    ["__dict__", "__getattr__", "eval", "exec", "globals", "locals", "modules", "setattr", "vars"];

/// Statements whose blocks run, or are left early, depending on what there is.
const CONDITIONAL: [&str; 7] = ["if", "elif", "else", "try", "except", "match", "with"];

/// Reads a Python source by its tokens: names in comments and strings do not count.
///
/// ```
/// use avocet_functions::project::read_python;
///
/// let outline = read_python("import os, yaml\n\ndef main(event, context):\n    return 'x'\n");
/// assert_eq!((outline.uses[1].module.as_str(), outline.uses[1].spot.column), ("yaml", 12));
/// assert!(!outline.lacks("main") && outline.lacks("other"));
/// ```
pub fn read_python(source: &str) -> Outline {
    let tokens = tokens(source);
    let mut reader =
        Reader { source, outline: Outline::default(), conditions: Vec::new(), at_load: true };
    for statement in tokens.split(|token| matches!(token.kind, Kind::End)) {
        reader.statement(statement);
    }
    let names: BTreeSet<String> = tokens
        .iter()
        .filter(|token| matches!(token.kind, Kind::Word))
        .map(|token| token.text.to_owned())
        .collect();
    let star = reader.outline.uses.iter().any(|found| found.module.is_empty());
    reader.outline.uses.retain(|found| !found.module.is_empty());
    let dynamic = star || DYNAMIC.iter().any(|name| names.contains(*name));
    reader.outline.names = (!dynamic).then_some(names);
    reader.outline
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A name or a keyword.
    Word,
    /// A string or a number.
    Value,
    Sign,
    /// The end of a statement.
    End,
}

#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    start: usize,
}

struct Reader<'a> {
    source: &'a str,
    outline: Outline,
    /// Indentation of the conditional statements whose blocks are open.
    conditions: Vec<usize>,
    /// The statement runs when the source is loaded.
    at_load: bool,
}

impl Reader<'_> {
    fn statement(&mut self, tokens: &[Token<'_>]) {
        let Some(first) = tokens.first() else { return };
        let line = self.source[..first.start].rfind('\n').map_or(0, |at| at + 1);
        let blank = &self.source[line..first.start];
        // What follows another statement in its line is where that is.
        let begins = blank.trim().is_empty();
        self.at_load = blank.is_empty();
        if begins {
            self.conditions.retain(|indent| *indent < blank.len());
        }
        match first.text {
            word if CONDITIONAL.contains(&word) && begins => self.conditions.push(blank.len()),
            "def" | "class" if blank.is_empty() => self.named(tokens.get(1)),
            "async" if blank.is_empty() => self.named(tokens.get(2)),
            "import" => self.import(&tokens[1..]),
            "from" => self.from(&tokens[1..]),
            _ if blank.is_empty() && tokens.get(1).is_some_and(|next| next.text == "=") => {
                self.named(Some(first));
            }
            _ => {}
        }
    }

    fn named(&mut self, token: Option<&Token<'_>>) {
        if let Some(token) = token.filter(|token| token.kind == Kind::Word) {
            let spot = Spot::at(self.source, token.start);
            self.outline.exports.push((token.text.to_owned(), spot));
        }
    }

    /// `a.b as c, d`.
    fn import(&mut self, tokens: &[Token<'_>]) {
        for part in tokens.split(|token| token.text == ",") {
            self.add(&dotted(part), part.first());
        }
    }

    /// `.a import b`.
    fn from(&mut self, tokens: &[Token<'_>]) {
        let Some(end) = tokens.iter().position(|token| token.text == "import") else { return };
        if tokens.get(end + 1).is_some_and(|token| token.text == "*") {
            // What it brings is not written here.
            let spot = Spot::at(self.source, tokens[end].start);
            self.outline.uses.push(Use { module: String::new(), spot, at_load: false });
        }
        self.add(&dotted(&tokens[..end]), tokens.first());
    }

    fn add(&mut self, module: &str, token: Option<&Token<'_>>) {
        let Some(token) = token.filter(|_| !module.is_empty() && self.conditions.is_empty()) else {
            return;
        };
        let spot = Spot::at(self.source, token.start);
        let at_load = self.at_load;
        self.outline.uses.push(Use { module: module.to_owned(), spot, at_load });
    }
}

/// The words and dots at the beginning.
fn dotted(tokens: &[Token<'_>]) -> String {
    let is_part = |token: &&Token<'_>| {
        matches!(token.kind, Kind::Word) && token.text != "as" || token.text == "."
    };
    tokens.iter().take_while(is_part).map(|token| token.text).collect()
}

fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut at, mut depth) = (0, 0usize);
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let (kind, length) = match first {
            '\n' | ';' => (Some(Kind::End).filter(|_| depth == 0), 1),
            '#' => (None, rest.find('\n').unwrap_or(rest.len())),
            '\\' if rest[1..].starts_with(['\n', '\r']) => (None, line_end(rest)),
            '"' | '\'' => (Some(Kind::Value), string(rest)),
            _ if first.is_whitespace() => (None, first.len_utf8()),
            _ if first.is_alphabetic() || first == '_' => word(rest),
            _ if first.is_ascii_digit() => (Some(Kind::Value), word_length(rest)),
            _ => (Some(Kind::Sign), first.len_utf8()),
        };
        match first {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let end = (at + length).min(source.len());
        tokens.extend(kind.map(|kind| Token { kind, text: &source[at..end], start: at }));
        // The block of a statement may follow in its line.
        if depth == 0 && first == ':' {
            tokens.push(Token { kind: Kind::End, text: "", start: end });
        }
        at = end;
    }
    tokens
}

fn line_end(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |at| at + 1)
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// A name, or a string with its prefix.
fn word(text: &str) -> (Option<Kind>, usize) {
    let length = word_length(text);
    let prefix = text[..length].to_ascii_lowercase();
    let is_prefix = length <= 2 && prefix.bytes().all(|b| b"rbfut".contains(&b));
    match is_prefix && text[length..].starts_with(['"', '\'']) {
        true => (Some(Kind::Value), length + string(&text[length..])),
        false => (Some(Kind::Word), length),
    }
}

/// Bytes of a string with its quotes; one that does not end ends with its line, or the text.
fn string(text: &str) -> usize {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let (ends, lines) = match text.starts_with(&triple) {
        true => (&*triple, true),
        false => (quote, false),
    };
    let mut at = ends.len();
    while let Some(next) = text[at..].chars().next() {
        if text[at..].starts_with(ends) {
            return at + ends.len();
        }
        match next {
            '\n' if !lines => return at,
            // In a raw string too it keeps the quote after it from ending the string.
            '\\' => {
                at += 1;
                at += text[at..].chars().next().map_or(0, char::len_utf8);
            }
            _ => at += next.len_utf8(),
        }
    }
    text.len()
}
