//! A full disk refuses new revisions, and leaves the old ones alone.

use std::path::Path;
use std::process::Command;

use crate::common::{FOLDER, child, hello, hello_now, line, open, said};
use avocet_backplane::{ErrorKind, Key, LogQuery, Which, wait};
use avocet_embedded::{Embedded, Options};

/// Bytes that compress to nothing smaller and are new in every revision.
fn large(seed: usize) -> String {
    format!("{seed} ").repeat(1 << 19)
}

#[test]
fn a_full_registry_keeps_the_active_revision() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { registry_bytes: Some(1 << 20), ..Options::default() };
    let store = Embedded::open(folder.path(), options).unwrap();
    let registry = store.registry();
    wait(registry.deploy(hello("one"))).unwrap();
    let error = wait(registry.deploy(hello(large(1)))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert!(error.to_string().contains("registry.db"), "{error}");
    assert_eq!(hello_now(&registry).generation, 1);
    assert_eq!(wait(registry.deploy(hello("two"))).unwrap().generation, 2);
    // One that does not fit, in the middle of others that do, fails alone.
    let pending: Vec<_> = ["three".to_owned(), large(2), "four".to_owned()]
        .into_iter()
        .map(|source| registry.deploy(hello(source)))
        .collect();
    let fits: Vec<_> = pending.into_iter().map(|pending| wait(pending).is_ok()).collect();
    assert_eq!(fits, [true, false, true]);
    assert_eq!(hello_now(&registry).generation, 4);
}

/// Deploys until that fails, says how, and goes on as far as a full disk allows. Does nothing
/// unless another test starts it.
#[test]
fn deploy_until_full() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = open(Path::new(&folder));
    let registry = store.registry();
    let mut revisions = 0;
    let error = (1..100).find_map(|seed| {
        let deployed = wait(registry.deploy(hello(large(seed))));
        revisions += u32::from(deployed.is_ok());
        deployed.err()
    });
    println!("CHILD error {:?}", error.expect("the disk is full").kind());
    println!("CHILD acknowledged {revisions}");
    println!("CHILD active {}", hello_now(&registry).generation);
    let key = Key::function("default", "hello");
    let active = wait(registry.revision(key, Which::Active)).unwrap().unwrap();
    println!("CHILD bytes {}", active.files[0].bytes.len());
}

fn lines(command: &mut Command) -> Vec<String> {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(said).map(str::to_owned).collect()
}

/// The limit on a file's size is one that an ordinary user can set. SQLite takes the refused write
/// for an input/output error, not for a full disk.
#[test]
fn a_write_that_the_system_refuses_keeps_the_active_revision() {
    let folder = tempfile::tempdir().unwrap();
    let limited = r#"trap "" XFSZ; ulimit -f 12000; exec "$0" "$@""#;
    let said = lines(&mut child(&["sh", "-c", limited], "full::deploy_until_full", folder.path()));
    let [error, acknowledged, active, bytes] = &said[..] else { panic!("{said:?}") };
    assert!(error == "error Failed" || error == "error StorageFull", "{error}");
    let acknowledged: u64 = acknowledged.strip_prefix("acknowledged ").unwrap().parse().unwrap();
    assert!(acknowledged > 0);
    assert_eq!(*active, format!("active {acknowledged}"));
    assert!(bytes.strip_prefix("bytes ").unwrap().parse::<u64>().unwrap() >= 1 << 20);
    let registry = open(folder.path()).registry();
    assert_eq!(hello_now(&registry).generation, acknowledged);
    assert_eq!(wait(registry.deploy(hello("fits again"))).unwrap().generation, acknowledged + 1);
}

/// A real disk of 8 MB, where this user may mount one in a namespace of his own.
#[test]
fn a_full_disk_keeps_the_active_revision() {
    let folder = tempfile::tempdir().unwrap();
    let mount = r#"mount -t tmpfs -o size=8m none "$AVOCET_TEST_FOLDER" && exec "$0" "$@""#;
    let may_mount = Command::new("unshare")
        .args(["-Urm", "sh", "-c", "mount -t tmpfs none /tmp"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !may_mount {
        println!("skipped: this user cannot mount a small disk");
        return;
    }
    let wrapper = ["unshare", "-Urm", "sh", "-c", mount];
    let said = lines(&mut child(&wrapper, "full::deploy_until_full", folder.path()));
    let [error, acknowledged, active, _] = &said[..] else { panic!("{said:?}") };
    assert_eq!(error, "error StorageFull");
    assert_eq!(acknowledged.strip_prefix("acknowledged "), active.strip_prefix("active "));
}

/// A line that cannot be stored is counted, and told about once storing works again.
#[test]
fn log_lines_that_cannot_be_stored_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let logs = store.logs();
    // Another program interferes, for there is no room only on a disk of its own.
    let other = rusqlite::Connection::open(folder.path().join("logs.db")).unwrap();
    other.execute_batch("ALTER TABLE lines RENAME TO away").unwrap();
    logs.append(vec![line("lost"), line("lost too")]);
    assert_eq!(wait(logs.flush()).unwrap_err().kind(), ErrorKind::Failed);
    assert_eq!(logs.counts().dropped, 2);
    other.execute_batch("ALTER TABLE away RENAME TO lines").unwrap();
    logs.append(vec![line("stored")]);
    wait(logs.flush()).unwrap();
    let page = wait(logs.query(LogQuery::function("default", "hello"))).unwrap();
    let texts: Vec<_> = page.lines.iter().map(|line| &*line.text).collect();
    assert_eq!(texts[0], "stored");
    assert!(texts[1].contains("2 could not be stored"), "{}", texts[1]);
}
