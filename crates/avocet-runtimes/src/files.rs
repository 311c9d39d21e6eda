//! Folders that appear whole or not at all.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// A folder under construction; removed where it is not kept.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
    kept: bool,
}

impl Draft {
    /// Beside `target`, so that a rename can put it there.
    pub(crate) fn new(target: &Path) -> io::Result<Self> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let parent = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent)?;
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{}{}-{serial}", PASSING[0], std::process::id()));
        // Left behind by an earlier process of the same number.
        remove(&path)?;
        fs::create_dir(&path)?;
        Ok(Self { path, kept: false })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes `name` in it a link to `target`, relative to where the folder will be: the link
    /// holds wherever the folder that has both is moved to.
    pub(crate) fn link(&self, name: &str, target: &Path) -> io::Result<()> {
        let link = self.path.join(name);
        remove(&link)?;
        std::os::unix::fs::symlink(
            relative(&self.path.canonicalize()?, &target.canonicalize()?),
            link,
        )
    }

    /// Puts it in its place. Where another has been put there meanwhile, that one stays.
    pub(crate) fn keep(mut self, target: &Path) -> io::Result<()> {
        match fs::rename(&self.path, target) {
            Ok(()) => {
                self.kept = true;
                Ok(())
            }
            Err(_) if target.is_dir() => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now goes with the next cleaning.
            let _ = remove(&self.path);
        }
    }
}

/// Names of folders that are nothing yet, or nothing any more.
const PASSING: [&str; 2] = [".draft-", ".gone-"];

/// Gives a folder a name that nobody looks for, so that it is never seen half removed.
pub(crate) fn put_aside(path: &Path) -> io::Result<PathBuf> {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}{}-{serial}", PASSING[1], std::process::id());
    let aside = path.with_file_name(name);
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// Removes what processes that were killed left of drafts and of removals.
pub(crate) fn sweep(root: &Path) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(root) else { return Ok(()) };
    let own = format!("{}-", std::process::id());
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let rest = PASSING.iter().find_map(|passing| name.strip_prefix(passing));
        if rest.is_some_and(|rest| !rest.starts_with(&own)) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// The way from the folder `from` to `to`, both absolute and without links.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

/// Whether `path` stays inside the folder that it is joined to.
pub(crate) fn is_inside(path: &str) -> bool {
    let path = Path::new(path);
    path.components().next().is_some()
        && path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Writes a file and the folders that lead to it.
pub(crate) fn write(root: &Path, path: &str, bytes: &[u8]) -> io::Result<()> {
    let path = root.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, bytes)
}

/// Takes the right to write from everything in a folder; links are left alone.
pub(crate) fn protect(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            protect(&entry.path())?;
        } else if kind.is_file() {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o444))?;
        }
    }
    fs::set_permissions(root, fs::Permissions::from_mode(0o555))
}

/// Removes a folder, protected or not; one that is not there is removed already.
pub(crate) fn remove(root: &Path) -> io::Result<()> {
    if !root.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(());
    }
    unprotect(root)?;
    fs::remove_dir_all(root)
}

fn unprotect(root: &Path) -> io::Result<()> {
    fs::set_permissions(root, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            unprotect(&entry.path())?;
        }
    }
    Ok(())
}

/// SHA-256 over parts, each with its length, in hexadecimal digits.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_out_are_found() {
        for path in ["a", "a/b.js", "./a"] {
            assert!(is_inside(path), "{path}");
        }
        for path in ["", "..", "a/../../b", "/a", "../a"] {
            assert!(!is_inside(path), "{path}");
        }
    }

    #[test]
    fn a_digest_knows_where_its_parts_end() {
        assert_ne!(digest([&b"ab"[..], b"c"]), digest([&b"a"[..], b"bc"]));
        assert_eq!(digest([&b"ab"[..]]).len(), 64);
    }

    #[test]
    fn a_draft_that_is_not_kept_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let draft = Draft::new(&folder.path().join("x")).unwrap();
        write(draft.path(), "a/b", b"text").unwrap();
        protect(draft.path()).unwrap();
        let path = draft.path().to_owned();
        drop(draft);
        assert!(!path.exists());
    }
}
