//! The tokens of JavaScript, as far as telling modules apart and finding their names needs them.

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

pub(super) enum Token<'a> {
    /// An identifier or a keyword.
    Word(&'a [u8]),
    /// An identifier after a dot.
    Member(&'a [u8]),
    /// Text between the quotes of a string, as it is written.
    Text(&'a [u8]),
    /// Any other sign.
    Sign(u8),
    /// A template or a regular expression.
    Other,
}

/// Kind of token before the next one: decides whether `/` divides or begins an expression.
#[derive(Clone, PartialEq)]
enum Before {
    Start,
    Value,
    Operator,
    Dot,
}

#[derive(Clone)]
pub(super) struct Scanner<'a> {
    rest: &'a [u8],
    before: Before,
    depth: usize,
    /// Bytes of the whole source.
    length: usize,
    /// Start of the last token.
    start: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let rest = source.as_bytes();
        Self { rest, before: Before::Start, depth: 0, length: rest.len(), start: 0 }
    }

    /// Open brackets.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Bytes before the last token.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The next token that is not white space or a comment.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blank();
        self.start = self.length - self.rest.len();
        let &first = self.rest.first()?;
        if is_word(first) {
            return Some(self.word());
        }
        Some(match first {
            b'"' | b'\'' => Token::Text(self.literal(first)),
            b'`' => {
                self.template();
                Token::Other
            }
            b'/' if self.before != Before::Value => {
                self.expression();
                Token::Other
            }
            _ => {
                self.sign(first);
                Token::Sign(first)
            }
        })
    }

    /// The first byte of the next token, 0 at the end.
    pub(super) fn peek(&mut self) -> u8 {
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
        if member { Token::Member(word) } else { Token::Word(word) }
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
    fn literal(&mut self, quote: u8) -> &'a [u8] {
        let text = &self.rest[1..];
        let end = scan_to(text, |b| b == quote || b == b'\n');
        self.skip(end + 2);
        self.before = Before::Value;
        &text[..end]
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
                    let _ = self.literal(*quote);
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
