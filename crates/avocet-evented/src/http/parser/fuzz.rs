//! Messages at random: mutated from those of `tests/fuzz`, and well-formed ones made up.
//!
//! The rounds are few and always the same; `AVOCET_FUZZ=N` makes them N times as many, and
//! `AVOCET_FUZZ_SEED` others. What it does not test: what JavaScript makes of a message, which
//! the programs `fuzz-…` of `tests/evented` do.

use std::ops::Range;
use std::path::Path;

use super::{Event, Parser, Side};

const ROUNDS: u64 = 4000;

/// Pieces that parsers stumble over.
const SPECIAL: [&[u8]; 24] = [
    b"\r\n",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\0",
    b" ",
    b"\t",
    b":",
    b",",
    b";",
    b"0",
    b"-1",
    b"+1",
    b"0x10",
    b"18446744073709551615",
    b"18446744073709551616",
    b"7fffffffffffffff",
    b"fffffffffffffff",
    b"\xff",
    b"\xc3",
    b"chunked",
    b"Content-Length: 1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"close",
];

/// A small generator: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = std::env::var("AVOCET_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
        Self(seed.unwrap_or(2009_u64).wrapping_mul(2) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// Below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn range(&mut self, length: usize) -> Range<usize> {
        let start = self.below(length + 1);
        start..start + self.below((length - start).min(16) + 1)
    }

    fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

fn rounds() -> u64 {
    let times = std::env::var("AVOCET_FUZZ").ok().and_then(|times| times.parse::<u64>().ok());
    ROUNDS * times.unwrap_or(1)
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the messages to begin with")
        .map(|entry| entry.expect("readable").path())
        .collect();
    // The order of a folder is not the same everywhere.
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).expect("readable")).collect()
}

fn mutate(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(4) {
        let range = random.range(bytes.len());
        match random.below(6) {
            0 if !bytes.is_empty() => {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
            1 => drop(bytes.drain(range)),
            2 => {
                let copy = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, copy);
            }
            3 => {
                let other = &corpus[random.below(corpus.len())];
                let cut = random.below(other.len());
                bytes.truncate(range.start);
                bytes.extend_from_slice(&other[cut..]);
            }
            4 => drop(bytes.splice(range.start..range.start, random.pick(&SPECIAL).to_vec())),
            _ => drop(bytes.splice(range, random.pick(&SPECIAL).to_vec())),
        }
    }
    bytes
}

/// Events of a connection that receives `bytes`, cut at these places. Pieces of a body that
/// follow each other count as one.
fn told(side: Side, bytes: &[u8], cuts: &[usize]) -> Vec<String> {
    let mut parser = Parser::new(side);
    let (mut at, mut told, mut body) = (0, Vec::new(), Vec::new());
    for end in cuts.iter().copied().chain([bytes.len()]) {
        loop {
            let input = &bytes[..end];
            let event = parser.next(input, &mut at);
            assert!(at <= end, "behind the input");
            if let Event::Body(range) = event {
                assert!(!range.is_empty(), "a piece of nothing");
                body.extend_from_slice(&input[range]);
                continue;
            }
            let more = event == Event::More;
            if !more && !body.is_empty() {
                told.push(format!("body {:?}", std::mem::take(&mut body)));
            }
            match event {
                Event::More => break,
                Event::Malformed => return [told, vec!["malformed".into()]].concat(),
                Event::Head(head) => {
                    assert!(head.start <= head.target && head.target <= head.range.len());
                    is_lines(&input[head.range.clone()], side);
                    told.push(format!("{head:?}"));
                }
                other => told.push(format!("{other:?}")),
            }
        }
    }
    if !body.is_empty() {
        told.push(format!("body {body:?}"));
    }
    told.push(format!("end {}", parser.end()));
    told
}

/// A head is lines that end as they should, with an empty one behind them, and its first word is
/// one that is known: two readers must not see two messages.
fn is_lines(head: &[u8], side: Side) {
    let text = String::from_utf8_lossy(head);
    let lines = text.strip_suffix("\r\n\r\n").expect("an empty line at the end");
    for (number, line) in lines.split("\r\n").enumerate() {
        assert!(!line.is_empty() && !line.contains(['\r', '\n']), "{line:?} in {text:?}");
        assert!(number == 0 || line.contains(':'), "{line:?} in {text:?}");
    }
    let first = lines.split(' ').next().unwrap_or_default();
    assert!(side == Side::Responses || super::head::METHODS.contains(&first), "{text:?}");
}

