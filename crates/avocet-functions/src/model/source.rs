//! A function's code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::FileContent;

/// Place of a function's code.
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
    /// Credentials for the repository.
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

/// Credentials for a Git repository.
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
