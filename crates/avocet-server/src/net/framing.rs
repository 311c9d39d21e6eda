//! Finds requests that give their length in two ways.
//!
//! hyper believes `Transfer-Encoding`, drops `Content-Length` without a word and closes the
//! connection afterwards, which RFC 9112 (section 6.3) allows. Who sends both is more likely to
//! smuggle a request past a proxy that believes the other one, and the RFC would rather have it
//! refused. So each head is looked at on its way to hyper. One that a caller sends before it has
//! the answer to its last request is not, and is hyper's to judge.

/// Bytes of a line that are kept: more than the longer one of the two names.
const KEPT: usize = 32;

/// The head of a request as it arrives.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Beginning of the line that has not ended yet.
    line: Vec<u8>,
    /// Whether it has a line: empty ones before the first are skipped, as hyper does.
    begun: bool,
    /// Lines that ended, the request's own among them.
    lines: usize,
    length: bool,
    encoding: bool,
    ended: bool,
}

impl Head {
    /// Takes the next bytes of the connection; whether the head has both headers.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> bool {
        while !self.ended {
            let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
                self.keep(bytes);
                break;
            };
            if self.line.is_empty() {
                self.take(&bytes[..end]);
            } else {
                self.keep(&bytes[..end]);
                let line = std::mem::take(&mut self.line);
                self.take(&line);
            }
            bytes = &bytes[end + 1..];
        }
        self.length && self.encoding
    }

    /// Whether nothing that arrives is a part of it any more.
    pub(super) fn is_complete(&self) -> bool {
        self.ended
    }

    /// Headers that arrived as a whole.
    pub(super) fn headers(&self) -> usize {
        self.lines.saturating_sub(1)
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// A whole line, or as much of it as is kept.
    fn take(&mut self, line: &[u8]) {
        if matches!(line, b"" | b"\r") {
            self.ended = self.begun;
            return;
        }
        self.begun = true;
        self.lines += 1;
        let is = |name: &[u8]| {
            line.get(name.len()) == Some(&b':') && line[..name.len()].eq_ignore_ascii_case(name)
        };
        self.length |= is(b"content-length");
        self.encoding |= is(b"transfer-encoding");
    }
}

#[cfg(test)]
mod tests {
    use super::Head;

    const LINE: &str = "POST /x HTTP/1.1\r\nhost: x\r\n";

    #[test]
    fn both_are_found_wherever_the_bytes_are_cut() {
        let long = format!("x-long: {}\r\n", "y".repeat(100));
        let text =
            format!("\r\n{LINE}Content-length: 5\r\n{long}TRANSFER-Encoding: chunked\r\n\r\n");
        for cut in 0..text.len() {
            let mut head = Head::default();
            head.read(&text.as_bytes()[..cut]);
            assert!(head.read(&text.as_bytes()[cut..]), "{cut}");
            assert!(head.is_complete());
        }
        let mut head = Head::default();
        assert!(text.bytes().any(|byte| head.read(&[byte])));
    }

    #[test]
    fn one_of_them_and_what_is_no_header_are_not_found() {
        for rest in [
            "content-length: 5\r\n\r\n",
            "transfer-encoding: chunked\r\n\r\n",
            "content-length: 5\r\n\r\ntransfer-encoding: chunked\r\n",
            "transfer-encoding: chunked\r\nx: content-length: 5\r\nx-content-length: 5\r\n\r\n",
            "transfer-encoding: chunked\r\ncontent-length-x: 5\r\ncontent-lengt\r\n\r\n",
            "transfer-encoding: chunked\n\ncontent-length: 5\n",
        ] {
            let mut head = Head::default();
            assert!(!head.read(format!("{LINE}{rest}").as_bytes()), "{rest:?}");
            assert!(head.is_complete(), "{rest:?}");
        }
    }
}
