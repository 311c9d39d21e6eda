//! The files of a commit, out of the fetched objects.

use std::collections::BTreeMap;

use avocet_functions::model::FileContent;

use super::FetchError;
use super::address::Address;
use super::git::Program;

/// Bytes of a function's files, as for folders.
const MAX_BYTES: u64 = 40 << 20;

/// Number of a function's files.
const MAX_FILES: usize = 10_000;

type Files = BTreeMap<String, FileContent>;

/// A file in the tree.
struct Entry {
    path: String,
    object: String,
    size: u64,
}

/// Reads the files below the address's folder at `commit`.
pub(super) async fn read(
    git: &Program<'_>,
    address: &Address,
    commit: &str,
) -> Result<Files, FetchError> {
    let tree = format!("{commit}:{}", address.folder);
    let listed = git.run(&["ls-tree", "-r", "-z", "--long", "--full-tree", &tree]).await?;
    if !listed.ok {
        return Err(address.no_folder());
    }
    let entries: Vec<Entry> = listed.out.split(|byte| *byte == 0).filter_map(entry).collect();
    if entries.len() > MAX_FILES {
        return Err(address.too_large(format!("{MAX_FILES} files")));
    }
    if entries.iter().map(|entry| entry.size).sum::<u64>() > MAX_BYTES {
        return Err(address.too_large(format!("{} MiB of files", MAX_BYTES >> 20)));
    }
    let wanted: String = entries.iter().map(|entry| format!("{}\n", entry.object)).collect();
    let answer = git.ask(&["cat-file", "--batch"], wanted.as_bytes()).await?;
    let files = contents(entries, &answer.out).filter(|_| answer.ok);
    files.ok_or_else(|| address.failed(&answer.said))
}

/// `MODE TYPE OBJECT SIZE<TAB>PATH`, where it is a file that belongs to the function.
fn entry(line: &[u8]) -> Option<Entry> {
    let (head, path) = std::str::from_utf8(line).ok()?.split_once('\t')?;
    let mut head = head.split_ascii_whitespace();
    let (mode, _, object, size) = (head.next()?, head.next()?, head.next()?, head.next()?);
    let left_out =
        |part: &str| part.starts_with('.') || part == "node_modules" || part == "__pycache__";
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    // Others are links and submodules. A hidden file was put into the repository for the function;
    // Git's own are not.
    let is_file = mode.starts_with("100") && !name.starts_with(".git");
    if !is_file || folders.split('/').any(left_out) {
        return None;
    }
    Some(Entry { path: path.to_owned(), object: object.to_owned(), size: size.parse().ok()? })
}

/// Each object follows a line `OBJECT TYPE SIZE` and ends with a line end.
fn contents(entries: Vec<Entry>, mut out: &[u8]) -> Option<Files> {
    let mut files = Files::new();
    for Entry { path, size, .. } in entries {
        let line = out.iter().position(|byte| *byte == b'\n')?;
        let size = usize::try_from(size).ok()?;
        let body = out.get(line + 1..line + 1 + size)?;
        files.insert(path, body.to_vec().into());
        out = out.get(line + 2 + size..)?;
    }
    Some(files)
}
