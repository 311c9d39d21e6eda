//! The trace that a request belongs to.

use http::HeaderMap;

/// The trace id that the headers carry, as functions find it: W3C Trace Context (`traceparent`), or
/// else B3 in one header (`b3`) or several (`x-b3-traceid`); 0 where there is none.
pub(super) fn trace_of(headers: &HeaderMap) -> u128 {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let w3c = || text("traceparent").and_then(|parent| parent.split('-').nth(1)).and_then(long);
    let b3 = || text("b3").and_then(|b3| b3.split_once('-')).and_then(|(id, _)| any(id));
    w3c().or_else(b3).or_else(|| text("x-b3-traceid").and_then(any)).unwrap_or(0)
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
}
