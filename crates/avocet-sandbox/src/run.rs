//! The worker's entry: its threads from start to end.

use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use avocet_engine::v8;
use rustix::fs::OFlags;

use crate::blocked::{Blocked, NoThread, Parking};
use crate::handoff::{Handoff, HandoffOptions};
use crate::shared::Shared;
use crate::worker::{Loop, drive};

/// Flags of V8 for many small isolates: see the crate's documentation.
///
/// - `single-threaded-gc`: no helper threads that compete with the loop for its processor;
/// - `stack-size`: kilobytes of the 4 MiB that a thread has;
/// - `no-expose-wasm`: a WebAssembly memory is outside of every heap limit.
const FLAGS: &str = "--single-threaded-gc --stack-size=960 --no-expose-wasm";

/// Exit code where the worker cannot even begin.
const EXIT_START: u8 = 70;

/// Runs a worker whose supervisor is at the other end of the socket that is its standard input,
/// until the supervisor ends it or is gone.
///
/// The calling thread becomes the monitor; the loop runs on threads of its own.
pub fn run_worker() -> ExitCode {
    match start() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("avocet worker: cannot start: {error}");
            ExitCode::from(EXIT_START)
        }
    }
}

fn start() -> std::io::Result<u8> {
    let socket = socket()?;
    v8::initialize(FLAGS);
    let shared = Arc::new(Shared::new()?);
    let cell: Arc<OnceLock<Arc<Handoff<Box<Loop>>>>> = Arc::default();
    let handoff = {
        let cell = cell.clone();
        let saturated = shared.saturated.clone();
        let options = HandoffOptions { saturated, ..HandoffOptions::default() };
        Arc::new(Handoff::new(options, move |state: Box<Loop>| {
            if let Some(handoff) = cell.get() {
                drive(state, handoff);
            }
        }))
    };
    drop(cell.set(handoff.clone()));
    drop(shared.parking.set(Arc::new(Parked(handoff.clone()))));
    let pool = shared.clone();
    let pool =
        std::thread::Builder::new().name("avocet-warm".into()).spawn(move || pool.warm.work())?;
    let code = handoff.monitor(Box::new(Loop::new(shared.clone(), socket)))?;
    shared.warm.close();
    // V8 must not be at work while the process is torn down around it.
    let _: Result<_, _> = pool.join();
    Ok(code)
}

/// Waits by handing the loop over.
struct Parked(Arc<Handoff<Box<Loop>>>);

impl Parking for Parked {
    fn wait(&self, blocked: &Blocked) -> Result<(), NoThread> {
        let serve = |state: &mut Box<Loop>| state.wait_for(blocked);
        self.0.wait(serve, || blocked.is_over(), || blocked.wait())
    }
}

/// The supervisor's socket, which is file descriptor 0.
fn socket() -> std::io::Result<OwnedFd> {
    let socket = std::io::stdin().as_fd().try_clone_to_owned()?;
    let flags = rustix::fs::fcntl_getfl(&socket)?;
    rustix::fs::fcntl_setfl(&socket, flags | OFlags::NONBLOCK)?;
    rustix::net::sockopt::socket_type(&socket).map_err(|_| {
        std::io::Error::other("standard input is not a socket: `avocet serve` starts workers")
    })?;
    Ok(socket)
}
