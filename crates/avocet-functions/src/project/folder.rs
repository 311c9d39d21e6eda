//! The folder that files have in common.

/// The deepest folder that all `paths` are in, with a slash at its end; empty where there is none.
pub fn common_folder<'a>(paths: impl IntoIterator<Item = &'a str>) -> &'a str {
    let folder = |path: &'a str| &path[..path.rfind('/').map_or(0, |slash| slash + 1)];
    let mut folders = paths.into_iter().map(folder);
    let first = folders.next().unwrap_or_default();
    folders.fold(first, |common, folder| {
        let names = common.split_inclusive('/').zip(folder.split_inclusive('/'));
        let same = names.take_while(|(own, other)| own == other).map(|(own, _)| own.len()).sum();
        &common[..same]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_count() {
        for (paths, expected) in [
            (&[][..], ""),
            (&["a.js"], ""),
            (&["one/a.js"], "one/"),
            (&["one/a.js", "one/b/c.js"], "one/"),
            (&["one/two/a.js", "one/two/b.js"], "one/two/"),
            (&["a/b/x.js", "a/b/c/y.js"], "a/b/"),
            (&["/a/x.js"], "/a/"),
            (&["one/a.js", "oneself/a.js"], ""),
            (&["one/a.js", "a.js"], ""),
            (&["/one/a.js", "/two/a.js"], "/"),
            (&["/a.js"], "/"),
        ] {
            assert_eq!(common_folder(paths.iter().copied()), expected, "{paths:?}");
        }
    }
}
