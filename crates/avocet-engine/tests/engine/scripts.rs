//! Scripts in folders: each `tests/scripts/NAME` holds a program (`main.js` or `main.mjs`) and
//! what it prints (`expected.txt`). Each runs twice: from a snapshot and from source.
//!
//! What these do not test: limits (see `limits.rs`).

use std::path::Path;

use crate::support::{Source, run_folder};

fn scripts() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut folders: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn check(source: Source) {
    let mut wrong = Vec::new();
    for folder in scripts() {
        let expected = std::fs::read_to_string(folder.join("expected.txt")).unwrap();
        let printed = run_folder(&folder, source);
        if printed != expected {
            wrong.push(format!(
                "{}:\n--- expected\n{expected}--- printed\n{printed}",
                folder.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn scripts_print_what_is_expected_from_a_snapshot() {
    check(Source::Snapshot);
}

#[test]
fn scripts_print_what_is_expected_from_source() {
    check(Source::Scripts);
}
