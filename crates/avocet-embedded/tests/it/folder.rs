//! The data folder: restarts, locks, and files that are not as they should be.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::common::{FOLDER, hello, hello_now, line, open, said};
use avocet_backplane::objects::CHUNK_BYTES;
use avocet_backplane::{
    Bucket, Document, Error, ErrorKind, Incoming, Key, LogQuery, Outcome, Put, ResourceKind, Which,
    wait,
};
use avocet_embedded::{Embedded, FolderError, LostRegistry, Options};

fn refused(folder: &Path) -> FolderError {
    Embedded::open(folder, Options::default()).unwrap_err()
}

#[test]
fn a_restart_brings_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let registry = store.registry();
    let config = Key::new(ResourceKind::ConfigMap, "default", "settings");
    wait(registry.deploy(hello("one").label("app", "shop"))).unwrap();
    wait(registry.deploy(hello("two"))).unwrap();
    wait(registry.put(Put::new(config.clone(), Document::parse("[1]").unwrap()))).unwrap();
    let before = (hello_now(&registry), wait(registry.get(config.clone())).unwrap());
    let sequence = *registry.watch().borrow();
    store.close();
    assert!(matches!(wait(registry.get(config.clone())), Err(Error::Closed)));
    assert!(matches!(wait(registry.deploy(hello("x"))), Err(Error::Closed)));
    drop((store, registry));

    let store = open(folder.path());
    let registry = store.registry();
    assert_eq!((hello_now(&registry), wait(registry.get(config)).unwrap()), before);
    assert_eq!(*registry.watch().borrow(), sequence);
    let one = wait(registry.revision(before.0.key, Which::Number(1))).unwrap().unwrap();
    assert_eq!(&one.files[0].bytes[..], b"one");
    assert_eq!(wait(registry.deploy(hello("two"))).unwrap().outcome, Outcome::Unchanged);
}

#[test]
fn a_second_process_is_told_who_has_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let error = refused(folder.path());
    assert!(
        matches!(error, FolderError::Locked { pid: Some(pid), .. } if pid == std::process::id())
    );
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    // What was given out keeps the folder.
    let registry = store.registry();
    drop(store);
    assert!(matches!(refused(folder.path()), FolderError::Locked { .. }));
    drop(registry);
    open(folder.path());
}

#[test]
fn the_files_are_only_this_users() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let store = open(&folder);
    wait(store.registry().deploy(hello("one"))).unwrap();
    wait(store.logs().flush()).unwrap();
    let large = Incoming::ready([Ok(vec![0; 2 * CHUNK_BYTES].into())]);
    wait(store.objects().put(&Bucket::objects("default", "hello"), "large", large)).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let objects = folder.join("objects");
    let inside = [&folder, &objects].map(|folder| fs::read_dir(folder).unwrap());
    let paths: Vec<_> = inside.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    assert!(paths.len() >= 8, "{paths:?}");
    for path in paths.iter().chain([&folder]) {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(path), expected, "{}", path.display());
    }
}

#[test]
fn a_closed_store_leaves_whole_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    wait(store.registry().deploy(hello("one"))).unwrap();
    drop(store);
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["events.db", "kv.db", "lock", "logs.db", "objects", "objects.db", "registry.db"]
    );
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let database = rusqlite::Connection::open(folder.path().join("registry.db")).unwrap();
    database.pragma_update(None, "user_version", 999).unwrap();
    drop(database);
    let error = refused(folder.path());
    assert!(matches!(error, FolderError::NewerSchema { found: 999, .. }), "{error}");
    assert!(error.to_string().contains("newer version of Avocet"), "{error}");
}

#[test]
fn another_programs_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.db");
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute_batch("CREATE TABLE theirs (x)").unwrap();
    drop(database);
    let before = fs::read(&path).unwrap();
    assert!(
        matches!(refused(folder.path()), FolderError::Foreign { file } if file.ends_with("registry.db"))
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_database_is_named_with_what_to_do() {
    for name in ["registry.db", "events.db"] {
        let folder = tempfile::tempdir().unwrap();
        drop(open(folder.path()));
        fs::write(folder.path().join(name), "this is not a database ".repeat(1000)).unwrap();
        let error = refused(folder.path());
        assert!(
            matches!(&error, FolderError::Damaged { file, .. } if file.ends_with(name)),
            "{error}"
        );
        assert!(error.to_string().contains("backup"), "{error}");
    }
}

#[test]
fn a_damaged_log_is_set_aside_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    wait(store.registry().deploy(hello("one"))).unwrap();
    drop(store);
    let damaged = "this is not a database ".repeat(1000);
    fs::write(folder.path().join("logs.db"), &damaged).unwrap();
    let store = open(folder.path());
    hello_now(&store.registry());
    wait(store.logs().flush()).unwrap();
    let page = wait(store.logs().query(LogQuery::default())).unwrap();
    let said: Vec<&str> = page.lines.iter().map(|line| &*line.text).collect();
    assert!(said.iter().any(|text| text.contains("logs.db.damaged")), "{said:?}");
    assert_eq!(fs::read_to_string(folder.path().join("logs.db.damaged")).unwrap(), damaged);
}

