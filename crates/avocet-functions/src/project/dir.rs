//! `source.dir`: from a folder's name to its files.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, ProjectFile, is_ignored, manifest_file, packages,
};
use crate::diagnostic::{Diagnostic, Place};
use crate::manifest::{Located, Manifest};
use crate::model::{FileContent, FunctionName, PackageError, Resource, Source};

/// Replaces each `source.dir` by the files of its folder, and checks that its handler is among
/// them. Paths of `files` are relative to the same folder as the paths of the manifest's files.
///
/// What cannot be filled in is left out, with an error.
pub fn fill_dirs(manifest: &mut Manifest, files: &[ProjectFile]) {
    fill(manifest, &usable(files));
}

/// Files that are not ignored, in the order of their paths: a folder's are next to each other.
pub(super) fn usable(files: &[ProjectFile]) -> Vec<&ProjectFile> {
    let mut files: Vec<&ProjectFile> = files.iter().filter(|f| !is_ignored(&f.path)).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Returns the folders that are taken: every file below one belongs to a function.
pub(super) fn fill(manifest: &mut Manifest, files: &[&ProjectFile]) -> HashSet<String> {
    let mut claimed = HashSet::new();
    let Manifest { resources, diagnostics, lists, .. } = manifest;
    resources.retain_mut(|located| match fill_one(located, files, lists, &mut claimed) {
        Ok(()) => true,
        Err(error) => {
            diagnostics.push(*error);
            false
        }
    });
    claimed
}

fn fill_one(
    located: &mut Located<Resource>,
    files: &[&ProjectFile],
    lists: &HashMap<FunctionName, String>,
    claimed: &mut HashSet<String>,
) -> Result<(), Box<Diagnostic>> {
    let Resource::Function(function) = &mut located.value else { return Ok(()) };
    if let Source::Dir(dir) = &function.source {
        let folder = folder_of(&located.place.file, dir);
        let fail = |message: String| {
            let diagnostic = Diagnostic::error(located.place.clone(), message);
            Box::new(diagnostic.with_path("spec.source.dir"))
        };
        claimed.insert(folder.clone());
        let mut sources = collect(files, &folder).map_err(fail)?;
        let list = lists.get(&function.name).and_then(|list| sources.remove(list));
        if let Some(list) = list {
            sources.insert(function.runtime.engine().dependencies_file().to_owned(), list);
        }
        if sources.is_empty() {
            return Err(fail(format!("folder `{dir}` has no files")));
        }
        packages::check(function.runtime.engine(), &sources, &folder)?;
        function.source = Source::Files(sources);
    }
    match function.package() {
        Err(error @ PackageError::NoHandler { .. }) => {
            let diagnostic = Diagnostic::error(located.place.clone(), error.to_string());
            let help = "name the file and its export in `spec.handler`, as `file.export`";
            Err(Box::new(diagnostic.with_path("spec.handler").with_help(help)))
        }
        _ => Ok(()),
    }
}

/// The folder `dir` beside `file`; empty for the top.
fn folder_of(file: &str, dir: &str) -> String {
    let base = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    match (base, dir) {
        (base, ".") => base.to_owned(),
        ("", dir) => dir.to_owned(),
        (base, dir) => format!("{base}/{dir}"),
    }
}

/// The files below a folder with their paths relative to it. `files` are sorted.
pub(super) fn below<'f>(
    files: &'f [&'f ProjectFile],
    folder: &str,
) -> impl Iterator<Item = (&'f str, &'f ProjectFile)> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let first = files.partition_point(|file| file.path < prefix);
    files[first..].iter().map_while(move |file| Some((file.path.strip_prefix(&prefix)?, *file)))
}

/// A folder's files within the bounds, documents apart.
pub(super) fn collect(
    files: &[&ProjectFile],
    folder: &str,
) -> Result<BTreeMap<String, FileContent>, String> {
    let mut sources = BTreeMap::new();
    let mut total = 0;
    for (path, file) in below(files, folder) {
        if manifest_file(file).is_some() {
            continue;
        }
        let size = file.content.len();
        total += size;
        if size > MAX_FILE_BYTES {
            let limit = MAX_FILE_BYTES >> 20;
            return Err(format!("file `{}` is over the limit of {limit} MiB", file.path));
        }
        if total > MAX_TOTAL_BYTES {
            let limit = MAX_TOTAL_BYTES >> 20;
            return Err(format!("the function's files are over the limit of {limit} MiB together"));
        }
        sources.insert(path.to_owned(), FileContent(file.content.clone()));
        if sources.len() > MAX_FILES {
            return Err(format!("the function has more than {MAX_FILES} files"));
        }
    }
    Ok(sources)
}

/// A place that is a file or folder.
pub(super) fn place(path: &str) -> Place {
    Place::file(if path.is_empty() { "." } else { path })
}
