//! The gateway's rules as tables: returns, routes, bodies, deliveries.

use std::collections::BTreeMap;
use std::time::Duration;

use avocet_frames::head::{Respond, Returned};
use avocet_functions::event::{Backoff, Outcome, outcome, outcome_of, retry_delay};
use avocet_functions::request::{
    BodyKind, MediaType, Recoded, Reserved, Route, body_kind, check_body, check_length, preflight,
    recode,
};
use avocet_functions::response::{Answer, AnswerBody, Cors, DroppedWhy, MAX_HEADERS, answer};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

#[derive(Deserialize)]
struct Return {
    name: String,
    respond: Respond,
    length: Option<usize>,
    #[serde(default)]
    cors: bool,
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
    #[serde(default)]
    dropped: Vec<String>,
}

/// Values of one name joined by `|`, one character for each byte.
fn texts(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |v: &HeaderValue| v.as_bytes().iter().copied().map(char::from).collect::<String>();
    let values = |name: &HeaderName| headers.get_all(name).iter().map(text).collect::<Vec<_>>();
    headers.keys().map(|name| (name.to_string(), values(name).join("|"))).collect()
}

#[test]
fn every_return_has_its_response() {
    let table = include_str!("data/returns.json");
    for case in serde_json::from_str::<Vec<Return>>(table).unwrap() {
        let Answer { status, headers, body, dropped, bad_status } =
            answer(&case.respond, case.length, Cors::from(case.cors));
        assert_eq!(status.as_u16(), case.status, "{}", case.name);
        assert_eq!(texts(&headers), case.headers, "{}", case.name);
        let bad = case.respond.s.filter(|_| case.body.starts_with("the function set status"));
        assert_eq!(bad_status, bad, "{}", case.name);
        let body = match body {
            AnswerBody::Empty => "empty".to_owned(),
            AnswerBody::Guest => "guest".to_owned(),
            AnswerBody::Text(text) => text,
        };
        assert_eq!(body, case.body, "{}", case.name);
        let dropped: Vec<String> = dropped.iter().map(ToString::to_string).collect();
        assert_eq!(dropped, case.dropped, "{}", case.name);
    }
}

#[test]
fn headers_beyond_the_bounds_are_dropped() {
    let pairs = (0..=MAX_HEADERS).flat_map(|n| [format!("x-{n}"), "v".to_owned()]).collect();
    let respond = Respond { r: Returned::Text, h: Some(pairs), ..Respond::default() };
    let many = answer(&respond, None, Cors::Off);
    assert_eq!((many.headers.len(), many.dropped.len()), (MAX_HEADERS, 1));
    assert_eq!(many.dropped[0].why, DroppedWhy::TooMany);

    let pairs = vec!["x-long".to_owned(), "v".repeat(64 * 1024)];
    let respond = Respond { r: Returned::Text, h: Some(pairs), ..Respond::default() };
    let long = answer(&respond, None, Cors::Off);
    assert_eq!((long.headers.len(), long.dropped.len()), (0, 1));
}

fn show(route: &Route<'_>) -> String {
    assert_eq!(route.key(), format!("{}/{}", route.namespace(), route.function()));
    let reserved = route.reserved().map(|r| format!(" {r:?}")).unwrap_or_default();
    format!("{} {}{reserved}", route.key(), route.url())
}

#[test]
fn every_address_leads_where_it_should() {
    #[derive(Deserialize)]
    struct Routes {
        path: Vec<(String, Option<String>)>,
        host: Vec<(String, String, Option<String>)>,
        gateway: Vec<(String, Option<String>)>,
    }
    let routes: Routes = serde_json::from_str(include_str!("data/routes.json")).unwrap();
    for (target, expected) in &routes.path {
        assert_eq!(&Route::from_path(target).as_ref().map(show), expected, "{target}");
    }
    for (host, target, expected) in &routes.host {
        assert_eq!(&Route::from_host(host, target).as_ref().map(show), expected, "{host}");
    }
    for (target, expected) in &routes.gateway {
        let reserved = Reserved::of_gateway(target).map(|r| format!("{r:?}"));
        assert_eq!(&reserved, expected, "{target}");
    }
}

#[derive(Deserialize)]
struct Bodies {
    kinds: Vec<(Option<String>, BodyKind)>,
    requests: Vec<Request>,
}

