//! The trace that a request belongs to.

use http::HeaderMap;

/// The trace id that the headers carry, as functions find it: W3C Trace Context (`traceparent`), or
/// else B3 in one header (`b3`) or several (`x-b3-traceid`); 0 where there is none.
pub(super) fn trace_of(headers: &HeaderMap) -> u128 {
    let text = |name: &str| text(headers, name);
    let w3c = || text("traceparent").and_then(|parent| parent.split('-').nth(1)).and_then(long);
    let b3 = || text("b3").and_then(|b3| b3.split_once('-')).and_then(|(id, _)| any(id));
    w3c().or_else(b3).or_else(|| text("x-b3-traceid").and_then(any)).unwrap_or(0)
}

/// The caller's span.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parent {
    pub trace: u128,
    pub span: u64,
    pub sampled: bool,
}

/// The span that the headers name in whole: W3C Trace Context, section 3.2, or else B3.
pub(super) fn parent_of(headers: &HeaderMap) -> Option<Parent> {
    let text = |name: &str| text(headers, name);
    let b3 = || {
        let mut parts = text("b3")?.split('-');
        let (trace, span) = (any(parts.next()?)?, span_id(parts.next()?)?);
        parent(trace, span, parts.next() != Some("0"))
    };
    let several = || {
        let (trace, span) = (any(text("x-b3-traceid")?)?, span_id(text("x-b3-spanid")?)?);
        parent(trace, span, !is_denied(headers))
    };
    text("traceparent").and_then(w3c).or_else(b3).or_else(several)
}

/// Whether the caller wants no spans, in B3's words.
pub(super) fn is_denied(headers: &HeaderMap) -> bool {
    let text = |name: &str| text(headers, name);
    text("x-b3-flags") != Some("1")
        && (text("b3") == Some("0") || matches!(text("x-b3-sampled"), Some("0" | "false")))
}

/// A header's text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn w3c(header: &str) -> Option<Parent> {
    let mut parts = header.splitn(5, '-');
    let mut next = || parts.next();
    let (version, trace, span, flags, more) = (next()?, next()?, next()?, next()?, next());
    let hex = |text: &str| {
        let lower = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
        (text.len() == 2 && text.bytes().all(lower)).then(|| u8::from_str_radix(text, 16).ok())?
    };
    // `ff` is forbidden; the first version has nothing behind the flags.
    let known = hex(version).is_some_and(|version| version != 0xff);
    if !known || version == "00" && more.is_some() {
        return None;
    }
    parent(long(trace)?, span_id(span)?, hex(flags)? & 1 == 1)
}

fn parent(trace: u128, span: u64, sampled: bool) -> Option<Parent> {
    (trace != 0 && span != 0).then_some(Parent { trace, span, sampled })
}

fn span_id(id: &str) -> Option<u64> {
    (id.len() == 16).then_some(id).and_then(|id| u64::from_str_radix(id, 16).ok())
}

fn long(id: &str) -> Option<u128> {
    (id.len() == 32).then_some(id).and_then(|id| u128::from_str_radix(id, 16).ok())
}

/// B3 knows ids of 64 bits too.
fn any(id: &str) -> Option<u128> {
    match id.len() {
        16 => u128::from_str_radix(id, 16).ok(),
        _ => long(id),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_trace_is_read_from_each_of_its_forms() {
        const ID: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
        const SHORT: u128 = 0x8448_eb21_1c80_319c;
        let cases = [
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ID),
            ("traceparent", "00-8448eb211c80319c-b7ad6b7169203331-01", 0),
            ("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1", ID),
            ("b3", "8448eb211c80319c-b7ad6b7169203331", SHORT),
            ("b3", "0", 0),
            ("x-b3-traceid", "0AF7651916CD43DD8448EB211C80319C", ID),
            ("x-b3-traceid", "8448eb211c80319c", SHORT),
            ("x-b3-traceid", "no", 0),
            ("x-request-id", "8448eb211c80319c", 0),
        ];
        for (name, value, expected) in cases {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )]);
            assert_eq!(trace_of(&headers), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_caller_is_read_from_each_of_its_forms() {
        const TRACE: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
        const SPAN: u64 = 0xb7ad_6b71_6920_3331;
        const W3C: &str = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
        let zero = "0".repeat(32);
        let cases = [
            (format!("traceparent: 00-{W3C}-01"), Some(true)),
            (format!("traceparent: 00-{W3C}-00"), Some(false)),
            (format!("traceparent: cc-{W3C}-03-more"), Some(true)),
            (format!("traceparent: 00-{W3C}-01-more"), None),
            (format!("traceparent: ff-{W3C}-01"), None),
            (format!("traceparent: 00-{zero}-b7ad6b7169203331-01"), None),
            (format!("traceparent: 00-{W3C}"), None),
            (format!("b3: {W3C}"), Some(true)),
            (format!("b3: {W3C}-0"), Some(false)),
            (format!("b3: {W3C}-d-b7ad6b7169203331"), Some(true)),
            ("b3: 0".to_owned(), None),
        ];
        for (header, sampled) in cases {
            let (name, value) = header.split_once(": ").unwrap();
            let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            let headers = HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())]);
            let expected = sampled.map(|sampled| Parent { trace: TRACE, span: SPAN, sampled });
            assert_eq!(parent_of(&headers), expected, "{header}");
            assert_eq!(is_denied(&headers), header == "b3: 0", "{header}");
        }
    }
}
