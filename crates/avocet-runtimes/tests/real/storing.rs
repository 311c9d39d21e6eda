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
    let path = store.materialise(&revision).unwrap();
    assert!(path.starts_with(folder.path().join("code/space/orders")));
    assert_eq!(std::fs::read_to_string(path.join("lib/a.js")).unwrap(), "two");
    assert_eq!(std::fs::read_link(path.join("node_modules")).unwrap(), packages);
    let mode = |path: &str, root: &std::path::Path| {
        root.join(path).metadata().unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode("handler.js", &path), mode("lib", &path)), (0o444, 0o555));
    assert_eq!(store.materialise(&revision).unwrap(), path);

    let changed = files(&[("handler.js", "three")]);
    let other = store.materialise(&Revision { files: &changed, ..revision }).unwrap();
    assert_ne!(other, path);
    store.clean(&name, std::slice::from_ref(&other)).unwrap();
    assert!(other.is_dir() && !path.exists());
    assert!(packages.is_dir());
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
