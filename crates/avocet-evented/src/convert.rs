//! Between JavaScript's strings and bytes.

use avocet_engine::ops::FromJs;
use avocet_v8::{Array, HandleScope, Integer, Local, Number, String as JsString, Value, null};

/// Encoding of bytes as a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// One byte per character.
    #[default]
    Binary,
    Utf8,
}

/// Read from a number: 1 for UTF-8, whatever else it is for one byte per character.
impl<'s> FromJs<'s> for Encoding {
    const WANTED: &'static str = "the number of an encoding";
    #[inline]
    fn from_js(_: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
        Some(if value.as_i32() == Some(1) { Self::Utf8 } else { Self::Binary })
    }
}

impl Encoding {
    /// Appends the bytes that `text` stands for.
    pub(crate) fn encode(
        self,
        scope: &mut HandleScope<'_>,
        text: Local<'_, JsString>,
        to: &mut Vec<u8>,
    ) {
        match self {
            Self::Utf8 => text.write_utf8_into(scope, to),
            Self::Binary => text.write_one_byte_into(scope, to),
        }
    }

    pub(crate) fn decode<'s>(self, scope: &mut HandleScope<'s>, bytes: &[u8]) -> Local<'s, Value> {
        let text = match self {
            Self::Utf8 if !bytes.is_ascii() => JsString::new_from_utf8(scope, bytes),
            _ => JsString::new_from_one_byte(scope, bytes),
        };
        // A chunk is far below the longest string; a file that is not becomes null.
        text.map_or_else(|| null(scope).into(), Local::into)
    }
}

pub(crate) fn string<'s>(scope: &mut HandleScope<'s>, text: &str) -> Local<'s, Value> {
    Encoding::Utf8.decode(scope, text.as_bytes())
}

pub(crate) fn integer<'s>(scope: &mut HandleScope<'s>, number: i32) -> Local<'s, Value> {
    Integer::new(scope, number).into()
}

pub(crate) fn number<'s>(scope: &mut HandleScope<'s>, number: f64) -> Local<'s, Value> {
    Number::new(scope, number).into()
}

/// Texts as a list of strings.
pub(crate) fn list<'s>(scope: &mut HandleScope<'s>, texts: &[Vec<u8>]) -> Local<'s, Value> {
    let items: Vec<Local<'s, Value>> =
        texts.iter().map(|text| Encoding::Utf8.decode(scope, text)).collect();
    Array::new_with_elements(scope, &items).into()
}

/// The C library's text for an error number.
pub(crate) fn error_text(errno: i32) -> String {
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    match text.rfind(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
