//! The data folder.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::FolderError;

/// A data folder, locked for this process.
///
/// | file | holds |
/// |---|---|
/// | `registry.db` | functions with all revisions and sources, the other resources; every change is synced to the disk before it is acknowledged |
/// | `events.db` | events and their deliveries; synced as the registry is |
/// | `logs.db` | log lines; a crash of the machine (not of the process) may lose the last seconds |
/// | `kv.db` | keys and values of functions; synced as the registry is |
/// | `objects.db`, `objects/` | objects of functions: names, sizes, digests, and the bytes of those of one piece (128 KiB) in the database, the bytes of larger ones in a file each; synced as the registry is |
/// | `*-wal`, `*-shm` | SQLite's own, beside each database: they belong to it, copy them with it |
/// | `lock` | the id of the process that uses the folder |
///
/// Sources are stored in `registry.db`, not as files beside it: they are small (the largest
/// function has [`avocet_backplane::MAX_REVISION_BYTES`]), SQLite reads small values faster than the
/// file system opens files, and so a deploy is one transaction with one sync, not a dance of
/// renames. Objects may have a gigabyte: in the database each byte of it would be written twice, and
/// the space of a deleted one would stay taken.
///
/// A new folder has mode 0700. The files have mode 0600 whatever the folder's mode is: secrets are
/// stored as they are, **not encrypted**.
///
/// To back up a running instance use SQLite's `VACUUM INTO` or `.backup`; of a stopped one, copy
/// the folder.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// Held for its lock, which ends when the file is closed, also by a crash.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder where it is missing, and locks it for this process.
    ///
    /// # Errors
    /// [`FolderError::Locked`] where another process has it, [`FolderError::Unwritable`] where it
    /// cannot be made or written.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let unwritable = |path: &Path| {
            let path = path.to_owned();
            move |source| FolderError::Unwritable { path, source }
        };
        create(path).map_err(unwritable(path))?;
        let path = path.canonicalize().map_err(unwritable(path))?;
        let lock_path = path.join("lock");
        let mut lock = private(&lock_path).map_err(unwritable(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(FolderError::Locked { folder: path, pid: read_pid(&mut lock) });
            }
            Err(TryLockError::Error(source)) => return Err(unwritable(&lock_path)(source)),
        }
        write_pid(&mut lock).map_err(unwritable(&lock_path))?;
        Ok(Self { path, _lock: lock })
    }

    /// Absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the database `name`, which exists afterwards and is only this user's.
    pub(crate) fn database(&self, name: impl AsRef<OsStr>) -> Result<PathBuf, FolderError> {
        let path = self.path.join(name.as_ref());
        match private(&path) {
            Ok(_) => Ok(path),
            Err(source) => Err(FolderError::Unwritable { path, source }),
        }
    }
}

/// Makes the folder and syncs each new entry in its parent, so that what is acknowledged later does
/// not hang on an unwritten directory.
fn create(path: &Path) -> io::Result<()> {
    let missing: Vec<_> = path.ancestors().take_while(|path| !path.is_dir()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    for parent in missing.iter().filter_map(|path| path.parent()) {
        let here = parent.as_os_str().is_empty();
        File::open(if here { Path::new(".") } else { parent })?.sync_all()?;
    }
    Ok(())
}

fn private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn read_pid(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn write_pid(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use avocet_backplane::ErrorKind;

    #[test]
    fn a_new_folder_and_its_files_are_private() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&parent.path().join("a/b")).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.path().join("lock")), 0o600);
        let database = folder.path().join("x.db");
        fs::write(&database, "").unwrap();
        fs::set_permissions(&database, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(mode(&folder.database("x.db").unwrap()), 0o600);
    }

    #[test]
    fn a_second_opener_is_told_the_first_ones_pid() {
        let parent = tempfile::tempdir().unwrap();
        let first = DataFolder::open(parent.path()).unwrap();
        let second = DataFolder::open(parent.path()).unwrap_err();
        assert!(
            matches!(second, FolderError::Locked { pid, .. } if pid == Some(std::process::id()))
        );
        drop(first);
        DataFolder::open(parent.path()).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_says_so() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        let error = DataFolder::open(&file.join("data")).unwrap_err();
        assert!(error.to_string().contains("--data"), "{error}");
        assert_eq!(avocet_backplane::Error::from(error).kind(), ErrorKind::Unusable);
    }
}
