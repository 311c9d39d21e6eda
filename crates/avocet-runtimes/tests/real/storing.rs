use std::os::unix::fs::PermissionsExt;

use avocet_functions::model::{Engine, FunctionName};
use avocet_runtimes::{CodeError, CodeStore, Installed, Revision};

use crate::support::*;

#[tokio::test]
async fn a_revision_is_a_protected_folder_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = CodeStore::new(folder.path().join("code"));
    let node = interpreter(Engine::NodeJs).await;
    let name = FunctionName::new("space", "orders").unwrap();
    let sources = files(&[("handler.js", "one"), ("lib/a.js", "two")]);
    let packages = folder.path().join("packages");
    std::fs::create_dir(&packages).unwrap();
    let installed = Installed { key: "k".into(), packages: packages.clone(), cached: true };
    let revision = Revision {
        name: &name,
        files: &sources,
        entry: "handler.js",
        interpreter: &node,
        installed: Some(&installed),
    };
    let held = store.materialise(&revision).unwrap();
    let path = held.path().to_owned();
    assert!(path.starts_with(folder.path().join("code/space/orders")));
    assert_eq!(std::fs::read_to_string(path.join("lib/a.js")).unwrap(), "two");
    let linked = path.join("node_modules").canonicalize().unwrap();
    assert_eq!(linked, packages.canonicalize().unwrap());
    let mode = |path: &str, root: &std::path::Path| {
        root.join(path).metadata().unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode("handler.js", &path), mode("lib", &path)), (0o444, 0o555));
    assert_eq!(store.materialise(&revision).unwrap().path(), path);

    let changed = files(&[("handler.js", "three")]);
    let other = store.materialise(&Revision { files: &changed, ..revision }).unwrap();
    assert_ne!(other.path(), path);
}

#[tokio::test]
async fn a_folder_is_there_as_long_as_somebody_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = CodeStore::new(folder.path().join("code"));
    let node = interpreter(Engine::NodeJs).await;
    let name = FunctionName::new("space", "orders").unwrap();
    let sources = files(&[("handler.js", "one"), ("lib/a.js", "two")]);
    let revision = Revision {
        name: &name,
        files: &sources,
        entry: "handler.js",
        interpreter: &node,
        installed: None,
    };
    let first = store.materialise(&revision).unwrap();
    let second = store.clone().materialise(&revision).unwrap();
    let path = first.path().to_owned();
    assert_eq!(second.path(), path);
    drop(first);
    assert!(path.join("lib/a.js").is_file());
    drop(second);
    // Gone at once, under its name at least.
    assert!(!path.exists());
    let again = store.materialise(&revision).unwrap();
    assert!(again.path() == path && path.join("lib/a.js").is_file());
}

#[tokio::test]
async fn a_path_that_leads_out_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = CodeStore::new(folder.path());
    let node = interpreter(Engine::NodeJs).await;
    let name = FunctionName::new("space", "orders").unwrap();
    for path in ["../x.js", "/x.js", "a/../../x.js"] {
        let files = files(&[(path, "")]);
        let revision = Revision {
            name: &name,
            files: &files,
            entry: path,
            interpreter: &node,
            installed: None,
        };
        assert!(
            matches!(store.materialise(&revision), Err(CodeError::Path(found)) if found == path)
        );
    }
}
