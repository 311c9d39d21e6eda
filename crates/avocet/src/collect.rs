//! The files that a person names, as the set that the admin API takes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use avocet_api::{ApplyFile, ApplyRequest};
use base64::Engine as _;

use avocet_functions::manifest::SourceFile;
use avocet_functions::project::{self, ProjectFile, common_folder};

use crate::failure::{Exit, Failure};

/// Most bytes of a set: the API takes 64 MiB of JSON.
const MAX_BYTES: u64 = 40 << 20;

/// Deepest folder below a named one: what is deeper is a symbolic link into itself.
const MAX_DEPTH: usize = 32;

/// Files left out that are listed by name.
const MAX_TOLD: usize = 20;

/// Folders that hold no sources.
const SKIPPED: &[&str] = &["node_modules", "__pycache__"];

/// Files by the path under which the server knows them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FileSet {
    files: BTreeMap<String, Vec<u8>>,
    /// Beginnings of paths, and how the person wrote them.
    written: Vec<(String, String)>,
    /// Files and folders to watch for changes.
    watched: Vec<Watched>,
    bytes: u64,
    /// Files and folders that could not or should not be taken, each with the reason.
    left_out: Vec<(PathBuf, &'static str)>,
}

/// A folder in which a change means that the set has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) folder: PathBuf,
    /// With the folders in it.
    pub(crate) recursive: bool,
}

/// Reads everything that `paths` name. What lies in `except` (the data folder) is left out.
pub(crate) fn read(paths: &[PathBuf], except: Option<&Path>) -> anyhow::Result<FileSet> {
    let mut set = FileSet::default();
    for path in paths {
        set.add(path, except).with_context(|| format!("cannot read {}", path.display()))?;
    }
    if set.files.is_empty() {
        let named: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::new(Exit::Refused, format!("no files: {}", named.join(", ")))
            .help("name a YAML file, a folder with functions, or a .js file")
            .into());
    }
    Ok(set)
}

impl FileSet {
    /// The request that deploys the set; `namespace` is for documents that name none.
    pub(crate) fn request(&self, namespace: &str) -> ApplyRequest {
        let file = |(path, bytes): (&String, &Vec<u8>)| {
            let text = std::str::from_utf8(bytes).ok().map(str::to_owned);
            let encode = || base64::engine::general_purpose::STANDARD.encode(bytes);
            let base64 = text.is_none().then(encode);
            ApplyFile { path: path.clone(), text, base64 }
        };
        let files = self.files.iter().map(file).collect();
        ApplyRequest { namespace: namespace.to_owned(), files, ..ApplyRequest::default() }
    }

    /// The files as they are read for functions, and the folder that all of them are in, with a
    /// slash at its end, which is not part of their paths there.
    pub(crate) fn project(&self) -> (String, Vec<ProjectFile>) {
        let top = common_folder(self.files.keys().map(String::as_str)).to_owned();
        let file = |(path, bytes): (&String, &Vec<u8>)| ProjectFile {
            path: path[top.len()..].to_owned(),
            content: bytes.clone().into(),
        };
        let files = self.files.iter().map(file).collect();
        (top, files)
    }

    /// The folders in which a change means that the set has changed.
    pub(crate) fn watched(&self) -> &[Watched] {
        &self.watched
    }

    fn watch(&mut self, folder: &Path, recursive: bool) {
        self.watched.push(Watched { folder: folder.to_owned(), recursive });
    }

