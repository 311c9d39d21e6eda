//! From a place in a function's code to the place in the files that a person has.

use super::{ProjectFile, Spot};
use crate::diagnostic::Place;
use crate::manifest::Located;
use crate::model::{Function, Package, Resource, Source};

/// The place in `files` of a spot in the function's file `path`; of code whose own place is not
/// known, where its document names it.
pub fn locate(
    (path, spot): (&str, Spot),
    located: &Located<Resource>,
    function: &Function,
    package: &Package,
    files: &[ProjectFile],
) -> Place {
    let document = &located.place;
    let found = if let Source::Inline(_) = &function.source {
        located.code.as_ref().map(|code| spot.within(code))
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
        let file = files.iter().filter(is_it).max_by_key(shared);
        file.map(|file| spot.within(&Place::file(&*file.path)))
    };
    found.unwrap_or_else(|| located.place_of("spec.source").clone())
}

impl Spot {
    /// Place in the file in which the source begins at `begin`.
    fn within(self, begin: &Place) -> Place {
        let Place { file, document, line, column } = begin;
        Place {
            file: file.clone(),
            document: *document,
            line: Some(self.line + line.unwrap_or(1) - 1),
            column: Some(self.column + column.unwrap_or(1) - 1),
        }
    }
}
