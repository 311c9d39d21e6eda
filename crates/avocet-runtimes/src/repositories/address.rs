//! Address of a function's repository, checked: it becomes arguments of a program.

use avocet_functions::model::Git;

use super::FetchError;

/// Ways to a repository. Others of git's run programs.
const SCHEMES: [&str; 5] = ["https", "http", "ssh", "git", "file"];

/// Longest of each field.
const LONGEST: usize = 4096;

/// Place of a function's sources.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) url: String,
    /// The same without what one signs in with.
    pub(super) shown: String,
    pub(super) reference: String,
    /// Without slashes at its ends; empty for the repository's own folder.
    pub(super) folder: String,
}

impl Address {
    pub(super) fn of(git: &Git) -> Result<Self, FetchError> {
        let shown = git.shown_url();
        let wrong = |field, value: &str, why| {
            Err(FetchError::Field { field, value: value.to_owned(), why })
        };
        if let Some(why) = wrong_url(&git.url) {
            return wrong("url", &shown, why);
        }
        if let Some(why) = wrong_reference(&git.reference) {
            return wrong("reference", &git.reference, why);
        }
        let Some(folder) = folder(&git.base_dir) else {
            return wrong("baseDir", &git.base_dir, "leads out of the repository");
        };
        let (url, reference) = (git.url.clone(), git.reference.clone());
        Ok(Self { url, shown, reference, folder })
    }

    /// The protocol, host and port: `https://example.org:8443`.
    pub(super) fn origin(&self) -> Option<&str> {
        let host = self.shown.find("://")? + 3;
        let end = self.shown[host..].find('/').map_or(self.shown.len(), |at| host + at);
        Some(&self.shown[..end])
    }

    /// Whether the reference could be a commit's name, or the beginning of one.
    pub(super) fn may_be_commit(&self) -> bool {
        self.reference.len() >= 4 && self.reference.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    pub(super) fn no_reference(&self) -> FetchError {
        let (url, reference) = (self.shown.clone(), self.reference.clone());
        FetchError::NoReference { url, reference }
    }

    pub(super) fn no_folder(&self) -> FetchError {
        let (url, reference) = (self.shown.clone(), self.reference.clone());
        FetchError::NoFolder { url, reference, folder: self.folder.clone() }
    }

    pub(super) fn too_large(&self, limit: String) -> FetchError {
        FetchError::TooLarge { url: self.shown.clone(), folder: self.folder.clone(), limit }
    }

    /// Error with the output of git, on one line and without credentials.
    pub(super) fn failed(&self, said: &str) -> FetchError {
        let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
        let told = |line: &&str| line.starts_with("fatal:") || line.starts_with("remote:");
        let mut kept: Vec<&str> = lines.clone().filter(told).collect();
        if kept.is_empty() {
            kept = lines.collect();
        }
        let message = match kept.is_empty() {
            true => "it said nothing".to_owned(),
            false => kept.join("; ").replace(&self.url, &self.shown),
        };
        FetchError::Failed { url: self.shown.clone(), message }
    }
}

fn wrong_url(url: &str) -> Option<&'static str> {
    if url.starts_with('-') || url.len() > LONGEST || url.chars().any(char::is_control) {
        return Some("is no URL");
    }
    let known = match url.split_once("://") {
        Some((scheme, rest)) => SCHEMES.contains(&scheme) && !rest.is_empty(),
        // `user@host:path`; `ext::` and its like name programs.
        None => url.split_once(':').is_some_and(|(host, path)| {
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            let named = host.starts_with(|c: char| c.is_ascii_alphanumeric());
            named && host.chars().all(plain) && !path.is_empty() && !path.starts_with(':')
        }),
    };
    (!known).then_some(
        "is no repository's URL: it begins with https, http, ssh, git or file, \
         or has the form user@host:path",
    )
}

/// The rules of `git check-ref-format`, as far as they keep the name from meaning something else.
fn wrong_reference(reference: &str) -> Option<&'static str> {
    let special = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let wrong = reference.is_empty()
        || reference.len() > LONGEST
        || reference.starts_with(['-', '+'])
        || reference.contains("..")
        || reference.contains("@{")
        || reference.contains(special);
    wrong.then_some("is no name of a branch, a tag or a commit")
}

/// Relative to the repository, however it begins: `/`, `./src`, `/src/`.
fn folder(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    let inside = !parts.contains(&"..") && !path.chars().any(char::is_control);
    (inside && path.len() <= LONGEST).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str, reference: &str, base_dir: &str) -> Result<Address, FetchError> {
        let (url, reference) = (url.to_owned(), reference.to_owned());
        Address::of(&Git {
            url,
            reference,
            base_dir: base_dir.to_owned(),
            auth: None,
            commit: None,
        })
    }

    #[test]
    fn urls_that_run_programs_are_refused() {
        for url in [
            "https://example.org/x.git",
            "http://127.0.0.1:1/x",
            "ssh://git@example.org/x",
            "git@example.org:team/x.git",
            "example.org:x",
            "file:///srv/x.git",
        ] {
            assert!(address(url, "main", "").is_ok(), "{url}");
        }
        for url in
            ["", "-u", "--upload-pack=x", "ext::sh -c x", "/srv/x", "x", "ftp://a/b", "https://"]
        {
            let error = address(url, "main", "").unwrap_err();
            assert_eq!(error.field(), Some("url"), "{url}");
        }
    }

    #[test]
    fn references_that_mean_something_else_are_refused() {
        for reference in ["main", "v1.2.0", "feature/a-b_c", "refs/heads/x", "0123abc", "größe"] {
            assert!(address("file:///x", reference, "").is_ok(), "{reference}");
        }
        for reference in ["", "-x", "+main", "a:b", "a..b", "HEAD^", "a b", "*", "a\nb", "@{1}"] {
            let error = address("file:///x", reference, "").unwrap_err();
            assert_eq!(error.field(), Some("reference"), "{reference}");
        }
    }

    #[test]
    fn folders_begin_at_the_repository() {
        for (path, folder) in [("", ""), ("/", ""), (".", ""), ("/a/b/", "a/b"), ("./a", "a")] {
            assert_eq!(address("file:///x", "main", path).unwrap().folder, folder, "{path}");
        }
        let error = address("file:///x", "main", "a/../..").unwrap_err();
        assert_eq!(error.field(), Some("baseDir"));
    }

    #[test]
    fn what_one_signs_in_with_is_not_shown() {
        let address = address("https://me:token@example.org:8443/x.git", "main", "").unwrap();
        assert_eq!(address.shown, "https://example.org:8443/x.git");
        assert_eq!(address.origin(), Some("https://example.org:8443"));
        let said = "fatal: unable to access 'https://me:token@example.org:8443/x.git/': no";
        let error = address.failed(said).to_string();
        assert!(!error.contains("token") && error.contains("no"), "{error}");
    }
}
