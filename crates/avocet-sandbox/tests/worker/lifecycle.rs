//! Hello, ping, unload, shutdown, and the end of the supervisor.

use std::io::Write;

use avocet_frames::head::Hello;
use avocet_frames::{CallId, Kind};

use crate::support::{Worker, get};

#[test]
fn a_worker_ends_well_when_it_is_told_to() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = () => new Promise((done) => setTimeout(done, 20, 'finished'));");
    worker.invoke(1, 1, &get("/"), &[]);
    worker.tell(Kind::Shutdown, CallId::WORKER);
    assert_eq!(worker.answer(1, 1).1, "finished");
    assert_eq!(worker.wait_for_exit().code(), Some(0));
}

#[test]
fn a_worker_ends_when_its_supervisor_is_gone() {
    let worker = Worker::start();
    assert_eq!(worker.hang_up().code(), Some(0));
}

#[test]
fn a_worker_ends_while_a_function_loops() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = () => { for (;;) {} };");
    worker.invoke(1, 1, &get("/"), &[]);
    worker.ping();
    assert_eq!(worker.hang_up().code(), Some(0));
}

#[test]
fn a_peer_of_another_version_is_refused() {
    for (version, first) in [(99, Kind::Hello), (1, Kind::Ping)] {
        let mut worker = Worker::spawn();
        let hello =
            Hello { version, namespace: String::new(), pid: 0, engine: String::new(), warm: 0 };
        worker.send(first, CallId::WORKER, &hello, &[]);
        assert_eq!(worker.wait_for_exit().code(), Some(65));
    }
}

#[test]
fn bytes_that_are_no_frame_end_the_worker() {
    let mut worker = Worker::start();
    worker.socket().write_all(&[0xff; 64]).unwrap();
    assert_eq!(worker.wait_for_exit().code(), Some(65));
}

#[test]
fn unloading_finishes_what_is_in_flight() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = () => new Promise((done) => setTimeout(done, 20, 'finished'));");
    worker.invoke(1, 1, &get("/"), &[]);
    worker.tell(Kind::Unload, CallId::new(1, 0));
    worker.invoke(1, 2, &get("/"), &[]);
    assert!(worker.answer(1, 2).0.e.is_some(), "no new calls");
    assert_eq!(worker.answer(1, 1).1, "finished");
    assert_eq!(worker.ping().awake, 0);
    worker.load(1, "exports.main = () => 'again';");
    assert_eq!(worker.call(1, 3).1, "again");
}

#[test]
fn ping_tells_what_is_awake() {
    let mut worker = Worker::start_warm(2);
    assert_eq!((worker.ping().awake, worker.ping().calls), (0, 0));
    worker.load(1, "exports.main = () => new Promise(() => {});");
    worker.load(2, "exports.main = () => 'ok';");
    worker.invoke(1, 1, &get("/"), &[]);
    let pong = worker.ping();
    assert_eq!((pong.awake, pong.calls), (2, 1));
    assert!(pong.heap_bytes > 0);
}

#[test]
fn standard_input_that_is_no_socket_is_explained() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_avocet-worker-v8"))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(70));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a socket"));
}
