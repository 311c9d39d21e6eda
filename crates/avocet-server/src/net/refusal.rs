//! The reason of the refusals that hyper writes itself, which have none.

/// `answer` with a line of text, where it is the head of a refusal without a body.
pub(super) fn explain(answer: &[u8], head_bytes: usize) -> Option<Vec<u8>> {
    const EMPTY: &str = "content-length: 0\r\n";
    let status = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    let text = match status {
        b"400" => "the request cannot be read as HTTP/1.1: its line, a header or its framing is \
                   malformed, or it has both Content-Length and Transfer-Encoding"
            .to_owned(),
        b"414" => "the request's target is too long; the limit is 65534 bytes".to_owned(),
        b"431" => {
            format!("the request's head is too large; the limit is {head_bytes} bytes")
        }
        _ => return None,
    };
    let head = std::str::from_utf8(answer).ok()?;
    if head.find("\r\n\r\n")? + 4 != head.len() {
        return None;
    }
    let (before, after) = head.split_once(EMPTY)?;
    let length = text.len();
    let kind = "content-type: text/plain; charset=utf-8";
    Some(format!("{before}{kind}\r\ncontent-length: {length}\r\n{after}{text}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn a_refusal_gets_its_reason_and_other_bytes_stay() {
        let head = b"HTTP/1.1 431 Too Large\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        let whole = String::from_utf8(explain(head, 7).unwrap()).unwrap();
        let (head, text) = whole.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", text.len())), "{head}");
        assert!(text.contains("7 bytes"), "{text}");
        for other in [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\nHello",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK",
            "HTTP/1.1 40",
            "",
        ] {
            assert_eq!(explain(other.as_bytes(), 7), None, "{other:?}");
        }
    }
}
