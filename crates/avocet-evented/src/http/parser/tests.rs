use super::*;

fn events(side: Side, pieces: &[&str]) -> Vec<String> {
    let mut parser = Parser::new(side);
    let mut input = Vec::new();
    let (mut at, mut seen) = (0, Vec::new());
    for piece in pieces {
        input.extend_from_slice(piece.as_bytes());
        loop {
            let text = |range: Range<usize>| String::from_utf8_lossy(&input[range]).into_owned();
            match parser.next(&input, &mut at) {
                Event::More => break,
                Event::Malformed => {
                    seen.push("malformed".into());
                    return seen;
                }
                Event::Complete => seen.push("complete".into()),
                Event::Body(range) => seen.push(format!("body {}", text(range))),
                Event::Head(head) => {
                    let line = text(head.range.clone());
                    seen.push(format!("{} {}", &line[head.start..head.target], head.flags));
                }
            }
        }
    }
    if parser.end() {
        seen.push("complete at the end".into());
    }
    seen
}

fn requests(pieces: &[&str]) -> Vec<String> {
    events(Side::Requests, pieces)
}

#[test]
fn a_request_without_body_is_complete_at_once() {
    assert_eq!(requests(&["GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n"]), ["/a?b 1", "complete"]);
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let text = "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.0\r\n\r\n";
    let bytes: Vec<String> = text.chars().map(Into::into).collect();
    let pieces: Vec<&str> = bytes.iter().map(String::as_str).collect();
    assert_eq!(requests(&pieces), ["/ 5", "body h", "body i", "complete", "/b 2", "complete"]);
}

#[test]
fn chunks_are_taken_apart_and_trailers_dropped() {
    let head = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let body = "3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n";
    assert_eq!(requests(&[head, body]), ["/ 5", "body abc", "body 0123456789", "complete"]);
}

#[test]
fn what_follows_the_last_message_is_not_read() {
    let one = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert_eq!(requests(&[one, "garbage"]), ["/ 0", "complete"]);
}

#[test]
fn malformed_heads() {
    for text in [
        "\r\nGET / HTTP/1.1\r\n\r\n",
        "BREW / HTTP/1.1\r\n\r\n",
        "get / HTTP/1.1\r\n\r\n",
        "GET.. / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n\rX: y\r\n\r\n",
        "GET * HTTP/1.1\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\nbad_name: x\r\n\r\n",
        "GET / HTTP/1.1\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    ] {
        assert_eq!(requests(&[text]), ["malformed"], "{text:?}");
    }
    let split = "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\n";
    assert_eq!(events(Side::Responses, &[split]), ["malformed"]);
    let flood = format!("GET / HTTP/1.1\r\nX: {}", "y".repeat(MAX_PIECE));
    assert_eq!(requests(&[&flood]), ["malformed"]);
}

#[test]
fn malformed_chunks() {
    let head = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    for body in ["x\r\n", "-1\r\n", "1\r\nab", "fffffffffffffffff\r\n"] {
        assert!(requests(&[head, body]).contains(&"malformed".into()), "{body:?}");
    }
}

#[test]
fn responses_end_by_length_by_closing_or_at_once() {
    let read = |text: &str| events(Side::Responses, &[text]);
    let flags = |status: i32, bits: i32| format!(" {}", status << 8 | bits);
    assert_eq!(
        read("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
        [flags(200, 5), "body x".into(), "complete".into()]
    );
    assert_eq!(
        read("HTTP/1.0 200 OK\r\n\r\nrest"),
        [flags(200, 6), "body rest".into(), "complete at the end".into()]
    );
    assert_eq!(read("HTTP/1.1 304 Not Modified\r\n\r\n"), [flags(304, 1), "complete".into()]);
    assert_eq!(read("HTTP/1.1 200 OK\r\n\r\n"), [flags(200, 1), "complete".into()]);
    assert_eq!(read("ICY 200 OK\r\n\r\n"), ["malformed"]);
}

#[test]
fn the_end_of_a_message_can_be_skipped_where_its_head_was_all() {
    let mut parser = Parser::new(Side::Requests);
    let input = b"GET / HTTP/1.1\r\n\r\nPUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n\
        PUT / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx";
    let mut at = 0;
    for heads in 1..=3 {
        assert!(matches!(parser.next(input, &mut at), Event::Head(_)), "{heads}");
        assert_eq!(parser.heads(), heads);
        parser.skip_end();
    }
    // A body that is still to come ends as ever.
    assert!(matches!(parser.next(input, &mut at), Event::Body(_)));
    assert_eq!(parser.next(input, &mut at), Event::Complete);
    assert_eq!(parser.next(input, &mut at), Event::More);
}
