//! From a place in a function's code to the place in the files that a person has.

use super::{ProjectFile, Spot};
use crate::diagnostic::Place;
use crate::manifest::Located;
use crate::model::{Function, Package, Resource, Source};

/// The place in `files` of a spot in the function's file `path`; of code that is not found there,
/// where its document names it.
pub fn locate(
    (path, spot): (&str, Spot),
    located: &Located<Resource>,
    function: &Function,
    package: &Package,
    files: &[ProjectFile],
) -> Place {
    let at = |file: &ProjectFile, lines: usize, columns: usize| Place {
        line: Some(spot.line + lines as u32),
        column: Some(spot.column + columns as u32),
        ..Place::file(&*file.path)
    };
    let document = &located.place;
    let found = if let Source::Inline(inline) = &function.source {
        let own = files.iter().find(|file| file.path == document.file);
        own.and_then(|file| {
            let text = std::str::from_utf8(&file.content).ok()?;
            let (lines, columns) = block(text, document.line.unwrap_or(1), &inline.source)?;
            Some(at(file, lines, columns))
        })
    } else {
        let content = package.files.get(path).map(|content| &content.0);
        let is_it = |file: &&ProjectFile| {
            let folder = file.path.strip_suffix(path);
            folder.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
                && Some(&file.content) == content
        };
        let shared = |file: &&ProjectFile| {
            file.path.bytes().zip(document.file.bytes()).take_while(|(a, b)| a == b).count()
        };
        files.iter().filter(is_it).max_by_key(shared).map(|file| at(file, 0, 0))
    };
    found.unwrap_or_else(|| located.place_of("spec.source").clone())
}

/// Lines before a block of code in a YAML text, at or after line `from`, and how far it is indented.
fn block(text: &str, from: u32, code: &str) -> Option<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut wanted = code.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (above, first) = wanted.next()?;
    let second = wanted.next();
    (from.saturating_sub(1) as usize..lines.len()).find_map(|at| {
        let indent = lines[at].strip_suffix(first)?;
        let follows = second.is_none_or(|(later, second)| {
            let line = lines.get(at + later - above);
            line.and_then(|line| line.strip_suffix(second)) == Some(indent)
        });
        let before = at.checked_sub(above)?;
        (follows && indent.trim().is_empty()).then(|| (before, indent.chars().count()))
    })
}
