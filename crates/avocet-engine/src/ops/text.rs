//! Text and bytes.

use avocet_v8::{ArrayBuffer, HandleScope, Local, String as JsString};

use super::arguments::Bytes;
use super::results::OpError;
use super::results::too_long;

pub(super) fn utf8_encode<'s>(
    scope: &mut HandleScope<'s>,
    text: Local<'s, JsString>,
) -> Result<Local<'s, ArrayBuffer>, OpError> {
    let mut bytes = Vec::new();
    text.write_utf8_into(scope, &mut bytes);
    ArrayBuffer::copy_of(scope, &bytes).ok_or_else(OpError::thrown)
}

/// `None` where the bytes are not UTF-8 and that is fatal.
pub(super) fn utf8_decode<'s>(
    scope: &mut HandleScope<'s>,
    view: Bytes,
    fatal: bool,
) -> Result<Option<Local<'s, JsString>>, OpError> {
    if fatal && std::str::from_utf8(&view.0).is_err() {
        return Ok(None);
    }
    JsString::new_from_utf8(scope, &view.0).map(Some).ok_or_else(too_long)
}

pub(super) fn latin1_decode<'s>(
    scope: &mut HandleScope<'s>,
    view: Bytes,
) -> Result<Local<'s, JsString>, OpError> {
    JsString::new_from_one_byte(scope, &view.0).ok_or_else(too_long)
}
