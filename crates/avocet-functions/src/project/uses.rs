//! Uses and exports of a source, read without running it.

use std::collections::BTreeSet;

/// The modules that a source asks for, and what it may export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Modules whose names are written out, where nothing shows that they may be missing: not in a
    /// `try` or what follows it, in Python not in an `if` either.
    pub uses: Vec<Use>,
    /// Whether it certainly calls what Node.js gives to every source and runtime `v8` has not.
    pub only_node: bool,
    /// Names that the source gives at its top, as far as they are written out.
    pub exports: Vec<(String, Spot)>,
    /// Every name in its code; `None` where it may give names that are not in it.
    pub(super) names: Option<BTreeSet<String>>,
}

/// A module that a source asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Name as it is written; in Python with the dots of a relative one before it.
    pub module: String,
    /// Place in the source.
    pub spot: Spot,
    /// Whether it is certainly asked for when the source is loaded, and not later or never.
    pub at_load: bool,
}

/// A place in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl Spot {
    /// The place after `offset` bytes of `source`.
    pub(super) fn at(source: &str, offset: usize) -> Self {
        let before = source.get(..offset).unwrap_or(source);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before[begin..].chars().count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { line: number(line), column: number(column) }
    }
}

impl Outline {
    /// Whether the source certainly has no export `name`.
    pub fn lacks(&self, name: &str) -> bool {
        self.names.as_ref().is_some_and(|names| !names.contains(name))
    }
}
