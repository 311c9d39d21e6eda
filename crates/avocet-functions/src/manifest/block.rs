//! Start of a block scalar's text (YAML 1.2 §8.1).

use saphyr_parser::{ScalarStyle, Span};

use super::node::At;

/// Line of the parser's text in which the text of a block scalar begins, where its lines are lines
/// of the file: of a folded one whose lines are joined they are not. `span` begins at the first
/// character, behind empty lines.
pub(super) fn begin(text: &str, style: ScalarStyle, span: Span) -> Option<u32> {
    let follows = match style {
        ScalarStyle::Literal => true,
        ScalarStyle::Folded => span.end.line() <= span.start.line() + 1,
        _ => false,
    };
    let empty = text.bytes().take_while(|byte| *byte == b'\n').count();
    follows.then(|| span.start.line().saturating_sub(empty) as u32)
}

/// As [`begin`] where an anchor or a tag stands before the scalar: its span begins at that, and so
/// does `rest`, at `at` in the file.
pub(super) fn behind_properties(rest: &str, text: &str, at: At) -> Option<At> {
    let is_header = |line: &str| {
        let mut words = line.split_whitespace().take_while(|word| !word.starts_with('#'));
        words.any(|word| word.starts_with(['|', '>']))
    };
    let before = rest.lines().position(is_header)? + 1;
    let first = text.lines().find(|line| !line.is_empty())?;
    let indent = rest.lines().skip(before).find_map(|line| {
        // An empty line may be shorter or longer than the indentation.
        (!line.trim().is_empty()).then(|| line.strip_suffix(first))
    })??;
    Some(At { line: at.line + before as u32, column: indent.chars().count() as u32 + 1 })
}

/// A text from a character on. Characters are asked for in their order, so that all of them
/// together cost one pass.
pub(super) struct Rest<'t> {
    text: &'t str,
    /// Characters before `text`.
    before: usize,
}

impl<'t> Rest<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, before: 0 }
    }

    pub(super) fn at(&mut self, character: usize) -> &'t str {
        let skip = character.saturating_sub(self.before);
        let bytes = self.text.char_indices().nth(skip).map_or(self.text.len(), |(at, _)| at);
        self.text = &self.text[bytes..];
        self.before += skip;
        self.text
    }
}
