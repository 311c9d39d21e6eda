use std::path::Path;

use crate::support::*;

/// Children of this test's process whose namespace is the given one would not be told apart, so
/// this looks at what the supervisor itself started.
fn open_files() -> usize {
    std::fs::read_dir(Path::new("/proc/self/fd")).unwrap().count()
}

/// Runs alone in a process of its own: other tests open files too.
#[test]
fn nothing_is_left_after_many_workers() {
    const ALONE: &str = "AVOCET_LEAK_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(cycles());
    }
    let name = "leaks::nothing_is_left_after_many_workers";
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--test-threads=1"])
        .env(ALONE, "1")
        .status()
        .unwrap();
    assert!(status.success());
}

async fn cycle() {
    let bench = Bench::with(|options| options.warm_processes = 1);
    let function = bench.function("echo");
    let pid: u32 = text(&function, "/pid").await.parse().unwrap();
    let abandoned = spawn(&function, "/hold");
    in_flight(&function, 1).await;
    abandoned.abort();
    drop(call(&function, "/stream?total=0").await.unwrap());
    call(&function, "/crash").await.unwrap_err();
    assert_eq!(text(&function, "/echo").await, "body");
    within(bench.supervisor.shutdown(FAR)).await;
    assert!(!exists(pid));
}

async fn cycles() {
    for _ in 0..3 {
        cycle().await;
    }
    let before = open_files();
    for _ in 0..20 {
        cycle().await;
    }
    // The last pipes of the last worker close when their readers see the end.
    within(async {
        while open_files() > before {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let children = std::fs::read_to_string("/proc/self/task/self/children").unwrap_or_default();
    assert_eq!(children, "");
}
