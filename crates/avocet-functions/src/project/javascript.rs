//! The outline of a JavaScript or TypeScript source.

use std::collections::BTreeSet;

use super::tokens::{Scanner, Token};
use super::uses::{Outline, Spot, Use};

/// Reads a JavaScript source by its tokens: names in comments, strings and templates do not count.
///
/// Where `require` is also something else than what is called with a name (a parameter, as in what
/// bundlers write), its calls say nothing.
///
/// ```
/// use avocet_functions::project::read_javascript;
///
/// let outline = read_javascript("const ms = require('ms'); exports.main = () => ms(1);");
/// assert_eq!((outline.uses[0].module.as_str(), outline.uses[0].spot.column), ("ms", 20));
/// assert!(!outline.lacks("main") && outline.lacks("other"));
/// ```
pub fn read_javascript(source: &str) -> Outline {
    let mut reader = Reader {
        scan: Scanner::new(source),
        source,
        uses: Vec::new(),
        required: Vec::new(),
        own_require: false,
        tries: Vec::new(),
        exports: Vec::new(),
        names: BTreeSet::new(),
        declares: false,
        dynamic: source.contains("\\u"),
        depends: false,
        only_node: false,
        expression: false,
        expects: false,
    };
    while let Some(token) = reader.next() {
        reader.token(token);
    }
    let Reader { mut uses, required, own_require, exports, names, dynamic, only_node, .. } = reader;
    if !own_require {
        uses.extend(required);
        uses.sort_by_key(|found: &Use| (found.spot.line, found.spot.column));
    }
    Outline { uses, only_node, exports, names: (!dynamic).then_some(names) }
}

struct Reader<'a> {
    scan: Scanner<'a>,
    source: &'a str,
    uses: Vec<Use>,
    required: Vec<Use>,
    /// `require` is a name of the source's own.
    own_require: bool,
    /// The depths at which blocks of `try` and `catch` are open.
    tries: Vec<usize>,
    exports: Vec<(String, Spot)>,
    names: BTreeSet<String>,
    /// The last token says that a name follows.
    declares: bool,
    /// Whether it may export what is not written out.
    dynamic: bool,
    /// Whether the rest of the statement at the top runs later, or depends on something.
    depends: bool,
    only_node: bool,
    /// The token is part of an expression, as the one before it shows.
    expression: bool,
    /// An expression follows.
    expects: bool,
}

/// Functions that Node.js gives to every source, and runtime `v8` does not.
const NODE_CALLS: [&[u8]; 1] = [b"fetch"];

/// Members of `process` that runtime `v8` lacks, or only has to refuse them.
const NODE_PROCESS: [&[u8]; 7] = [
    b"stdin",
    b"kill",
    b"chdir",
    b"dlopen",
    b"report",
    b"getActiveResourcesInfo",
    b"constrainedMemory",
];

