//! Cases for registries.

use crate::{
    Action, Activate, Cause, Change, Deploy, Digest, Document, Error, ErrorKind, Expect, Key, List,
    Outcome, Put, Registry, Resource, ResourceKind, Which, wait,
};

type Case = fn(&dyn Registry);

pub(super) const CASES: &[(&str, Case)] = &[
    ("a deploy makes a revision, the same again does not", deploys),
    ("every revision is kept with its files", keeps_revisions),
    ("a rollback goes back, again and again", rolls_back),
    ("a rollback to a revision names its reason", rolls_back_to_a_revision),
    ("nobody overwrites what he has not seen", expects),
    ("several changes happen together or not at all", applies_all_or_nothing),
    ("lists come in pages, by namespace and label", lists),
    ("resources without revisions are stored and deleted", puts),
    ("a deleted function leaves nothing", deletes),
    ("what changed is told once, in order", tells_changes),
    ("what cannot be stored is refused", refuses),
    ("deployers at the same time get a revision each", deploys_concurrently),
];

fn json(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn hello(source: &'static str) -> Deploy {
    Deploy::new("default", "hello", json(r#"{"runtime":"v8"}"#)).file("handler.js", source)
}

fn hello_key() -> Key {
    Key::function("default", "hello")
}

fn deploy(registry: &dyn Registry, source: &'static str) -> u64 {
    wait(registry.deploy(hello(source))).unwrap().generation
}

fn deploy_three(registry: &dyn Registry) {
    for source in ["one", "two", "three"] {
        deploy(registry, source);
    }
}

fn hello_now(registry: &dyn Registry) -> Resource {
    wait(registry.get(hello_key())).unwrap().unwrap()
}

fn rollback(registry: &dyn Registry, revision: Option<u64>) -> Result<u64, Error> {
    let activate = Activate {
        key: hello_key(),
        revision,
        expect: Expect::Any,
        reason: Some("it was broken".into()),
    };
    wait(registry.activate(activate)).map(|applied| applied.generation)
}

fn deploys(registry: &dyn Registry) {
    assert_eq!(wait(registry.get(hello_key())).unwrap(), None);
    let first = wait(registry.deploy(hello("one").label("app", "shop"))).unwrap();
    assert_eq!((first.outcome, first.generation), (Outcome::Created, 1));
    let mut same = hello("one").label("app", "shop");
    same.document = json(r#" { "runtime" : "v8" } "#);
    let again = wait(registry.deploy(same)).unwrap();
    assert_eq!((again.outcome, again.generation), (Outcome::Unchanged, 1));
    assert_eq!((again.digest, again.created_ms), (first.digest, first.created_ms));
    assert_eq!(again.sequence, first.sequence);
    let relabelled = wait(registry.deploy(hello("one").label("app", "other"))).unwrap();
    assert_eq!((relabelled.outcome, relabelled.generation), (Outcome::Updated, 2));
    let now = hello_now(registry);
    assert_eq!((now.generation, now.digest), (2, relabelled.digest));
    assert_eq!(now.document, json(r#"{"runtime":"v8"}"#));
    assert_eq!(now.labels, [("app".into(), "other".into())].into());
    assert_eq!(now.created_ms, first.created_ms);
}

fn keeps_revisions(registry: &dyn Registry) {
    for source in ["one", "two", "one"] {
        deploy(registry, source);
    }
    let revisions = wait(registry.revisions(hello_key(), None, 10)).unwrap();
    let numbers: Vec<_> = revisions.iter().map(|r| (r.number, r.replaced, r.active)).collect();
    assert_eq!(numbers, [(3, Some(2), true), (2, Some(1), false), (1, None, false)]);
    assert_eq!(revisions[0].digest, revisions[2].digest);
    assert_eq!(revisions[1].files[0].digest, Digest::of(b"two"));
    let page = wait(registry.revisions(hello_key(), Some(3), 1)).unwrap();
    assert_eq!(page[..], revisions[1..2]);
    let content =
        |which| wait(registry.revision(hello_key(), which)).unwrap().map(|r| r.files[0].clone());
    assert_eq!(&content(Which::Number(2)).unwrap().bytes[..], b"two");
    assert_eq!(&content(Which::Active).unwrap().bytes[..], b"one");
    assert_eq!(content(Which::Active).unwrap().path, "handler.js");
    assert_eq!(content(Which::Number(u64::MAX)), None);
    let missing = wait(registry.revisions(Key::function("default", "none"), None, 1));
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
}

fn rolls_back(registry: &dyn Registry) {
    deploy_three(registry);
    assert_eq!(rollback(registry, None).unwrap(), 2);
    assert_eq!(rollback(registry, None).unwrap(), 1);
    let error = rollback(registry, None).unwrap_err();
    assert!(matches!(error, Error::NothingBefore { active: 1, .. }), "{error}");
    assert_eq!(deploy(registry, "four"), 4);
    // Not 3, which was not active when 4 came.
    assert_eq!(rollback(registry, None).unwrap(), 1);
    assert_eq!(deploy(registry, "one"), 1, "the active revision has this content");
    assert_eq!(deploy(registry, "three"), 5);
}

fn rolls_back_to_a_revision(registry: &dyn Registry) {
    deploy_three(registry);
    let before = hello_now(registry);
    assert_eq!(rollback(registry, Some(1)).unwrap(), 1);
    let now = hello_now(registry);
    assert_eq!(now.generation, 1);
    assert!(now.sequence > before.sequence);
    let error = rollback(registry, Some(9)).unwrap_err();
    assert!(matches!(error, Error::NoRevision { revision: 9, last: 3, .. }), "{error}");
    let history = wait(registry.history(hello_key(), 2)).unwrap();
    assert_eq!((history[0].revision, history[0].cause), (1, Cause::Rollback));
    assert_eq!(history[0].reason.as_deref(), Some("it was broken"));
    assert_eq!((history[1].revision, history[1].cause), (3, Cause::Deploy));
    assert_eq!(history.len(), 2);
    let active = wait(registry.revision(hello_key(), Which::Active)).unwrap().unwrap();
    assert_eq!(&active.files[0].bytes[..], b"one");
    assert!(active.revision.active);
}

fn expects(registry: &dyn Registry) {
    let with = |source, expect| {
        let result = wait(registry.deploy(hello(source).expect(expect)));
        result.map(|applied| applied.generation).map_err(|error| error.kind())
    };
    assert_eq!(with("one", Expect::Generation(1)), Err(ErrorKind::Conflict));
    assert_eq!(with("one", Expect::Absent), Ok(1));
    assert_eq!(with("two", Expect::Absent), Err(ErrorKind::Conflict));
    assert_eq!(with("two", Expect::Generation(1)), Ok(2));
    assert_eq!(with("three", Expect::Generation(1)), Err(ErrorKind::Conflict));
    let delete = |expect| wait(registry.delete(hello_key(), expect)).map_err(|e| e.kind());
    assert_eq!(delete(Expect::Generation(1)).unwrap_err(), ErrorKind::Conflict);
    assert_eq!(delete(Expect::Generation(2)).unwrap().outcome, Outcome::Deleted);
}

fn applies_all_or_nothing(registry: &dyn Registry) {
    let config = Key::new(ResourceKind::ConfigMap, "default", "settings");
    let put = || Change::Put(Put::new(config.clone(), json("{}")));
    let missing = Change::Delete { key: Key::function("default", "none"), expect: Expect::Any };
    let error = wait(registry.apply(vec![put(), Change::Deploy(hello("one")), missing]));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(wait(registry.get(config.clone())).unwrap(), None);
    assert_eq!(wait(registry.get(hello_key())).unwrap(), None);
    let applied = wait(registry.apply(vec![put(), Change::Deploy(hello("one")), put()])).unwrap();
    let outcomes: Vec<_> = applied.iter().map(|applied| applied.outcome).collect();
    assert_eq!(outcomes, [Outcome::Created, Outcome::Created, Outcome::Unchanged]);
    assert_eq!(applied[1].key, hello_key());
    assert!(wait(registry.apply(Vec::new())).unwrap().is_empty());
}

fn lists(registry: &dyn Registry) {
    let names = ["a/1", "a/2", "b/1", "b/2", "b/3"];
    let changes = names.iter().rev().map(|name| {
        let (namespace, name) = name.split_once('/').unwrap();
        let deploy = Deploy::new(namespace, name, json("{}")).label("n", name);
        Change::Deploy(if namespace == "b" { deploy.label("tier", "web") } else { deploy })
    });
    wait(registry.apply(changes.collect())).unwrap();
    wait(registry.put(Put::new(Key::new(ResourceKind::Secret, "a", "3"), json("{}")))).unwrap();
    let all = || List { limit: 2, ..List::all(ResourceKind::Function) };
    assert_eq!(pages(registry, all()), [vec!["a/1", "a/2"], vec!["b/1", "b/2"], vec!["b/3"]]);
    let b = List { namespace: Some("b".into()), ..all() };
    assert_eq!(pages(registry, b), [vec!["b/1", "b/2"], vec!["b/3"]]);
    for (selector, expected) in [
        ("n=1", vec!["a/1", "b/1"]),
        ("n!=1,tier", vec!["b/2", "b/3"]),
        ("!tier", vec!["a/1", "a/2"]),
        ("n in (2,3),tier=web", vec!["b/2", "b/3"]),
        ("tier notin (web)", vec!["a/1", "a/2"]),
    ] {
        let list = List { selector: selector.parse().unwrap(), ..all() };
        assert_eq!(pages(registry, list), [expected], "{selector}");
    }
    let none = List { namespace: Some("c".into()), ..all() };
    assert_eq!(pages(registry, none), [Vec::<String>::new()]);
}

fn pages(registry: &dyn Registry, mut list: List) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    loop {
        let page = wait(registry.list(list.clone())).unwrap();
        let name = |r: &Resource| format!("{}/{}", r.key.namespace, r.key.name);
        pages.push(page.items.iter().map(name).collect());
        match page.next {
            Some(next) => list.after = Some(next),
            None => return pages,
        }
    }
}

fn puts(registry: &dyn Registry) {
    for kind in ResourceKind::ALL.into_iter().filter(|kind| *kind != ResourceKind::Function) {
        let key = Key::new(kind, "default", "it");
        let put = |text| wait(registry.put(Put::new(key.clone(), json(text)))).unwrap();
        let done = |text| (put(text).outcome, put(text).generation);
        assert_eq!(put("[1]").outcome, Outcome::Created);
        assert_eq!(done("[ 1 ]"), (Outcome::Unchanged, 1));
        assert_eq!(put("[2]").outcome, Outcome::Updated);
        let stored = wait(registry.get(key.clone())).unwrap().unwrap();
        assert_eq!((stored.generation, stored.document.as_str()), (2, "[2]"));
        wait(registry.delete(key.clone(), Expect::Any)).unwrap();
        let gone = wait(registry.delete(key.clone(), Expect::Any)).unwrap_err();
        assert!(matches!(gone, Error::NotFound(missing) if missing == key));
    }
}

fn deletes(registry: &dyn Registry) {
    deploy(registry, "one");
    deploy(registry, "two");
    // Another function has one of the same files: it keeps it.
    let other = Deploy::new("default", "other", json("{}")).file("lib.js", "two");
    wait(registry.deploy(other)).unwrap();
    let deleted = wait(registry.delete(hello_key(), Expect::Any)).unwrap();
    assert_eq!((deleted.outcome, deleted.generation), (Outcome::Deleted, 2));
    assert_eq!(wait(registry.get(hello_key())).unwrap(), None);
    assert!(wait(registry.revision(hello_key(), Which::Number(1))).unwrap().is_none());
    let other = Key::function("default", "other");
    let kept = wait(registry.revision(other, Which::Active)).unwrap().unwrap();
    assert_eq!(&kept.files[0].bytes[..], b"two");
    assert_eq!(deploy(registry, "three"), 1);
    assert_eq!(wait(registry.revisions(hello_key(), None, 10)).unwrap().len(), 1);
}

fn tells_changes(registry: &dyn Registry) {
    let mut watch = registry.watch();
    let start = *watch.borrow_and_update();
    deploy(registry, "one");
    assert!(watch.has_changed().unwrap());
    let config = Key::new(ResourceKind::ConfigMap, "default", "settings");
    wait(registry.put(Put::new(config.clone(), json("{}")))).unwrap();
    let last = deploy(registry, "two");
    assert_eq!(last, 2);
    let since = |sequence, limit| wait(registry.changes_since(sequence, limit)).unwrap();
    let all = since(start, 10);
    let told: Vec<_> = all.changes.iter().map(|c| (c.key.clone(), c.action)).collect();
    assert_eq!(told, [(config.clone(), Action::Put), (hello_key(), Action::Put)]);
    assert_eq!(all.sequence, *watch.borrow_and_update());
    assert!(!all.more && !all.reset);
    let first = since(start, 1);
    assert!(first.more);
    assert_eq!(since(first.sequence, 10).changes, all.changes[1..]);
    wait(registry.delete(config.clone(), Expect::Any)).unwrap();
    let deleted = since(all.sequence, 10);
    assert_eq!(deleted.changes[0].action, Action::Deleted);
    wait(registry.put(Put::new(config, json("{}")))).unwrap();
    let back = since(all.sequence, 10);
    assert_eq!((back.changes.len(), back.changes[0].action), (1, Action::Put));
    watch.borrow_and_update();
    deploy(registry, "two");
    assert!(!watch.has_changed().unwrap(), "nothing changed");
    assert!(since(u64::MAX, 1).reset);
}

fn refuses(registry: &dyn Registry) {
    let kind = |deploy: Deploy| wait(registry.deploy(deploy)).unwrap_err().kind();
    let mut secret = hello("one");
    secret.key.kind = ResourceKind::Secret;
    assert_eq!(kind(secret), ErrorKind::Invalid);
    for name in ["", "a/b", "a\nb"] {
        assert_eq!(kind(Deploy::new("default", name, json("{}"))), ErrorKind::Invalid, "{name:?}");
    }
    for path in ["", "/etc/passwd", "../up.js", "a//b", "a/./b", "a\\b", "handler.js"] {
        assert_eq!(kind(hello("one").file(path, "x")), ErrorKind::Invalid, "{path:?}");
    }
    let huge = vec![b'x'; crate::MAX_REVISION_BYTES + 1];
    assert_eq!(kind(hello("one").file("huge", huge)), ErrorKind::TooLarge);
    let long = format!("{:?}", "x".repeat(crate::MAX_DOCUMENT_BYTES));
    assert_eq!(kind(Deploy::new("default", "long", json(&long))), ErrorKind::TooLarge);
    let function = wait(registry.put(Put::new(hello_key(), json("{}")))).unwrap_err();
    assert_eq!(function.kind(), ErrorKind::Invalid);
    assert_eq!(wait(registry.get(hello_key())).unwrap(), None);
}

fn deploys_concurrently(registry: &dyn Registry) {
    const DEPLOYERS: usize = 100;
    let pending: Vec<_> = (0..DEPLOYERS)
        .map(|n| {
            let document = json(&format!("{{\"n\":{n}}}"));
            registry.deploy(Deploy::new("default", "hello", document).file("a.js", "same"))
        })
        .collect();
    let mut numbers: Vec<_> =
        pending.into_iter().map(|pending| wait(pending).unwrap().generation).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=DEPLOYERS as u64).collect::<Vec<_>>());
    assert_eq!(hello_now(registry).generation, DEPLOYERS as u64);
}
