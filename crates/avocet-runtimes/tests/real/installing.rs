use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use avocet_functions::model::Engine;
use avocet_runtimes::{DependencyCache, Environment, InstallError, InstallOptions, Wanted};

use crate::support::*;

fn options() -> InstallOptions {
    InstallOptions::new(Environment::of_process())
}

fn silent(_: &str) {}

#[tokio::test]
async fn npm_packages_are_installed_once_for_all_that_want_the_same() {
    let folder = tempfile::tempdir().unwrap();
    npm_package(&folder.path().join("greet"), "exit 7");
    let node = interpreter(Engine::NodeJs).await;
    let cache = DependencyCache::new(folder.path().join("cache"), options());
    let spec = format!("file:{}", folder.path().join("greet").display());
    let one = files(&[(
        "package.json",
        &format!(r#"{{"name":"one","dependencies":{{"greet":"{spec}"}}}}"#),
    )]);
    let two = files(&[("package.json", &format!(r#"{{"dependencies":{{"greet":"{spec}"}}}}"#))]);
    let told = Mutex::new(0);
    let count = |_: &str| *told.lock().unwrap() += 1;
    let want = |files| Wanted { interpreter: &node, files, registries: &NONE };
    let (first, second) =
        tokio::join!(cache.ensure(want(&one), &count), cache.ensure(want(&two), &silent));
    let (first, second) = (first.unwrap().unwrap(), second.unwrap().unwrap());
    assert!(first.packages.join("greet/g.js").is_file());
    assert_eq!((first.cached, second.cached), (false, true));
    assert_eq!(first.packages, second.packages);
    assert!(*told.lock().unwrap() > 0);
    let keep = BTreeSet::from([first.key.clone()]);
    assert_eq!(cache.key_of(want(&two)).unwrap(), Some(first.key.clone()));
    assert_eq!(cache.clean(&keep, Duration::ZERO).unwrap(), 0);
    assert_eq!(cache.clean(&BTreeSet::new(), Duration::from_secs(60)).unwrap(), 0);
    assert_eq!(cache.clean(&BTreeSet::new(), Duration::ZERO).unwrap(), 1);
    assert!(!first.packages.exists());
}

#[tokio::test]
async fn scripts_of_npm_packages_run_only_where_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    npm_package(&folder.path().join("greet"), "exit 7");
    let node = interpreter(Engine::NodeJs).await;
    let allowed = InstallOptions { allow_scripts: true, ..options() };
    let cache = DependencyCache::new(folder.path().join("cache"), allowed);
    let spec = format!("file:{}", folder.path().join("greet").display());
    let list = format!(r#"{{"dependencies":{{"greet":"{spec}"}}}}"#);
    let files = files(&[("package.json", &list), (".npmrc", "install-links=true\n")]);
    let failed = cache
        .ensure(Wanted { interpreter: &node, files: &files, registries: &NONE }, &silent)
        .await;
    let Err(InstallError::Failed { installer: "npm", message }) = failed else {
        panic!("{failed:?}")
    };
    assert!(message.contains("exit 7"), "{message}");
    let entries = std::fs::read_dir(folder.path().join("cache")).unwrap();
    let names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [".logs"]);
    assert_eq!(cache.clean(&BTreeSet::new(), Duration::ZERO).unwrap(), 0);
    assert_eq!(std::fs::read_dir(folder.path().join("cache/.logs")).unwrap().count(), 0);
}

#[tokio::test]
async fn wheels_are_installed() {
    let folder = tempfile::tempdir().unwrap();
    let python = interpreter(Engine::Python).await;
    let wheel = wheel(&python, folder.path());
    let cache = DependencyCache::new(folder.path().join("cache"), options());
    let list = format!("{}  # ours\n", wheel.display());
    let files = files(&[("requirements.txt", &list)]);
    let want = Wanted { interpreter: &python, files: &files, registries: &NONE };
    let installed = cache.ensure(want, &silent).await.unwrap().unwrap();
    assert!(installed.packages.join("greet.py").is_file());
    assert!(cache.ensure(want, &silent).await.unwrap().unwrap().cached);
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_told_with_the_installers_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let cache = DependencyCache::new(folder.path().join("cache"), options());
    let nowhere = "http://127.0.0.1:1/";
    let npm = files(&[
        ("package.json", r#"{"dependencies":{"greet":"1.0.0"}}"#),
        (".npmrc", &format!("registry={nowhere}\nfetch-retries=0\n")),
    ]);
    let pip =
        files(&[("requirements.txt", &format!("--index-url {nowhere}simple\ngreet==1.0.0\n"))]);
    for (engine, files) in [(Engine::NodeJs, npm), (Engine::Python, pip)] {
        let interpreter = interpreter(engine).await;
        let failed = cache
            .ensure(Wanted { interpreter: &interpreter, files: &files, registries: &NONE }, &silent)
            .await;
        let Err(InstallError::Failed { message, .. }) = failed else { panic!("{failed:?}") };
        let (_, log) = message.rsplit_once("said: ").expect("it names the log");
        assert!(std::fs::metadata(log).unwrap().len() > 0);
        assert!(message.contains("cannot be reached"), "{engine}: {message}");
    }
}

#[tokio::test]
async fn lists_with_errors_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cache = DependencyCache::new(folder.path(), options());
    let node = interpreter(Engine::NodeJs).await;
    let broken = files(&[("package.json", "{ dependencies }")]);
    let failed = cache
        .ensure(Wanted { interpreter: &node, files: &broken, registries: &NONE }, &silent)
        .await;
    assert!(matches!(failed, Err(InstallError::List { file: "package.json", line: Some(1), .. })));
    let python = interpreter(Engine::Python).await;
    let broken = files(&[("requirements.txt", "six == == 1\n")]);
    let failed = cache
        .ensure(Wanted { interpreter: &python, files: &broken, registries: &NONE }, &silent)
        .await;
    let Err(InstallError::Failed { installer: "pip", message }) = failed else {
        panic!("{failed:?}")
    };
    assert!(message.contains("six == == 1"), "{message}");
}

#[tokio::test]
async fn an_installer_that_takes_too_long_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let python = interpreter(Engine::Python).await;
    let limited = InstallOptions { time_limit: Duration::from_millis(1), ..options() };
    let cache = DependencyCache::new(folder.path(), limited);
    let files = files(&[("requirements.txt", "six\n")]);
    let failed = cache
        .ensure(Wanted { interpreter: &python, files: &files, registries: &NONE }, &silent)
        .await;
    assert!(matches!(failed, Err(InstallError::TimedOut { installer: "pip", .. })));
}

#[tokio::test]
async fn what_a_killed_installation_left_is_never_used_and_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    npm_package(&folder.path().join("greet"), "exit 0");
    let node = interpreter(Engine::NodeJs).await;
    let root = folder.path().join("cache");
    let spec = format!("file:{}", folder.path().join("greet").display());
    let list = format!(r#"{{"dependencies":{{"greet":"{spec}"}}}}"#);
    let files = files(&[("package.json", &list)]);
    let want = Wanted { interpreter: &node, files: &files, registries: &NONE };
    let cache = DependencyCache::new(&root, options());
    // What a process with another number has not finished, and a removal that it has not either.
    for name in [".draft-1-0", ".gone-1-0"] {
        std::fs::create_dir_all(root.join(name).join("node_modules/greet")).unwrap();
    }
    // An entry under its name, without the mark that says that it is whole.
    let key = cache.key_of(want).unwrap().unwrap();
    std::fs::create_dir_all(root.join(&key).join("node_modules")).unwrap();
    cache.sweep().unwrap();
    let installed = cache.ensure(want, &silent).await.unwrap().unwrap();
    assert!(!installed.cached && installed.packages.join("greet/g.js").is_file());
    let left = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), [&*key]);
}

#[tokio::test]
async fn packages_among_the_functions_own_files_are_installed() {
    let folder = tempfile::tempdir().unwrap();
    let cache = DependencyCache::new(folder.path().join("cache"), options());
    let node = interpreter(Engine::NodeJs).await;
    let own = ("own/package.json", r#"{"name":"own","version":"1.0.0"}"#);
    let code = ("own/index.js", "module.exports = 1;");
    for list in [r#"{"dependencies":{"own":"file:./own"}}"#, r#"{"workspaces":["own"]}"#] {
        let files = files(&[("package.json", list), own, code]);
        let wanted = Wanted { interpreter: &node, files: &files, registries: &NONE };
        let installed = cache.ensure(wanted, &silent).await.unwrap().unwrap();
        assert!(installed.packages.join("own/index.js").is_file(), "{list}");
    }
    let python = interpreter(Engine::Python).await;
    let wheel = std::fs::read(wheel(&python, folder.path())).unwrap();
    let list = ("requirements.txt".to_owned(), "./greet-1.0.0-py3-none-any.whl\n".into());
    let wheel = ("greet-1.0.0-py3-none-any.whl".to_owned(), wheel.into());
    let files = [list, wheel].into();
    let wanted = Wanted { interpreter: &python, files: &files, registries: &NONE };
    let installed = cache.ensure(wanted, &silent).await.unwrap().unwrap();
    assert!(installed.packages.join("greet.py").is_file());
}

/// Says for what it was asked, and that it is not there.
fn registry() -> (u16, std::sync::mpsc::Receiver<String>) {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty());
            let _ = told.send(head.collect::<Vec<_>>().join("\n"));
            let answer =
                "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    (port, asked)
}

#[tokio::test]
async fn the_registry_that_is_configured_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let cache = DependencyCache::new(folder.path().join("cache"), options());
    let (port, asked) = registry();
    let npmrc = format!(
        "registry=http://127.0.0.1:{port}/\n//127.0.0.1:{port}/:_authToken=token\nfetch-retries=0\n"
    );
    let pip = format!("[global]\nindex-url = http://127.0.0.1:{port}/simple\n");
    let registries = files(&[(".npmrc", &npmrc), ("pip.conf", &pip)]);
    let node = files(&[("package.json", r#"{"dependencies":{"@acme/intern":"1.0.0"}}"#)]);
    let python = files(&[("requirements.txt", "acme-intern==1.0\n")]);
    for (engine, files) in [(Engine::NodeJs, &node), (Engine::Python, &python)] {
        let interpreter = interpreter(engine).await;
        let wanted = Wanted { interpreter: &interpreter, files, registries: &registries };
        let failed = cache.ensure(wanted, &silent).await;
        assert!(matches!(failed, Err(InstallError::Failed { .. })), "{failed:?}");
    }
    let heads: Vec<_> = asked.try_iter().map(|head| head.to_ascii_lowercase()).collect();
    let npm = heads.iter().find(|head| head.starts_with("get /@acme%2fintern ")).unwrap();
    assert!(npm.contains("authorization: bearer token"), "{npm}");
    assert!(heads.iter().any(|head| head.starts_with("get /simple/acme-intern/")), "{heads:?}");
}
