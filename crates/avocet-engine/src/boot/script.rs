//! The files of a JavaScript side.

use std::borrow::Cow;

use crate::report::SCHEME;

/// One of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootScript {
    /// Name of the file in stacks: `avocet:engine/timers.js`.
    pub name: Cow<'static, str>,
    /// Text of the file.
    pub source: Cow<'static, str>,
}

impl BootScript {
    /// A file that the program holds.
    pub const fn embedded(name: &'static str, source: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), source: Cow::Borrowed(source) }
    }

    /// Whether it is evaluated only when something in it is first used.
    pub fn is_part(&self) -> bool {
        self.name.contains("/parts/")
    }

    /// Whether it is the file that JavaScript asks for as `path`.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.name.strip_prefix(SCHEME) == Some(path)
    }
}

/// The files of a folder in the order of its `files.txt`, named `avocet:PREFIX/FILE`. For build
/// scripts.
pub fn read_folder(folder: &std::path::Path, prefix: &str) -> std::io::Result<Vec<BootScript>> {
    let list = std::fs::read_to_string(folder.join("files.txt"))?;
    let names = list.lines().map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let path = folder.join(name);
            let source = std::fs::read_to_string(&path).map_err(|error| {
                std::io::Error::new(error.kind(), format!("{}: {error}", path.display()))
            })?;
            let name = format!("{SCHEME}{prefix}/{name}");
            Ok(BootScript { name: name.into(), source: trimmed(&source).into() })
        })
        .collect()
}

/// Without indentation and whole-line comments, and with the lines where they were: stacks keep
/// their numbers. No file has a literal of several lines.
fn trimmed(source: &str) -> String {
    let mut comment = false;
    let mut out = String::with_capacity(source.len());
    for line in source.lines() {
        let line = line.trim();
        let inside = comment || line.starts_with("/*") || line.starts_with("//");
        comment = (comment || line.starts_with("/*")) && !line.contains("*/");
        if !inside {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trimming_keeps_the_lines_where_they_were() {
        let source = "// one\n(function () {\n  /** two\n   * three */\n  four(); // five\n})\n";
        assert_eq!(trimmed(source), "\n(function () {\n\n\nfour(); // five\n})\n");
    }
}
