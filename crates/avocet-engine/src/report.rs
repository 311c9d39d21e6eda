//! Errors of scripts, with the place in the source.

use std::fmt;

/// An error that left JavaScript, or a source that does not compile.
///
/// Shown, it is what a person needs to find it: the place, the source line with a caret under the
/// error, and the stack.
///
/// ```text
/// orders.js:3:9
///   total.missing();
///         ^
/// TypeError: total.missing is not a function
///     at main (orders.js:3:9)
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptError {
    /// One line: `TypeError: total.missing is not a function`.
    pub message: String,
    /// The file.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
    /// Characters of the source line that the error covers.
    pub width: u32,
    /// The source line itself.
    pub source_line: Option<String>,
    /// The stack as V8 writes it; it begins with the message.
    pub stack: Option<String>,
}

/// Characters of a source line that a report shows: generated code can be one line of megabytes.
pub const MAX_SOURCE_LINE: usize = 240;

impl ScriptError {
    /// An error that has no place in a source.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// `file:line:column`, as far as it is known.
    pub fn place(&self) -> Option<String> {
        let mut place = self.file.clone()?;
        for number in [self.line, self.column].into_iter().map_while(|number| number) {
            place.push_str(&format!(":{number}"));
        }
        Some(place)
    }

    fn excerpt(&self) -> Option<[String; 2]> {
        excerpt(self.source_line.as_deref()?, self.column.unwrap_or(1), self.width)
    }
}

/// A source line cut to [`MAX_SOURCE_LINE`] around an error, and the line of carets below it;
/// `None` for a line of blanks. `column` is from 1, `width` in characters.
pub fn excerpt(line: &str, column: u32, width: u32) -> Option<[String; 2]> {
    let at = column.max(1) as usize - 1;
    let from = at.saturating_sub(MAX_SOURCE_LINE / 2);
    let shown: String = line.chars().skip(from).take(MAX_SOURCE_LINE).collect();
    if shown.trim().is_empty() {
        return None;
    }
    let pad: String =
        shown.chars().take(at - from).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let room = shown.chars().count().saturating_sub(at - from).max(1);
    let carets = "^".repeat((width.max(1) as usize).min(room));
    Some([shown, pad + &carets])
}

/// Prefix of the names of our own scripts, which distinguishes them in stacks from the program's.
pub const SCHEME: &str = "avocet:";

/// A place that a stack names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Name of the script.
    pub file: &'a str,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl<'a> Place<'a> {
    /// The place in a line of a stack: `    at main (orders.js:3:9)` or `    at orders.js:3:9`.
    /// Code given to `eval` is in no file, so its line has none.
    pub fn of_frame(line: &'a str) -> Option<Self> {
        let frame = line.trim_start().strip_prefix("at ")?;
        if frame.contains("(eval at ") {
            return None;
        }
        let place = frame.strip_suffix(')').and_then(|frame| frame.split_once(" ("));
        let (rest, column) = place.map_or(frame, |(_, place)| place).rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        Some(Self { file, line: line.parse().ok()?, column: column.parse().ok()? })
    }

    /// Whether it is in our own JavaScript, which tells a person nothing.
    pub fn is_ours(&self) -> bool {
        self.file.starts_with(SCHEME)
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place() {
            writeln!(f, "{place}")?;
        }
        if let Some([line, caret]) = self.excerpt() {
            writeln!(f, "{line}\n{caret}")?;
        }
        match &self.stack {
            Some(stack) if stack.contains(&self.message) => f.write_str(stack),
            Some(stack) => write!(f, "{}\n{stack}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ScriptError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> ScriptError {
        ScriptError {
            message: "TypeError: total.missing is not a function".into(),
            file: Some("orders.js".into()),
            line: Some(3),
            column: Some(9),
            width: 7,
            source_line: Some("  total.missing();".into()),
            stack: Some(
                "TypeError: total.missing is not a function\n    at main (orders.js:3:9)".into(),
            ),
        }
    }

    #[test]
    fn a_report_shows_place_line_caret_and_stack() {
        assert_eq!(
            sample().to_string(),
            "orders.js:3:9\n  total.missing();\n        ^^^^^^^\n\
             TypeError: total.missing is not a function\n    at main (orders.js:3:9)"
        );
    }

    #[test]
    fn tabs_keep_the_caret_under_the_error() {
        let error = ScriptError {
            source_line: Some("\t\tx()".into()),
            column: Some(3),
            width: 1,
            stack: None,
            ..sample()
        };
        assert!(error.to_string().contains("\t\tx()\n\t\t^\n"), "{error}");
    }

    #[test]
    fn a_line_of_megabytes_is_cut_around_the_error() {
        let line = "a".repeat(5_000) + "!" + &"b".repeat(5_000);
        let error = ScriptError {
            source_line: Some(line),
            column: Some(5_001),
            width: 1,
            stack: None,
            ..sample()
        };
        let text = error.to_string();
        let mut lines = text.lines().skip(1);
        let (shown, caret) = (lines.next().unwrap(), lines.next().unwrap());
        assert_eq!(shown.chars().count(), MAX_SOURCE_LINE);
        assert_eq!(shown.find('!'), caret.find('^'));
    }

    #[test]
    fn a_line_of_a_stack_names_a_place() {
        let place =
            |line| Place::of_frame(line).map(|place| (place.file, place.line, place.column));
        assert_eq!(place("    at main (a b (1)/orders.js:3:9)"), Some(("a b (1)/orders.js", 3, 9)));
        assert_eq!(place("    at orders.js:3:9"), Some(("orders.js", 3, 9)));
        assert_eq!(place("    at file:///lib/a.mjs:3:9"), Some(("file:///lib/a.mjs", 3, 9)));
        let evaluated = "    at eval (eval at main (orders.js:3:9), <anonymous>:1:7)";
        for line in ["Error: at a:1:2", "    at Array.map (<anonymous>)", evaluated] {
            assert_eq!(place(line), None, "{line}");
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(ScriptError::new("oops").to_string(), "oops");
        let error = ScriptError { line: None, source_line: None, stack: None, ..sample() };
        assert!(error.to_string().starts_with("orders.js\n"));
    }
}