    /// YAML files that hold nothing to read, each with what is wrong with it.
    pub(crate) fn unreadable(&self) -> impl Iterator<Item = String> + '_ {
        let yaml = self.files.iter().filter(|(path, _)| is_yaml(Path::new(path)));
        yaml.filter_map(|(path, bytes)| {
            let why = match std::str::from_utf8(bytes) {
                Ok(text) if text.trim().is_empty() => "the file is empty",
                Ok(_) => return None,
                Err(_) => "the file is not UTF-8 text",
            };
            Some(format!("{why}: {}", self.written(path)))
        })
    }

    /// Files and folders that were not taken though a function may want them, as warnings.
    pub(crate) fn left_out(&self) -> impl Iterator<Item = String> + '_ {
        let named = self.left_out.iter().take(MAX_TOLD);
        let named = named.map(|(path, why)| match path.to_str() {
            Some(path) => format!("left out, since {why}: {path}"),
            None => format!("left out, since {why}: {path:?}"),
        });
        let more = self.left_out.len().saturating_sub(MAX_TOLD);
        let more = (more > 0).then(|| format!("left out, and not named here: {more} more files"));
        named.chain(more)
    }

    /// A path of the set as the person would write it.
    pub(crate) fn written(&self, path: &str) -> String {
        let found = self.written.iter().find_map(|(prefix, written)| {
            let rest = path.strip_prefix(prefix.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{written}{rest}"))
        });
        found.unwrap_or_else(|| path.to_owned())
    }

    fn add(&mut self, path: &Path, except: Option<&Path>) -> anyhow::Result<()> {
        if path == Path::new("-") {
            let text = self.read_all(std::io::stdin(), path)?;
            return self.insert("stdin.yaml".to_owned(), text);
        }
        if std::fs::metadata(path).is_ok_and(|meta| meta.file_type().is_fifo()) {
            return self.add_pipe(path);
        }
        let real = path.canonicalize().map_err(|error| not_there(&error))?;
        if is_yaml(&real) {
            let text = self.read_all(File::open(&real)?, path)?;
            return self.add_yaml(&real, text, path, except);
        }
        let prefix = self.prefix(&known_as(&real)?);
        let written = path.display().to_string();
        let written = written.trim_end_matches('/').to_owned();
        if real.is_dir() {
            self.written.push((prefix.clone(), written));
            self.watch(&real, true);
            return self.add_folder(&real, &prefix, except, 0);
        }
        let bytes = self.read_all(File::open(&real)?, path)?;
        // A file's folder is watched, not the file: saving often replaces the file.
        self.watch(real.parent().context("a file has a folder")?, false);
        self.written.push((prefix.clone(), written));
        self.insert(prefix, bytes)
    }

    /// YAML from a pipe that has a name, as shells make them: `-f <(kubectl get … -o yaml)`.
    fn add_pipe(&mut self, path: &Path) -> anyhow::Result<()> {
        let text = self.read_all(File::open(path)?, path)?;
        let prefix = self.prefix("pipe.yaml");
        self.written.push((prefix.clone(), path.display().to_string()));
        self.insert(prefix, text)
    }

    /// A YAML file comes with the folders that its documents mean, which lie beside it.
    fn add_yaml(
        &mut self,
        file: &Path,
        bytes: Vec<u8>,
        path: &Path,
        except: Option<&Path>,
    ) -> anyhow::Result<()> {
        let folder = file.parent().context("a file has a folder")?;
        let prefix = self.prefix(&folder_name(folder));
        let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let beside = beside.unwrap_or(Path::new("."));
        self.written.push((prefix.clone(), beside.display().to_string()));
        self.watch(folder, false);
        let named = SourceFile {
            path: file_name(file)?,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        };
        for dir in project::source_dirs(&named) {
            // A folder that is not there is the server's to refuse: it names field and line.
            if let Ok(real) = folder.join(dir).canonicalize()
                && let Ok(below) = real.strip_prefix(folder)
                && real.is_dir()
            {
                self.watch(&real, true);
                self.add_folder(&real, &join(&prefix, below), except, 0)?;
            }
        }
        self.insert(join(&prefix, file.strip_prefix(folder)?), bytes)
    }

    fn add_folder(
        &mut self,
        folder: &Path,
        prefix: &str,
        except: Option<&Path>,
        depth: usize,
    ) -> anyhow::Result<()> {
        if except.is_some_and(|except| folder == except) {
            return Ok(());
        }
        if depth > MAX_DEPTH {
            return Err(Failure::new(
                Exit::Refused,
                format!("folders nested deeper than {MAX_DEPTH}: {}", folder.display()),
            )
            .help("does a symbolic link point to a folder above it?")
            .into());
        }
        for entry in folder.read_dir().with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                self.left_out.push((entry.path(), "its name is no UTF-8"));
                continue;
            };
            if SKIPPED.contains(&name.as_str()) {
                continue;
            }
            if name.starts_with('.') && !project::is_kept(&name) {
                if may_be_wanted(&name) {
                    self.left_out.push((entry.path(), "its name begins with a dot"));
                }
                continue;
            }
            let (path, inner) = (entry.path(), format!("{prefix}/{name}"));
            // A link that leads nowhere, or a file that was removed since: nothing to deploy.
            let Ok(meta) = std::fs::metadata(&path) else { continue };
            if meta.is_dir() {
                self.add_folder(&path, &inner, except, depth + 1)?;
            } else if meta.is_file() {
                self.check_room(meta.len(), &path)?;
                match std::fs::read(&path) {
                    Ok(bytes) => self.insert(inner, bytes)?,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error).with_context(|| path.display().to_string()),
                }
            }
        }
        Ok(())
    }

    /// Reads what may have no end: a device, a pipe.
    fn read_all(&self, from: impl Read, path: &Path) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        from.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        self.check_room(bytes.len() as u64, path)?;
        Ok(bytes)
    }

    fn insert(&mut self, path: String, bytes: Vec<u8>) -> anyhow::Result<()> {
        self.bytes += bytes.len() as u64;
        self.files.insert(path, bytes);
        Ok(())
    }

    fn check_room(&self, more: u64, path: &Path) -> anyhow::Result<()> {
        if self.bytes + more <= MAX_BYTES {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Refused,
            format!("more than {} MiB of files: {}", MAX_BYTES >> 20, path.display()),
        )
        .help("name the function's own folder, or move what is not part of it elsewhere")
        .into())
    }

    /// A first part of paths that no other named path has.
    fn prefix(&self, name: &str) -> String {
        let taken = |prefix: &str| self.written.iter().any(|(other, _)| other == prefix);
        if !taken(name) {
            return name.to_owned();
        }
        (2..).map(|n| format!("{n}/{name}")).find(|prefix| !taken(prefix)).expect("endless")
    }
}

