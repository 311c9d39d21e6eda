//! The `package.json` of a function's folder.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Engine, FileContent};

const NAME: &str = "package.json";

/// Refuses a `package.json` that is no JSON object: it decides what the code is and what it needs,
/// and unread it would decide otherwise than its author meant. `folder` is the function's, empty
/// at the top.
pub(super) fn check(
    engine: Engine,
    files: &BTreeMap<String, FileContent>,
    folder: &str,
) -> Result<(), Box<Diagnostic>> {
    let Some(content) = files.get(NAME).filter(|_| engine != Engine::Python) else { return Ok(()) };
    let json = &content.0[..];
    // Some editors begin files with it, and npm takes it.
    let json = json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json);
    if json.trim_ascii().is_empty() {
        return Ok(());
    }
    let file = match folder {
        "" => NAME.to_owned(),
        folder => format!("{folder}/{NAME}"),
    };
    let refuse = |message: &str, line: usize, column: usize| {
        let number = |n: usize| Some(u32::try_from(n.max(1)).unwrap_or(u32::MAX));
        let place = Place { line: number(line), column: number(column), ..Place::file(file) };
        let message = format!("{NAME} is {message}");
        Err(Box::new(Diagnostic::error(place, message).with_help("correct or remove the file")))
    };
    match serde_json::from_slice::<serde_json::Value>(json) {
        Ok(package) if package.is_object() => Ok(()),
        Ok(_) => refuse("no JSON object", 1, 1),
        Err(error) => {
            let text = error.to_string();
            let what = text.rfind(" at line ").map_or(&*text, |end| &text[..end]);
            refuse(&format!("not valid JSON: {what}"), error.line(), error.column())
        }
    }
}
