//! The files of a function on runtime `v8`, which has no file system: it gets them when it is
//! loaded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use avocet_functions::model::FileContent;

/// Most bytes of all files.
const MAX_BYTES: u64 = 40 << 20;

/// Deepest folder: what is deeper is a symbolic link into itself.
const MAX_DEPTH: usize = 32;

/// Reason for which a folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The disk.
    #[error("cannot read {path}: {error}")]
    Io {
        /// File or folder that was read.
        path: PathBuf,
        /// Error of the system.
        error: std::io::Error,
    },
    /// Folder that is no function's.
    #[error(
        "{path}: the folder holds more than {} MiB of files, or is nested deeper than {MAX_DEPTH}",
        MAX_BYTES >> 20
    )]
    TooMuch {
        /// Place at which that showed.
        path: PathBuf,
    },
}

/// Every file below `folder` by its path there, without those whose names begin with a dot and
/// without `node_modules`. Blocks.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, FileContent>, FilesError> {
    let mut reading = Reading { files: BTreeMap::new(), bytes: 0 };
    reading.folder(folder, "", 0)?;
    Ok(reading.files)
}

struct Reading {
    files: BTreeMap<String, FileContent>,
    bytes: u64,
}

impl Reading {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), FilesError> {
        let failed = |error| FilesError::Io { path: folder.to_owned(), error };
        if depth > MAX_DEPTH {
            return Err(FilesError::TooMuch { path: folder.to_owned() });
        }
        for entry in folder.read_dir().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') || name == "node_modules" {
                continue;
            }
            let (path, inner) = (entry.path(), format!("{prefix}{name}"));
            // A mounted ConfigMap is a folder of links; one that leads nowhere is no file.
            let Ok(meta) = std::fs::metadata(&path) else { continue };
            if meta.is_dir() {
                self.folder(&path, &format!("{inner}/"), depth + 1)?;
            } else if meta.is_file() {
                self.bytes += meta.len();
                if self.bytes > MAX_BYTES {
                    return Err(FilesError::TooMuch { path });
                }
                let bytes = std::fs::read(&path);
                let bytes = bytes.map_err(|error| FilesError::Io { path, error })?;
                self.files.insert(inner, bytes.into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mounted_config_map_is_read_through_its_links() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("..2026_01_01");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("handler.js"), "one").unwrap();
        std::os::unix::fs::symlink("..2026_01_01", folder.path().join("..data")).unwrap();
        std::os::unix::fs::symlink("..data/handler.js", folder.path().join("handler.js")).unwrap();
        std::fs::create_dir_all(folder.path().join("lib/deep")).unwrap();
        std::fs::write(folder.path().join("lib/deep/a.json"), "{}").unwrap();
        std::fs::create_dir_all(folder.path().join("node_modules/left")).unwrap();
        std::fs::write(folder.path().join("node_modules/left/index.js"), "").unwrap();
        let files = read(folder.path()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["handler.js", "lib/deep/a.json"]);
        assert_eq!(files["handler.js"].text(), Some("one"));
    }

    #[test]
    fn a_folder_that_contains_itself_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        assert!(matches!(read(folder.path()), Err(FilesError::TooMuch { .. })));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(&folder.path().join("no")).unwrap_err();
        assert!(matches!(&error, FilesError::Io { path, .. } if path.ends_with("no")), "{error}");
    }
}
