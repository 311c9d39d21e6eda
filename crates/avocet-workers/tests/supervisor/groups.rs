//! Control groups and their effect on calls, on a machine made of files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use avocet_workers::{Cgroups, Event, FailureKind, Phase, Placement};

use crate::support::*;

/// A machine with version 2 of control groups, and its group for this process.
fn machine(controllers: &str) -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let base = root.path().join("sys/fs/cgroup/own");
    for (path, text) in [
        ("proc/self/cgroup", "0::/own\n"),
        ("sys/fs/cgroup/cgroup.controllers", controllers),
        ("sys/fs/cgroup/own/cgroup.controllers", controllers),
    ] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    // This process is alive there.
    fs::create_dir_all(root.path().join("proc").join(std::process::id().to_string())).unwrap();
    (root, base)
}

fn bench(root: &Path) -> Bench {
    Bench::with(|options| {
        options.placement = Placement::Instance;
        options.warm_processes = 0;
        options.cgroups = Some(Arc::new(Cgroups::detect(root)));
    })
}

/// The group that holds a process.
fn group_of(base: &Path, pid: &str) -> Option<PathBuf> {
    let folders = fs::read_dir(base).unwrap().map(|entry| entry.unwrap().path());
    let mut folders = folders.filter(|folder| folder.is_dir());
    folders.find(|folder| fs::read_to_string(folder.join("cgroup.procs")).is_ok_and(|p| p == pid))
}

#[tokio::test]
async fn an_instance_is_in_a_group_with_its_limits() {
    let (root, base) = machine("cpu memory");
    let bench = bench(root.path());
    let function = bench.limited("held", |limits| limits.heap_bytes = 512 << 20);
    let pid = text(&function, "/pid").await;
    let group = group_of(&base, &pid).expect("it has a group");
    let most: u64 = fs::read_to_string(group.join("memory.max")).unwrap().parse().unwrap();
    assert!((512 << 20..1024 << 20).contains(&most), "{most}");
    assert!(!group.join("cpu.max").exists(), "no share was asked for");
    let line = bench.sink.line("limits of instances: ").await;
    assert!(line.text.contains("behind it control groups v2 in"), "{}", line.text);
}

#[tokio::test]
async fn a_share_of_a_processor_counts_from_the_first_call_on() {
    let (root, base) = machine("cpu memory");
    let bench = bench(root.path());
    let with_share = |name| {
        let definition = definition("space", name, |limits| limits.heap_bytes = 512 << 20);
        bench.supervisor.register(Arc::new(definition.cpu(Some(20))))
    };
    // It never loads.
    let loading = with_share("silent");
    let waiting = spawn(&loading, "/pid");
    while loading.state().phase != Phase::Loading {
        tokio::task::yield_now().await;
    }
    let pid = loading.state().pid.expect("it runs").to_string();
    let group = within(async {
        loop {
            match group_of(&base, &pid) {
                Some(group) => return group,
                None => tokio::task::yield_now().await,
            }
        }
    });
    let group = group.await;
    assert!(group.join("memory.max").exists() && !group.join("cpu.max").exists());
    waiting.abort();

    let loaded = with_share("slow");
    let group = group_of(&base, &text(&loaded, "/pid").await).expect("it has a group");
    assert_eq!(fs::read_to_string(group.join("cpu.max")).unwrap(), "2000 100000");
}

#[tokio::test]
async fn what_the_system_kills_for_its_memory_failed_for_its_memory() {
    let (root, base) = machine("cpu memory");
    let bench = bench(root.path());
    let function = bench.limited("greedy", |limits| limits.heap_bytes = 512 << 20);
    let pid = text(&function, "/pid").await;
    let group = group_of(&base, &pid).expect("it has a group");
    fs::write(group.join("memory.events"), "oom 1\noom_kill 1\n").unwrap();
    let error = call(&function, "/crash").await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Heap, "{}", error.message);
    let told = "ran out of the memory of its control group; the limit of greedy is 512 MiB \
                (spec.resourceConfiguration.function)";
    assert!(error.message.contains(told), "{}", error.message);
    bench.sink.event(|event| matches!(event, Event::OverMemory { .. }).then_some(())).await;
}

#[tokio::test]
async fn a_group_that_cannot_be_made_is_told_and_calls_are_served() {
    let (root, base) = machine("cpu memory");
    let bench = bench(root.path());
    fs::remove_dir_all(&base).unwrap();
    let function = bench.function("free");
    assert_eq!(text(&function, "/echo").await, "body");
    bench.sink.line("has no control group: ").await;
}
