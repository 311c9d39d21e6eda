//! Between JavaScript's strings and bytes.

use avocet_v8::{Arguments, HandleScope, Integer, Local, Number, String as JsString, Value, null};

/// How a string stands for bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// One byte per character.
    #[default]
    Binary,
    Utf8,
}

impl Encoding {
    pub(crate) fn of(number: Option<i32>) -> Self {
        if number == Some(1) { Self::Utf8 } else { Self::Binary }
    }

    /// Appends the bytes that `value` stands for; what is no string is converted by JavaScript's
    /// rules before it comes here.
    pub(crate) fn encode(
        self,
        scope: &mut HandleScope<'_>,
        value: Local<'_, Value>,
        to: &mut Vec<u8>,
    ) {
        let Some(text) = value.try_cast::<JsString>() else { return };
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

pub(crate) fn text(scope: &mut HandleScope<'_>, value: Local<'_, Value>) -> String {
    let mut bytes = Vec::new();
    Encoding::Utf8.encode(scope, value, &mut bytes);
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

pub(crate) fn text_argument(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    index: usize,
) -> String {
    text(scope, arguments.get(index))
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

/// A list of strings in JavaScript.
pub(crate) fn strings(scope: &mut HandleScope<'_>, value: Local<'_, Value>) -> Vec<String> {
    let Some(list) = value.try_cast::<avocet_v8::Array>() else { return Vec::new() };
    (0..list.length())
        .filter_map(|index| {
            let item = list.get_index(scope, index)?;
            Some(text(scope, item))
        })
        .collect()
}

/// Texts as a list of strings.
pub(crate) fn list<'s>(scope: &mut HandleScope<'s>, texts: &[Vec<u8>]) -> Local<'s, Value> {
    let items: Vec<Local<'s, Value>> =
        texts.iter().map(|text| Encoding::Utf8.decode(scope, text)).collect();
    avocet_v8::Array::new_with_elements(scope, &items).into()
}

/// What the C library says about an error number.
pub(crate) fn error_text(errno: i32) -> String {
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    match text.rfind(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