fn cuts(random: &mut Random, length: usize) -> Vec<usize> {
    let mut cuts: Vec<usize> = (0..random.below(6)).map(|_| random.below(length + 1)).collect();
    cuts.sort_unstable();
    cuts
}

fn is_the_same_however_it_comes(side: Side, name: &str) {
    let (mut random, corpus) = (Random::new(), corpus(name));
    for round in 0..rounds() {
        let bytes = mutate(&mut random, &corpus);
        let whole = told(side, &bytes, &[]);
        let cuts = cuts(&mut random, bytes.len());
        let pieces = told(side, &bytes, &cuts);
        let every: Vec<usize> = (0..bytes.len()).collect();
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(whole, pieces, "round {round}, cut at {cuts:?}: {:?}", text());
        assert_eq!(whole, told(side, &bytes, &every), "round {round}, byte by byte: {:?}", text());
    }
}

#[test]
fn requests_are_the_same_however_they_come() {
    is_the_same_however_it_comes(Side::Requests, "requests");
}

#[test]
fn responses_are_the_same_however_they_come() {
    is_the_same_however_it_comes(Side::Responses, "responses");
}

/// A body in chunks as anybody may write them.
fn chunked(random: &mut Random, body: &[u8]) -> Vec<u8> {
    let (mut bytes, mut at) = (Vec::new(), 0);
    while at < body.len() {
        let end = body.len().min(at + 1 + random.below(300));
        let zeros = "0".repeat(random.below(4));
        let size = match random.below(2) {
            0 => format!("{zeros}{:x}", end - at),
            _ => format!("{zeros}{:X}", end - at),
        };
        let extension = random.pick(&["", ";", "; a=b", ";c=\"d\"", " "]);
        bytes.extend_from_slice(format!("{size}{extension}\r\n").as_bytes());
        bytes.extend_from_slice(&body[at..end]);
        bytes.extend_from_slice(b"\r\n");
        at = end;
    }
    bytes.extend_from_slice(random.pick(&["0\r\n\r\n", "000;x\r\nTrailer: 1\r\n\r\n"]).as_bytes());
    bytes
}

#[test]
fn well_formed_requests_are_read_as_they_were_meant() {
    let mut random = Random::new();
    for round in 0..rounds() / 4 {
        let (mut bytes, mut meant) = (Vec::new(), Vec::new());
        for _ in 0..=random.below(4) {
            let body: Vec<u8> = (0..random.below(1000)).map(|_| random.next() as u8).collect();
            let target = format!("/{}", random.next());
            let (field, content) = match random.below(2) {
                0 => ("Transfer-Encoding: chunked".to_owned(), chunked(&mut random, &body)),
                _ => (format!("content-length:{}", body.len()), body.clone()),
            };
            let other = random.pick(&["X-Other: y", "a:", "Connection: keep-alive", "Z: \u{fc}"]);
            bytes.extend_from_slice(
                format!("POST {target} HTTP/1.1\r\n{other}\r\n{field}\r\n\r\n").as_bytes(),
            );
            bytes.extend_from_slice(&content);
            meant.push((target, body));
        }
        let cuts = cuts(&mut random, bytes.len());
        assert_eq!(read(&bytes, &cuts), meant, "round {round}, cut at {cuts:?}");
    }
}

/// Targets and bodies of complete requests.
fn read(bytes: &[u8], cuts: &[usize]) -> Vec<(String, Vec<u8>)> {
    let (mut parser, mut at) = (Parser::new(Side::Requests), 0);
    let (mut open, mut done) = (None, Vec::new());
    for end in cuts.iter().copied().chain([bytes.len()]) {
        loop {
            match parser.next(&bytes[..end], &mut at) {
                Event::More => break,
                Event::Malformed => return done,
                Event::Head(head) => {
                    let text =
                        &bytes[head.range.start + head.start..head.range.start + head.target];
                    open = Some((String::from_utf8_lossy(text).into_owned(), Vec::new()));
                }
                Event::Body(range) => {
                    let (_, body) = open.as_mut().expect("a head came before");
                    body.extend_from_slice(&bytes[range]);
                }
                Event::Complete => done.extend(open.take()),
            }
        }
    }
    done
}
