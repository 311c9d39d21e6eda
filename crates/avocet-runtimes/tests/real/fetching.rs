//! Git repositories: real ones on this machine.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use avocet_functions::model::Git;
use avocet_runtimes::{Credentials, Environment, FetchError, Fetched, Repositories};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A repository with three commits, the second of which is tagged.
struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let new = Self { folder: tempfile::tempdir().unwrap() };
        new.git(&["init", "--quiet", "--initial-branch=main"]);
        new.write("handler.js", "first");
        new.commit("first");
        new.write("handler.js", "second");
        new.write("src/deep/lib.js", "lib");
        new.write("src/.hidden", "hidden");
        new.write("src/.github/x.yaml", "not the function's");
        new.write("src/.gitignore", "not the function's");
        new.write("src/node_modules/x/index.js", "package");
        std::os::unix::fs::symlink("/etc/passwd", new.path().join("src/link.js")).unwrap();
        std::fs::write(new.path().join("src/image.bin"), [0, 255, 10, 0]).unwrap();
        new.commit("second");
        new.git(&["tag", "--annotate", "--message=tagged", "v1.0"]);
        new.git(&["checkout", "--quiet", "-b", "feature/third"]);
        new.write("handler.js", "third");
        new.commit("third");
        new.git(&["checkout", "--quiet", "main"]);
        new
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .expect("git is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

fn repositories() -> (tempfile::TempDir, Repositories) {
    let root = tempfile::tempdir().unwrap();
    let repositories = Repositories::new(root.path().to_owned(), &Environment::of_process());
    (root, repositories)
}

fn git(url: &str, reference: &str, base_dir: &str) -> Git {
    Git {
        url: url.to_owned(),
        reference: reference.to_owned(),
        base_dir: base_dir.to_owned(),
        ..Git::default()
    }
}

async fn fetch(git: &Git) -> Result<Fetched, FetchError> {
    let (root, repositories) = repositories();
    let fetched = repositories.fetch(git, None).await;
    let left = std::fs::read_dir(root.path()).unwrap().count();
    assert_eq!(left, 0, "something was left on the disk");
    fetched
}

fn text<'a>(fetched: &'a Fetched, path: &str) -> &'a str {
    fetched.files[path].text().unwrap()
}

#[tokio::test]
async fn a_branch_a_tag_and_a_commit_are_fetched() {
    let repository = Repository::new();
    let first = repository.git(&["rev-parse", "main~1"]);
    for (reference, commit, handler) in [
        ("main", "main", "second"),
        ("refs/heads/main", "main", "second"),
        ("v1.0", "main", "second"),
        ("feature/third", "feature/third", "third"),
        (&*first, "main~1", "first"),
        (&first[..8], "main~1", "first"),
    ] {
        let fetched = fetch(&git(&repository.url(), reference, "/")).await.unwrap();
        assert_eq!(fetched.commit, repository.git(&["rev-parse", commit]), "{reference}");
        assert_eq!(text(&fetched, "handler.js"), handler, "{reference}");
    }
}

#[tokio::test]
async fn files_of_the_folder_are_taken_as_they_are_without_what_is_no_source() {
    let repository = Repository::new();
    let fetched = fetch(&git(&repository.url(), "main", "/src/")).await.unwrap();
    assert_eq!(fetched.files.keys().collect::<Vec<_>>(), [".hidden", "deep/lib.js", "image.bin"]);
    assert_eq!(text(&fetched, "deep/lib.js"), "lib");
    assert_eq!(&fetched.files["image.bin"].0[..], [0, 255, 10, 0]);
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let repository = Repository::new();
    let url = repository.url();
    for (wanted, field, why) in [
        (git(&url, "nowhere", ""), "reference", "no branch, tag or commit \"nowhere\""),
        (git(&url, "0123456789", ""), "reference", "no branch, tag or commit \"0123456789\""),
        (git(&url, "main", "src/nothing"), "baseDir", "no folder \"src/nothing\" at main"),
        (git(&url, "main", "handler.js"), "baseDir", "no folder \"handler.js\" at main"),
        (git("file:///nowhere/x.git", "main", ""), "url", "/nowhere/x.git"),
        (git("ext::sh -c true", "main", ""), "url", "is no repository's URL"),
    ] {
        let error = fetch(&wanted).await.unwrap_err();
        assert_eq!(error.field(), Some(field), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[tokio::test]
async fn without_git_it_is_said_what_is_missing() {
    let root = tempfile::tempdir().unwrap();
    let environment = Environment { path: root.path().into(), ..Environment::default() };
    let repositories = Repositories::new(root.path().to_owned(), &environment);
    let error = repositories.fetch(&git("file:///x", "main", ""), None).await.unwrap_err();
    assert!(matches!(error, FetchError::NoGit), "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x.git", silent.local_addr().unwrap());
    let (_root, repositories) = repositories();
    let repositories = repositories.within(Duration::from_millis(200));
    let error = repositories.fetch(&git(&url, "main", ""), None).await.unwrap_err();
    assert!(matches!(&error, FetchError::TimedOut { url: shown, .. } if *shown == url), "{error}");
}

#[tokio::test]
async fn one_signs_in_with_name_and_password() {
    let repository = Repository::new();
    let bare = repository.path().join("bare.git");
    repository.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    repository.git(&["--git-dir", bare.to_str().unwrap(), "update-server-info"]);
    let url = serve(bare, "ada", "l0ve:lace");
    let (_root, repositories) = repositories();
    let wanted = git(&url, "v1.0", "");
    let with = |password: &str| Credentials::Basic {
        username: "ada".to_owned(),
        password: password.to_owned(),
    };
    let fetched = repositories.fetch(&wanted, Some(&with("l0ve:lace"))).await.unwrap();
    assert_eq!(text(&fetched, "handler.js"), "second");
    for credentials in [None, Some(with("wrong"))] {
        let error = repositories.fetch(&wanted, credentials.as_ref()).await.unwrap_err();
        assert_eq!(error.field(), Some("url"), "{error}");
        assert!(!error.to_string().contains("wrong"), "{error}");
    }
}

/// Serves a folder's files over HTTP to those who sign in; gives its URL.
fn serve(folder: PathBuf, username: &str, password: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let allowed = format!("Basic {}", STANDARD.encode(format!("{username}:{password}")));
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            answer(connection.unwrap(), &folder, &allowed);
        }
    });
    url
}

fn answer(mut connection: TcpStream, folder: &Path, allowed: &str) {
    let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
    let Some(Ok(request)) = lines.next() else { return };
    let path = request.split(' ').nth(1).unwrap().split('?').next().unwrap();
    let head: Vec<String> = lines.map_while(Result::ok).take_while(|l| !l.is_empty()).collect();
    let signed_in = head.iter().any(|line| {
        line.split_once(": ").is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("authorization") && value == allowed
        })
    });
    let (status, body) = match std::fs::read(folder.join(path.trim_start_matches('/'))) {
        _ if !signed_in => ("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"", Vec::new()),
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    // Who has gone away does not read it.
    let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(&body));
}
