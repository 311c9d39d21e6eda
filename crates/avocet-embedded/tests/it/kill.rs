//! A process that is killed at any instant loses nothing that it acknowledged.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use crate::common::{FOLDER, child, hello, hello_now, open, said};
use avocet_backplane::{Key, Which, wait};

/// Deploys until it is killed, and says each revision after it was acknowledged. Does nothing
/// unless the other test starts it.
#[test]
fn deploy_for_ever() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = open(Path::new(&folder));
    let registry = store.registry();
    let from = wait(registry.get(Key::function("default", "hello"))).unwrap();
    for number in from.map_or(0, |resource| resource.generation) + 1.. {
        // Files of different sizes, so that the kill hits transactions of one and of many pages.
        let source = format!("{number} ").repeat(1 + (number as usize * 37) % 4000);
        let applied = wait(registry.deploy(hello(source))).unwrap();
        println!("CHILD {}", applied.generation);
    }
}

#[test]
fn a_killed_process_keeps_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..8 {
        acknowledged = kill_after(folder.path(), 5 + round * 7);
        let store = open(folder.path());
        let registry = store.registry();
        let now = hello_now(&registry);
        assert!(now.generation >= acknowledged, "{} < {acknowledged}", now.generation);
        let key = now.key;
        let revisions = wait(registry.revisions(key.clone(), None, 10_000)).unwrap();
        assert_eq!(revisions.len() as u64, now.generation);
        for revision in revisions {
            let which = Which::Number(revision.number);
            let content = wait(registry.revision(key.clone(), which)).unwrap().unwrap();
            let expected = format!("{} ", revision.number);
            assert!(content.files[0].bytes.starts_with(expected.as_bytes()));
        }
    }
    assert!(acknowledged >= 8 * 5);
}

/// Kills the child once it has said `count` revisions; gives the last one that it said.
fn kill_after(folder: &Path, count: usize) -> u64 {
    let mut child = child(&[], "kill::deploy_for_ever", folder).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = 0;
    let mut seen = 0;
    for line in lines.map_while(Result::ok) {
        let Some(number) = said(&line) else { continue };
        last = number.parse().unwrap();
        seen += 1;
        if seen == count {
            // SIGKILL. What it says until it dies is read too: it was acknowledged.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(seen >= count, "the child ended by itself");
    last
}
