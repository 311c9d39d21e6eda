//! The embedded stores pass the suite.

use std::cell::RefCell;

use avocet_backplane::conformance;
use avocet_embedded::{Embedded, Options};
use tempfile::TempDir;

/// Opens stores in new folders, which go away with it.
#[derive(Default)]
struct Folders(RefCell<Vec<TempDir>>);

impl Folders {
    fn open(&self) -> Embedded {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(folder.path(), Options::default()).unwrap();
        self.0.borrow_mut().push(folder);
        store
    }
}

#[test]
fn the_embedded_registry_conforms() {
    let folders = Folders::default();
    conformance::registry(|| folders.open().registry());
}

#[test]
fn the_embedded_log_store_conforms() {
    let folders = Folders::default();
    conformance::logs(|| folders.open().logs());
}
