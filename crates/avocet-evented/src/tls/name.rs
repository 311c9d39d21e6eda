//! The distinguished name in a certificate (RFC 5280, RFC 2253).

use super::der::{element, elements};

/// The subject of a certificate: `C=DE,O=Example,CN=localhost`, in the certificate's own order.
pub(super) fn subject(certificate: &[u8]) -> Option<String> {
    let (_, certificate, _) = element(certificate)?;
    let (_, body, _) = element(certificate)?;
    let mut fields = elements(body).skip_while(|(tag, _)| *tag == 0xa0);
    // Serial number, algorithm, issuer, validity; then the subject.
    let (_, subject) = fields.nth(4)?;
    let parts: Vec<String> = elements(subject)
        .flat_map(|(_, set)| elements(set))
        .filter_map(|(_, pair)| {
            let mut pair = elements(pair);
            let (_, kind) = pair.next()?;
            let (tag, value) = pair.next()?;
            Some(format!("{}={}", kind_name(kind), escape(&text(tag, value))))
        })
        .collect();
    Some(parts.join(","))
}

fn text(tag: u8, value: &[u8]) -> String {
    if tag == 0x1e {
        let units: Vec<u16> =
            value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(value).into_owned()
}

fn escape(value: &str) -> String {
    let special = |c: char| matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';');
    let mut out = String::new();
    for (at, c) in value.char_indices() {
        let edge = (at == 0 && (c == ' ' || c == '#')) || (at + 1 == value.len() && c == ' ');
        if special(c) || edge {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn kind_name(kind: &[u8]) -> String {
    let known = match kind {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "STREET",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x55, 4, 12] => "title",
        [0x55, 4, 42] => "GN",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => "EMAIL",
        [9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        [9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        _ => return dotted(kind),
    };
    known.to_owned()
}

fn dotted(kind: &[u8]) -> String {
    let mut numbers = Vec::new();
    let mut number = 0u64;
    for byte in kind {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            match numbers.is_empty() {
                true => numbers.extend([(number / 40).min(2), number - (number / 40).min(2) * 40]),
                false => numbers.push(number),
            }
            number = 0;
        }
    }
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}
