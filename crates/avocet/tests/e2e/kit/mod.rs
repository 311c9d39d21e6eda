//! Tools of the end-to-end tests: the real binary, a server of it, and a plain HTTP client.

pub(crate) mod command;
pub(crate) mod contract;
pub(crate) mod exchange;
pub(crate) mod http;
pub(crate) mod image;
pub(crate) mod interpreters;
pub(crate) mod registry;
pub(crate) mod server;

use std::path::PathBuf;

/// The project's folder.
pub(crate) fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The YAML of a function whose code lies beside it; `settings` are more lines of its `spec`.
pub(crate) fn definition(name: &str, settings: &str) -> String {
    format!(
        "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\nmetadata:\n  name: {name}\n\
         spec:\n  runtime: v8\n  source:\n    dir: .\n{settings}"
    )
}

/// Writes a function to a folder of its own in `folder`.
pub(crate) fn write_function(folder: &std::path::Path, name: &str, source: &str, settings: &str) {
    let own = folder.join(name);
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("handler.js"), source).unwrap();
    std::fs::write(own.join("function.yaml"), definition(name, settings)).unwrap();
}

/// Copies a folder with everything in it.
pub(crate) fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