/// Stems of files that name no function: their folder does.
const NAMELESS: [&str; 3] = ["handler", "index", "main"];

/// The path by which the server knows a named file or folder. A file whose own name says nothing
/// stands in its folder, so that the function gets the folder's name.
fn known_as(path: &Path) -> anyhow::Result<String> {
    let name = file_name(path)?;
    let nameless = path.file_stem().is_some_and(|stem| NAMELESS.iter().any(|own| stem == *own));
    match path.parent().filter(|_| nameless && !path.is_dir()) {
        Some(folder) => Ok(format!("{}/{name}", folder_name(folder))),
        None => Ok(name),
    }
}

/// Name of a folder; that of the whole tree is `root`.
fn folder_name(folder: &Path) -> String {
    file_name(folder).unwrap_or_else(|_| "root".to_owned())
}

/// Whether a function may read the hidden file or folder; others are for editors, Git and checkers.
fn may_be_wanted(name: &str) -> bool {
    const TOOLS: [&str; 27] = [
        ".cache",
        ".devcontainer",
        ".history",
        ".hg",
        ".husky",
        ".idea",
        ".mypy_cache",
        ".next",
        ".npm",
        ".nyc_output",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".terraform",
        ".tox",
        ".venv",
        ".vscode",
        ".DS_Store",
        ".babelrc",
        ".docker",
        ".editor",
        ".eslint",
        ".git",
        ".nvmrc",
        ".prettier",
        ".pylintrc",
        ".python-version",
    ];
    let ends = ["ignore", "keep"];
    !TOOLS.iter().any(|tool| name.starts_with(tool)) && !ends.iter().any(|end| name.ends_with(end))
}

/// Whether the file's name says YAML.
fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn not_there(error: &std::io::Error) -> Failure {
    let exit = match error.kind() {
        std::io::ErrorKind::NotFound => Exit::NotFound,
        _ => Exit::Failed,
    };
    Failure::new(exit, error.to_string())
}

fn file_name(path: &Path) -> anyhow::Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(name.context("the path has no readable name")?.to_owned())
}

