//! The tables of `docs/functions.md`, `docs/events.md` and `docs/host-services.md`: what they name exists.
//!
//! Not tested here: that a test shows the rule beside which it stands.

use std::path::PathBuf;

use crate::kit::project;

/// Beginnings of files' names, and where they are; the page's head has the same table.
const PLACES: &[(&str, &str)] = &[
    ("delivery/", "crates/avocet-delivery/tests/delivery/"),
    ("e2e/", "crates/avocet/tests/e2e/"),
    ("embedded/", "crates/avocet-embedded/tests/it/"),
    ("it/", "crates/avocet-server/tests/it/"),
    ("model/", "crates/avocet-functions/tests/"),
    ("real/", "crates/avocet-runtimes/tests/real/"),
    ("runtimes/", "crates/avocet-runtimes/"),
    ("workers/", "crates/avocet-workers/tests/supervisor/"),
    ("node/", "guests/node/test/"),
    ("python/", "guests/python/tests/"),
    ("sandbox/", "crates/avocet-sandbox/js/test/"),
    ("traces/", "tests/traces/"),
];

/// Places that `docs/host-services.md` names besides.
const OTHER_PLACES: &[(&str, &str)] = &[("suite/", "crates/avocet-backplane/src/conformance/")];

/// Folders that names without a slash are in: cases, manifests (after the first of a row),
/// examples.
const FOLDERS: &[&str] = &["tests/contract", "crates/avocet-functions/tests/manifests", "examples"];

/// Words of the notes that look like names.
const NO_NAMES: &[&str] = &["v8", "ssh", "req.app"];

#[test]
fn the_documentation_names_tests_that_exist() {
    for (page, least) in
        [("docs/functions.md", 150), ("docs/events.md", 25), ("docs/host-services.md", 60)]
    {
        let names = names_of(page);
        assert!(names > least, "{names} names in {page}");
    }
}

/// Checks the tables of a page and gives how many names they have.
fn names_of(page: &str) -> usize {
    let page = std::fs::read_to_string(project().join(page)).unwrap();
    let (mut in_table, mut names) = (false, 0);
    for row in page.lines() {
        let shown = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        in_table = row.starts_with('|') && (in_table || shown.contains("shown by"));
        if in_table {
            names += check(row, shown);
        }
    }
    names
}

#[test]
fn the_documentation_tells_where_the_tests_are() {
    let page = std::fs::read_to_string(project().join("docs/functions.md")).unwrap();
    for (short, place) in PLACES {
        assert!(page.contains(&format!("`{short}…`")), "{short}");
        assert!(page.contains(&format!("`{place}…`")), "{place}");
    }
}

/// Checks each name of a cell and gives how many there are. After a file or folder, parentheses
/// hold what must be found in it.
fn check(row: &str, shown: &str) -> usize {
    let (mut place, mut names): (Option<PathBuf>, usize) = (None, 0);
    let parts: Vec<&str> = shown.split('`').collect();
    for pair in parts.chunks_exact(2) {
        let (before, name) = (pair[0], pair[1]);
        // `(a, b)`: the second follows a comma, and no parenthesis has been closed before it.
        let inside = before.ends_with('(') || (before == ", " && is_test(name));
        match &place {
            Some(place) if inside => assert!(holds(place, name), "no {name} in {row}"),
            _ if !is_name(name) => continue,
            _ => place = Some(find(name).unwrap_or_else(|| panic!("no {name} for {row}"))),
        }
        names += 1;
    }
    names
}

/// Whether a name is one of a test function.
fn is_test(name: &str) -> bool {
    name.contains('_') && !name.contains(['/', '.'])
}

/// Whether a name is one of a file or a folder.
fn is_name(name: &str) -> bool {
    let usual = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_/.*".contains(c);
    name.chars().all(usual) && !NO_NAMES.contains(&name)
}

fn find(name: &str) -> Option<PathBuf> {
    let places = || PLACES.iter().chain(OTHER_PLACES);
    if let Some((short, place)) = places().find(|(short, _)| name.starts_with(short)) {
        return Some(project().join(name.replacen(short, place, 1))).filter(|place| place.exists());
    }
    let start = name.trim_end_matches('*');
    FOLDERS.iter().map(|folder| project().join(folder)).find_map(|folder| {
        folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).find(|path| {
            let found = path.file_name().unwrap().to_str().unwrap();
            found == name || (start != name && found.starts_with(start))
        })
    })
}

/// Whether a test of this name is in the file, or a case in the folder; `…` stands for anything.
fn holds(place: &std::path::Path, name: &str) -> bool {
    let file = if place.is_dir() { place.join("requests") } else { place.to_owned() };
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().any(|line| {
        // In Rust and Python a test is a function; elsewhere it is told in words.
        let told = !is_test(name) || ["fn ", "def "].iter().any(|word| line.contains(word));
        told && name.split('…').all(|part| line.contains(part))
    })
}