/// Words with which a statement begins whose parts run one after the other.
const BEGIN: [&[u8]; 7] = [b"const", b"let", b"var", b"import", b"export", b"module", b"exports"];

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.scan.next()?;
        self.expression = self.expects;
        self.expects = matches!(
            token,
            Token::Word(b"await" | b"return")
                | Token::Sign(b'=' | b'>' | b'(' | b'[' | b':' | b'!')
        );
        let declared = std::mem::take(&mut self.declares);
        self.follow(&token);
        if let Token::Word(word) | Token::Member(word) = token {
            self.names.insert(String::from_utf8_lossy(word).into_owned());
            self.own_require |= declared && word == b"require";
            self.declares = matches!(word, b"function" | b"const" | b"let" | b"var");
        }
        Some(token)
    }

    /// Keeps track of what runs when the source is loaded: not what stands in a function, and not
    /// what depends on something.
    fn follow(&mut self, token: &Token<'a>) {
        if self.scan.depth() > 0 {
            return;
        }
        match token {
            Token::Sign(b';') => self.depends = false,
            Token::Word(word) if BEGIN.contains(word) => self.depends = false,
            Token::Sign(b'?' | b'&' | b'|') => self.depends = true,
            Token::Sign(b'=') if self.scan.peek() == b'>' => self.depends = true,
            Token::Word(b"if" | b"else" | b"for" | b"while" | b"switch") => self.depends = true,
            _ => {}
        }
    }

    fn token(&mut self, token: Token<'a>) {
        match token {
            Token::Sign(b'}') => {
                let depth = self.scan.depth();
                self.tries.retain(|open| *open < depth);
            }
            Token::Sign(b'\\') => self.dynamic = true,
            Token::Word(b"try" | b"catch") if matches!(self.scan.peek(), b'{' | b'(') => {
                self.tries.push(self.scan.depth());
            }
            Token::Word(b"require") => self.require(),
            Token::Word(b"import") => self.import(),
            // Not where it may be the name of a method.
            Token::Word(word) if NODE_CALLS.contains(&word) && self.scan.peek() == b'(' => {
                self.only_node |= self.expression && self.tries.is_empty();
            }
            Token::Word(b"process") if self.scan.peek() == b'.' => {
                self.next();
                if let Some(Token::Member(member)) = self.next() {
                    self.only_node |= self.tries.is_empty() && NODE_PROCESS.contains(&member);
                }
            }
            Token::Word(b"export") if self.scan.depth() == 0 => self.export(),
            Token::Word(b"exports") => self.exports(),
            Token::Word(b"module" | b"eval" | b"Function" | b"arguments" | b"default") => {
                self.dynamic = true;
            }
            Token::Word(b"this") if self.scan.peek() != b'.' => self.dynamic = true,
            Token::Member(b"default") => self.dynamic = true,
            _ => {}
        }
    }

    /// After `require`.
    fn require(&mut self) {
        match self.scan.peek() {
            b'(' => {
                if let Some(found) = self.called_with() {
                    self.required.push(found);
                }
            }
            b'.' => {}
            _ => self.own_require = true,
        }
    }

    /// The name in `("name")`, whose first bracket comes next.
    fn called_with(&mut self) -> Option<Use> {
        let at_load = self.scan.depth() == 0 && !self.depends;
        self.next();
        if !matches!(self.scan.peek(), b'"' | b'\'') {
            return None;
        }
        let found = Use { at_load, ..self.text()? };
        matches!(self.scan.peek(), b')' | b',').then_some(found)
    }

    /// The string that comes next; nothing where it is in a `try` or holds escapes.
    fn text(&mut self) -> Option<Use> {
        let Some(Token::Text(text)) = self.next() else { return None };
        let module = std::str::from_utf8(text).ok().filter(|text| !text.contains('\\'))?;
        let spot = Spot::at(self.source, self.scan.start());
        self.tries.is_empty().then(|| Use { module: module.to_owned(), spot, at_load: true })
    }

    /// After `import`.
    fn import(&mut self) {
        let found = match self.scan.peek() {
            // The promise of one that is not there is rejected: a matter of what waits for it.
            b'(' => self.called_with().map(|found| Use { at_load: false, ..found }),
            b'"' | b'\'' if self.scan.depth() == 0 => self.text(),
            b'.' | b')' | b',' | b'=' | b':' => None,
            _ if self.scan.depth() == 0 => self.from(),
            _ => None,
        };
        self.uses.extend(found);
    }

    /// The module of the statement that began, where it has a `from`. One that is only about types
    /// is gone before the source runs.
    fn from(&mut self) -> Option<Use> {
        let depth = self.scan.depth();
        let mut first = true;
        let mut types = false;
        loop {
            match self.next()? {
                Token::Word(b"type") if first => {
                    let next = self.scan.clone().next();
                    types = !matches!(next, Some(Token::Word(b"from") | Token::Sign(b',')));
                }
                Token::Word(b"from") if self.scan.depth() == depth => {
                    if matches!(self.scan.peek(), b'"' | b'\'') {
                        return self.text().filter(|_| !types);
                    }
                }
                Token::Word(b"require") => {
                    self.require();
                    return None;
                }
                Token::Sign(b'=') | Token::Word(_) | Token::Sign(b'{' | b'}' | b'*' | b',') => {}
                _ => return None,
            }
            first = false;
        }
    }

    /// After `export` at the top.
    fn export(&mut self) {
        match self.scan.peek() {
            b'*' => {
                self.dynamic = true;
                let found = self.from();
                self.uses.extend(found);
            }
            b'{' => self.exported_list(),
            _ => self.exported(),
        }
    }

    /// `{ a, b as c }`, and `from` after it.
    fn exported_list(&mut self) {
        self.next();
        let mut last = None;
        loop {
            match self.next() {
                Some(Token::Word(b"default") | Token::Text(_)) => self.dynamic = true,
                Some(Token::Word(b"as")) => {}
                Some(Token::Word(word)) => last = Some(self.named(word)),
                Some(Token::Sign(b',')) => self.exports.extend(last.take()),
                _ => break,
            }
        }
        self.exports.extend(last);
        if self.scan.peek() == b'f' && matches!(self.next(), Some(Token::Word(b"from"))) {
            let found = self.text();
            self.uses.extend(found);
        }
    }

    /// `export const a`, `export async function b`, ….
    fn exported(&mut self) {
        while let Some(Token::Word(word)) = self.next() {
            match word {
                b"async" | b"abstract" | b"declare" => {}
                b"function" | b"class" | b"const" | b"let" | b"var" => {
                    if self.scan.peek() == b'*' {
                        self.next();
                    }
                    // Otherwise a pattern, whose names count among all.
                    if let Some(Token::Word(word)) = self.next() {
                        let own = self.named(word);
                        self.exports.push(own);
                    }
                    return;
                }
                b"type" | b"interface" => return,
                _ => break,
            }
        }
        self.dynamic = true;
    }

    /// After `exports`: only `exports.name` says what it gives.
    fn exports(&mut self) {
        if self.scan.peek() != b'.' {
            self.dynamic = true;
            return;
        }
        self.next();
        match self.next() {
            Some(Token::Member(b"default")) | None => self.dynamic = true,
            Some(Token::Member(word)) => {
                let own = self.named(word);
                self.exports.push(own);
            }
            Some(_) => self.dynamic = true,
        }
    }

    fn named(&self, word: &[u8]) -> (String, Spot) {
        let name = String::from_utf8_lossy(word).into_owned();
        (name, Spot::at(self.source, self.scan.start()))
    }
}
