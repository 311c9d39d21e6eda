use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::support::*;

const SUPERVISES: &str = "AVOCET_ORPHAN_TEST_SUPERVISES";

/// The supervisor is a process of its own: this test, started once more.
#[test]
fn a_busy_worker_ends_with_a_supervisor_that_is_killed() {
    if std::env::var_os(SUPERVISES).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(supervise());
    }
    let mut supervisor = Command::new(std::env::current_exe().unwrap())
        .args(["orphans::a_busy_worker_ends_with_a_supervisor_that_is_killed", "--exact"])
        .args(["--nocapture", "--test-threads=1"])
        .env(SUPERVISES, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(supervisor.stdout.take().unwrap()).lines();
    let worker = lines.map(Result::unwrap).find_map(|line| {
        line.split_once("worker ").and_then(|(_, pid)| pid.trim().parse::<i32>().ok())
    });
    let worker = pidfd_open(Pid::from_raw(worker.unwrap()).unwrap(), PidfdFlags::empty()).unwrap();
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
    let limit = Timespec { tv_sec: FAR.as_secs() as i64, tv_nsec: 0 };
    assert_eq!(poll(&mut [PollFd::new(&worker, PollFlags::IN)], Some(&limit)), Ok(1));
}

/// Tells of a worker once that does not look at its socket any more; then waits to be killed.
async fn supervise() {
    let bench = Bench::new();
    let function = bench.function("echo");
    let worker = text(&function, "/pid").await;
    let call = spawn(&function, "/deaf");
    bench.sink.line("deaf").await;
    println!("worker {worker}");
    call.await.unwrap().unwrap_err();
}
