//! Files that are no part of a function.

/// Folders whose files are never part of a function.
const FOLDERS: [&str; 5] = ["node_modules", "__pycache__", "__tests__", "venv", "target"];

/// Whether a folder need not be read: `node_modules` and the like, and names that begin with a dot.
/// `name` is its last part.
pub fn is_ignored_folder(name: &str) -> bool {
    name.starts_with('.') || FOLDERS.contains(&name)
}

/// Hidden files that a function has all the same: settings of npm.
const KEPT: [&str; 1] = [".npmrc"];

/// Whether a hidden file is part of a function. `name` is its last part.
pub fn is_kept(name: &str) -> bool {
    KEPT.contains(&name)
}

/// Whether a file is left out: it is in an ignored folder, its name begins with a dot (but not
/// `.npmrc`), or it is a test or a README.
pub fn is_ignored(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    folders.split('/').any(is_ignored_folder)
        || name.starts_with('.') && !is_kept(name)
        || is_test(name)
        || {
            let stem = name.split('.').next().unwrap_or(name);
            stem.eq_ignore_ascii_case("readme")
        }
}

fn is_test(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    match extension {
        "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" => {
            stem.ends_with(".test") || stem.ends_with(".spec")
        }
        "py" => stem.starts_with("test_") || stem.ends_with("_test"),
        _ => false,
    }
}