fn join(prefix: &str, rest: &Path) -> String {
    let parts = rest.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    std::iter::once(prefix).chain(parts).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn paths(set: &FileSet) -> Vec<&str> {
        set.files.keys().map(String::as_str).collect()
    }

    const YAML: &str = "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\n\
        metadata: {name: a}\nspec: {runtime: v8, source: {dir: DIR}}\n";

    #[test]
    fn a_folder_is_read_without_what_is_no_source() {
        let folder = folder(&[
            ("f/handler.js", ""),
            ("f/lib/a.js", ""),
            ("f/.env", "A=1"),
            ("f/.gitignore", ""),
            ("f/.npmrc", ""),
            ("f/.git/config", ""),
            ("f/node_modules/x/index.js", ""),
            ("f/data/registry.db", ""),
        ]);
        let root = folder.path().canonicalize().unwrap().join("f");
        let set = read(std::slice::from_ref(&root), Some(&root.join("data"))).unwrap();
        assert_eq!(paths(&set), ["f/.npmrc", "f/handler.js", "f/lib/a.js"]);
        let told: Vec<String> = set.left_out().collect();
        let hidden = root.join(".env");
        assert_eq!(
            told,
            [format!("left out, since its name begins with a dot: {}", hidden.display())]
        );
        let shown = set.written("f/lib/a.js:1");
        assert_eq!(shown, format!("{}/lib/a.js:1", root.display()));
        assert_eq!(set.written("fx/a.js"), "fx/a.js");
    }

    #[test]
    fn a_yaml_file_brings_the_folders_that_it_means() {
        let folder = folder(&[
            ("deploy/a.yaml", &YAML.replace("DIR", "src/a")),
            ("deploy/other.js", ""),
            ("deploy/src/a/handler.js", ""),
        ]);
        let yaml = folder.path().join("deploy/a.yaml");
        let set = read(std::slice::from_ref(&yaml), None).unwrap();
        assert_eq!(paths(&set), ["deploy/a.yaml", "deploy/src/a/handler.js"]);
        let shown = PathBuf::from(set.written("deploy/a.yaml"));
        assert_eq!(shown.canonicalize().unwrap(), yaml.canonicalize().unwrap());
    }

    #[test]
    fn two_paths_of_one_name_stay_apart() {
        let folder = folder(&[("x/f/handler.js", "1"), ("y/f/handler.js", "2")]);
        let both = [folder.path().join("x/f"), folder.path().join("y/f")];
        let set = read(&both, None).unwrap();
        assert_eq!(paths(&set), ["2/f/handler.js", "f/handler.js"]);
        assert!(set.written("2/f/handler.js").ends_with("y/f/handler.js"));
    }

    #[test]
    fn bytes_that_are_no_text_are_sent_as_base64() {
        let mut set = FileSet::default();
        set.insert("a.bin".to_owned(), vec![0xff]).unwrap();
        set.insert("a.txt".to_owned(), b"text".to_vec()).unwrap();
        let request = set.request("shop");
        assert_eq!(request.namespace, "shop");
        let sent = |file: &ApplyFile| (file.path.clone(), file.text.clone(), file.base64.clone());
        let (text, base64) = (Some("text".to_owned()), Some("/w==".to_owned()));
        let expected = [("a.bin".to_owned(), None, base64), ("a.txt".to_owned(), text, None)];
        assert_eq!(request.files.iter().map(sent).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_file_without_end_is_refused() {
        let error = read(&[PathBuf::from("/dev/zero")], None).unwrap_err();
        assert!(format!("{error:#}").contains("more than 40 MiB"), "{error:#}");
    }

    #[test]
    fn names_that_are_no_text_are_told() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = folder(&[("f/handler.js", "")]);
        let odd = folder.path().join("f").join(std::ffi::OsStr::from_bytes(b"a\xff.js"));
        std::fs::write(odd, "").unwrap();
        let set = read(&[folder.path().join("f")], None).unwrap();
        assert_eq!(paths(&set), ["f/handler.js"]);
        let told: Vec<String> = set.left_out().collect();
        assert!(matches!(&told[..], [one] if one.contains(r"a\xFF.js")), "{told:?}");
    }

    #[test]
    fn an_endless_folder_is_refused() {
        let folder = folder(&[("f/handler.js", "")]);
        std::os::unix::fs::symlink(folder.path().join("f"), folder.path().join("f/again")).unwrap();
        let error = read(&[folder.path().join("f")], None).unwrap_err();
        assert!(format!("{error:#}").contains("nested deeper"), "{error:#}");
    }
}
