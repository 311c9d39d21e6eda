//! A function's code.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Engine, Function, Handler};

/// Where a function's code is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// `spec.source.inline`: one file's text.
    Inline(Inline),
    /// Files of a folder, by their path relative to it, with `/`.
    Files(BTreeMap<String, FileContent>),
    /// `spec.source.dir`: a folder relative to the YAML file, not read yet. Whoever reads the
    /// files replaces it by [`Source::Files`] (see [`crate::project`]).
    Dir(String),
    /// `spec.source.gitRepository`: not fetched yet. Whoever deploys the function fetches the files
    /// and hands them on as [`Source::Files`].
    Git(Git),
}

/// Code in the definition itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inline {
    /// The handler's file.
    pub source: String,
    /// Text of `package.json` or `requirements.txt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<String>,
}

/// Code in a Git repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Git {
    /// The repository.
    pub url: String,
    /// Branch, tag or commit.
    pub reference: String,
    /// The folder in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base_dir: String,
    /// How to sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<GitAuth>,
    /// The commit that was fetched; not said by definitions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

impl Git {
    /// The URL for people to see: without the name and password that it may have.
    pub fn shown_url(&self) -> String {
        let Some((scheme, rest)) = self.url.split_once("://") else { return self.url.clone() };
        let host = rest.split('/').next().unwrap_or_default();
        let user = host.rfind('@').map_or(0, |at| at + 1);
        format!("{scheme}://{}", &rest[user..])
    }
}

/// How to sign in at a Git repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GitAuth {
    /// `basic` or `key`.
    #[serde(rename = "type")]
    pub kind: GitAuthKind,
    /// The Secret with `username` and `password`, or `key`.
    pub secret_name: String,
}

/// Kinds of [`GitAuth`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GitAuthKind {
    /// User name and password or token.
    Basic,
    /// An SSH key.
    Key,
}

/// A file's bytes. In JSON: a string where they are UTF-8, else `{"base64": "…"}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FileJson", into = "FileJson")]
pub struct FileContent(pub Bytes);

impl FileContent {
    /// The text, where it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl From<&str> for FileContent {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<Vec<u8>> for FileContent {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum FileJson {
    Text(String),
    Binary { base64: String },
}

impl From<FileContent> for FileJson {
    fn from(content: FileContent) -> Self {
        match content.text() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Binary { base64: STANDARD.encode(&content.0) },
        }
    }
}

impl TryFrom<FileJson> for FileContent {
    type Error = base64::DecodeError;

    fn try_from(json: FileJson) -> Result<Self, base64::DecodeError> {
        Ok(match json {
            FileJson::Text(text) => Self(text.into()),
            FileJson::Binary { base64 } => Self(STANDARD.decode(base64)?.into()),
        })
    }
}

/// Code as a worker gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Files by path.
    pub files: BTreeMap<String, FileContent>,
    /// The handler's file, one of `files`.
    pub entry: String,
    /// The handler's export.
    pub export: String,
    /// Whether the entry is an ECMAScript module (see [`crate::project::is_module`]).
    pub module: bool,
}

/// A function whose code cannot be handed to a worker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// The code has not been read from its folder.
    #[error("the files of folder `{0}` have not been read yet")]
    DirNotRead(String),
    /// The code has not been fetched.
    #[error("the repository {0} has not been fetched yet")]
    GitNotFetched(String),
    /// No handler among the files.
    #[error("no handler file: looked for {}", .looked_for.join(", "))]
    NoHandler {
        /// Paths that would have done.
        looked_for: Vec<String>,
    },
}

impl Function {
    /// The function's files with the one that holds its handler.
    pub fn package(&self) -> Result<Package, PackageError> {
        let files = match &self.source {
            Source::Inline(inline) => self.inline_files(inline),
            Source::Files(files) => files.clone(),
            Source::Dir(path) => return Err(PackageError::DirNotRead(path.clone())),
            Source::Git(git) => return Err(PackageError::GitNotFetched(git.shown_url())),
        };
        let looked_for = self.handler_paths();
        let Some(entry) = looked_for.iter().find(|path| files.contains_key(*path)).cloned() else {
            return Err(PackageError::NoHandler { looked_for });
        };
        let module = crate::project::is_module(&entry, &files);
        Ok(Package { files, entry, export: self.handler.export.clone(), module })
    }

    /// Paths at which the handler's file is looked for, the first that exists counts.
    pub fn handler_paths(&self) -> Vec<String> {
        let file = self.handler.file.as_deref().unwrap_or(Handler::FILE);
        let engine = self.runtime.engine();
        let named = engine.extensions().iter().any(|e| file.ends_with(&format!(".{e}")));
        match named {
            true => vec![file.to_owned()],
            false => engine.extensions().iter().map(|e| format!("{file}.{e}")).collect(),
        }
    }

    /// An ES module goes by `.mjs` unless its `package.json` says `module`, so that every engine
    /// takes it as one.
    fn inline_files(&self, inline: &Inline) -> BTreeMap<String, FileContent> {
        let engine = self.runtime.engine();
        let mut files = BTreeMap::new();
        if let Some(text) = inline.dependencies.as_deref().filter(|t| !t.trim().is_empty()) {
            files.insert(engine.dependencies_file().to_owned(), text.into());
        }
        let path = self.handler_paths().swap_remove(0);
        files.insert(path.clone(), inline.source.as_str().into());
        let esm = engine != Engine::Python && crate::project::has_module_syntax(&inline.source);
        if let Some(stem) = path.strip_suffix(".js")
            && esm
            && !crate::project::package_is_module(&files)
        {
            let content = files.remove(&path).unwrap_or_default();
            files.insert(format!("{stem}.mjs"), content);
        }
        files
    }
}

impl Engine {
    /// Extensions of files that can hold a handler, in the order in which they are looked for.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::V8 => &["js", "mjs", "cjs"],
            Self::NodeJs => &["js", "mjs", "cjs", "ts", "mts", "cts"],
            Self::Python => &["py"],
        }
    }
}
