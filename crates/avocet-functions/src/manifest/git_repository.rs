//! `kind: GitRepository`, which functions of `v1alpha1` name by `source`.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::model::{Git, GitAuth, ObjectName, Resource, Source};

use super::object::Object;
use super::{Located, metadata, source};

/// A repository that has a name.
#[derive(Debug, Clone)]
pub(super) struct GitRepository {
    pub(super) name: ObjectName,
    url: String,
    auth: Option<GitAuth>,
}

pub(super) fn read(document: &Object<'_, '_>) -> Option<GitRepository> {
    let named = metadata::object(document);
    let spec = document.required_object("spec");
    document.finish();
    let spec = spec?;
    let url = source::repository_url(&spec);
    let auth = spec.object("auth").map(|auth| source::git_auth(&auth));
    spec.finish();
    let auth = match auth {
        Some(auth) => Some(auth?),
        None => None,
    };
    let (name, _) = named?;
    Some(GitRepository { name, url: url?, auth })
}

/// Whether a function's repository is a name, and not an address.
pub(super) fn is_name(git: &Git) -> bool {
    !git.url.contains(':')
}

/// Gives functions that name a repository its address. Those whose repository is not among the
/// files are left out, with an error.
pub(super) fn resolve(
    resources: &mut Vec<Located<Resource>>,
    repositories: &[GitRepository],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let named: HashMap<(&str, &str), &GitRepository> =
        repositories.iter().map(|r| ((&*r.name.namespace, &*r.name.name), r)).collect();
    resources.retain_mut(|located| {
        let place = located.place_of("spec.source").clone();
        let Resource::Function(function) = &mut located.value else { return true };
        let namespace = function.name.namespace().to_owned();
        let Source::Git(git) = &mut function.source else { return true };
        if !is_name(git) {
            return true;
        }
        let found = named.get(&(&*namespace, &*git.url)).copied();
        if let Some(found) = found {
            git.url.clone_from(&found.url);
            git.auth.clone_from(&found.auth);
            return true;
        }
        let message = format!("GitRepository `{namespace}/{}` is not among these files", git.url);
        let help = "deploy it together with the function, or write the repository's address";
        let error = Diagnostic::error(place, message);
        diagnostics.push(error.with_path("spec.source").with_help(help));
        false
    });
}