#[test]
fn a_lost_registry_is_not_taken_for_an_empty_one() {
    for lose in [fs::remove_file::<std::path::PathBuf>, |file| fs::write(file, "")] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        wait(store.registry().deploy(hello("one"))).unwrap();
        drop(store);
        lose(folder.path().join("registry.db")).unwrap();
        for _ in 0..2 {
            let error = refused(folder.path());
            assert!(matches!(error, FolderError::Lost { .. }), "{error}");
            assert!(error.to_string().contains("--start-empty"), "{error}");
        }
        let options = Options { lost_registry: LostRegistry::StartEmpty, ..Options::default() };
        drop(Embedded::open(folder.path(), options).unwrap());
        open(folder.path());
    }
}

#[test]
fn a_change_is_soon_in_the_database_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    wait(store.registry().deploy(hello("one"))).unwrap();
    loop {
        // As if the write-ahead log were lost in a crash.
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join("registry.db");
        fs::copy(folder.path().join("registry.db"), &file).unwrap();
        fs::write(copy.path().join("registry.db-wal"), [0xa5; 8192]).unwrap();
        let Ok(store) = Embedded::open(copy.path(), Options::default()) else { continue };
        if let Ok(Some(_)) = wait(store.registry().get(Key::function("default", "hello"))) {
            break;
        }
    }
}

#[test]
fn damage_that_shows_later_is_reported_and_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    wait(store.registry().deploy(hello("x".repeat(100_000)))).unwrap();
    drop(store);
    let path = folder.path().join("registry.db");
    let mut bytes = fs::read(&path).unwrap();
    let page = 4096;
    // The header stays, and everything behind the schema's page is overwritten.
    bytes[page..].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let error = match Embedded::open(folder.path(), Options::default()) {
        Err(error) => error.into(),
        Ok(store) => wait(store.registry().get(Key::function("default", "hello"))).unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::Unusable);
    let Error::Unusable(source) = error else { panic!("{error}") };
    let source = source.downcast_ref::<FolderError>();
    assert!(matches!(source, Some(FolderError::Damaged { .. })), "{source:?}");
}

/// Says what opening a folder gives. Does nothing unless the other test starts it.
#[test]
fn open_unwritable() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    println!("CHILD {}", refused(Path::new(&folder)));
}

#[test]
fn a_read_only_folder_is_refused_with_a_sentence() {
    let parent = tempfile::tempdir().unwrap();
    let readable =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    readable(parent.path(), 0o755);
    let folder = parent.path().join("data");
    fs::create_dir(&folder).unwrap();
    readable(&folder, 0o555);
    // To root nothing is read-only, so another user has to try; he needs a test that he can read.
    let mut command = if rustix::process::geteuid().is_root() {
        let copy = parent.path().join("test");
        fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
        readable(&copy, 0o755);
        let mut command = Command::new(copy);
        command.uid(65534);
        command
    } else {
        Command::new(std::env::current_exe().unwrap())
    };
    let output = command
        .args(["--exact", "folder::open_unwritable", "--nocapture"])
        .env(FOLDER, &folder)
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    let sentence = text.lines().find_map(said).unwrap_or_else(|| panic!("{text}"));
    assert!(sentence.contains("cannot write to"), "{sentence}");
    assert!(sentence.contains("--data"), "{sentence}");
}

#[test]
fn log_lines_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let logs = store.logs();
    logs.append(vec![line("one")]);
    drop((store, logs));
    let store = open(folder.path());
    let logs = store.logs();
    logs.append(vec![line("two")]);
    wait(logs.flush()).unwrap();
    let page = wait(logs.query(LogQuery::default())).unwrap();
    let lines: Vec<_> = page.lines.iter().map(|line| (line.cursor, &*line.text)).collect();
    assert_eq!(lines, [(1, "one"), (2, "two")]);
}