#[derive(Deserialize)]
struct Request {
    name: String,
    headers: BTreeMap<String, String>,
    is: String,
}

fn header_map(pairs: &BTreeMap<String, String>) -> HeaderMap {
    let pair = |(name, value): (&String, &String)| {
        (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
    };
    pairs.iter().map(pair).collect()
}

#[test]
fn every_body_has_its_kind() {
    let bodies: Bodies = serde_json::from_str(include_str!("data/bodies.json")).unwrap();
    for (content_type, kind) in &bodies.kinds {
        assert_eq!(body_kind(content_type.as_deref(), true), *kind, "{content_type:?}");
        assert_eq!(body_kind(content_type.as_deref(), false), BodyKind::None);
    }
    for request in &bodies.requests {
        let is = match check_body(&header_map(&request.headers), 1 << 20) {
            Ok(kind) => serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned(),
            Err(error) => format!("{} {error}", error.status().as_u16()),
        };
        assert_eq!(is, request.is, "{}", request.name);
    }
    assert!(check_length(7, 7).is_ok() && check_length(8, 7).is_err());
}

#[test]
fn media_types_have_parameters() {
    let media = MediaType::parse("text/plain; Charset=\"utf-8\"; a=b").unwrap();
    assert_eq!((media.parameter("charset"), media.parameter("a")), (Some("utf-8"), Some("b")));
    assert_eq!((media.parameter("b"), media.subtype()), (None, "plain"));
}

#[test]
fn a_preflight_gets_what_it_asks_for() {
    let asked = BTreeMap::from([
        ("access-control-request-method".to_owned(), "PUT".to_owned()),
        ("access-control-request-headers".to_owned(), "x-a, x-b".to_owned()),
    ]);
    let expected = BTreeMap::from([
        ("access-control-allow-origin".to_owned(), "*".to_owned()),
        ("access-control-allow-methods".to_owned(), "PUT".to_owned()),
        ("access-control-allow-headers".to_owned(), "x-a, x-b".to_owned()),
    ]);
    assert_eq!(texts(&preflight(&header_map(&asked))), expected);
    assert_eq!(preflight(&HeaderMap::new()).len(), 1);
}

#[test]
fn a_status_decides_on_an_event() {
    use Outcome::{Dead, Delivered, Retry};
    for status in 0..=u16::MAX {
        let expected = match status {
            200..300 => Delivered,
            408 | 429 => Retry,
            300..500 => Dead,
            _ => Retry,
        };
        assert_eq!(outcome(status), expected, "{status}");
    }
    assert_eq!((outcome_of(500, 9, 10), outcome_of(500, 10, 10)), (Retry, Dead));
    assert_eq!((outcome_of(200, 10, 10), outcome_of(404, 1, 10)), (Delivered, Dead));
}

#[test]
fn retries_come_later_each_time_within_bounds() {
    let delay = |delivery, random| retry_delay(Backoff::default(), delivery, random);
    assert_eq!(delay(1, 0), Duration::from_millis(500));
    assert_eq!(delay(1, 1000), Duration::from_secs(1));
    assert_eq!(delay(4, 1000), Duration::from_secs(8));
    assert_eq!(delay(9, 1000), Duration::from_secs(256));
    for delivery in [10, 40, u32::MAX] {
        assert_eq!(delay(delivery, 1000), Duration::from_secs(300));
        assert_eq!(delay(delivery, 0), Duration::from_secs(150));
    }
}

/// The body and its content type in UTF-8; the content type alone tells of a refusal.
fn recoded(content_type: &str, body: &[u8]) -> (String, Vec<u8>) {
    let kind = body_kind(Some(content_type), true);
    let value = HeaderValue::from_str(content_type).unwrap();
    match recode(&value, kind, body) {
        Ok(Some(Recoded { body, content_type })) => {
            (content_type.to_str().unwrap().to_owned(), body.to_vec())
        }
        Ok(None) => ("as it came".to_owned(), body.to_vec()),
        Err(error) => (format!("{} {error}", error.status().as_u16()), Vec::new()),
    }
}

#[test]
fn texts_and_forms_become_utf_8() {
    let form = "application/x-www-form-urlencoded; charset=";
    #[rustfmt::skip]
    let cases: [(&str, &[u8], &str, &str); 13] = [
        ("text/plain; charset=windows-1252", b"\x80 \x84x\x93", "text/plain; charset=utf-8", "€ „x“"),
        ("text/csv;header=yes;charset=\"Shift_JIS\"; x=y", b"\x93\xfa\x96\x7b", "text/csv;header=yes;charset=\"utf-8\"; x=y", "日本"),
        ("text/plain; charset=utf-16", b"\xfe\xff\x00\xe9", "text/plain; charset=utf-8", "é"),
        ("text/plain; charset=koi8-r", b"\xf0", "text/plain; charset=utf-8", "П"),
        ("text/plain; charset=us-ascii", b"ascii", "text/plain; charset=utf-8", "ascii"),
        ("text/plain; charset=UTF8", b"\xc3\xa9", "as it came", "é"),
        ("text/plain", b"\xc3\xa9", "as it came", "é"),
        ("text/plain; charset=gbk", b"\xff", "400 the body is not GBK, as its charset says", ""),
        ("text/plain; charset=klingon", b"x", "415 charset \"klingon\" is not supported: send UTF-8, or one that encoding.spec.whatwg.org names", ""),
        (&format!("{form}windows-1252"), b"na%6De=%FC+x&b%5Bc%5D=\xfc&%80&&e=1%3D2%262", "application/x-www-form-urlencoded; charset=utf-8", "name=%C3%BC%20x&b[c]=%C3%BC&%E2%82%AC&&e=1%3D2%262"),
        (&format!("{form}euc-jp"), b"a=%ff", "400 the body is not EUC-JP, as its charset says", ""),
        ("application/octet-stream; charset=latin1", b"\xff", "as it came", "?"),
        ("application/json; charset=latin1", b"{}", "as it came", "{}"),
    ];
    for (content_type, body, type_after, text) in cases {
        let (found, after) = recoded(content_type, body);
        assert_eq!(found, type_after, "{content_type}");
        if text != "?" {
            assert_eq!(String::from_utf8_lossy(&after), text, "{content_type}");
        }
    }
}

#[test]
fn parts_that_are_texts_become_utf_8() {
    let head = |rest: &str| format!("--b\r\nContent-Disposition: form-data; {rest}\r\n\r\n");
    let latin = "name=\"a\"\r\nContent-Type: text/plain; charset=iso-8859-1";
    let whole = |parts: &[(&str, &[u8])]| {
        let part =
            |(rest, content): &(&str, &[u8])| [head(rest).as_bytes(), content, b"\r\n"].concat();
        [parts.iter().map(part).collect::<Vec<_>>().concat(), b"--b--\r\n".to_vec()].concat()
    };
    let multipart = "multipart/form-data; boundary=b";
    let image: (&str, &[u8]) =
        ("name=\"f\"; filename=\"x\"\r\nContent-Type: image/png", b"\xff\xfe\r\n--c");
    let in_utf8 = latin.replace("iso-8859-1", "utf-8");
    let before = whole(&[image, (latin, b"\xe9"), ("name=\"n\"", b"\xe9"), (latin, b"")]);
    let after =
        whole(&[image, (&in_utf8, "é".as_bytes()), ("name=\"n\"", b"\xe9"), (&in_utf8, b"")]);
    assert_eq!(recoded(multipart, &before), (multipart.to_owned(), after));

    // A field that tells the charset of all others (RFC 7578, section 4.6).
    let told: (&str, &[u8]) = ("name=\"_charset_\"", b"windows-1252");
    let before = whole(&[told, ("name=\"n\"", b"\x80"), image]);
    let after = whole(&[told, ("name=\"n\"", "€".as_bytes()), image]);
    assert_eq!(recoded(multipart, &before), (multipart.to_owned(), after));

    let unknown = whole(&[(&latin.replace("iso-8859-1", "klingon"), b"x")]);
    assert!(recoded(multipart, &unknown).0.starts_with("415 "));
    for broken in [
        &b"--b\r\nContent-Type: text/plain; charset=latin1"[..],
        b"charset",
        b"--b--",
        b"--b\r\n--b\r\n",
    ] {
        assert_eq!(recoded(multipart, broken), ("as it came".to_owned(), broken.to_vec()));
    }
}
