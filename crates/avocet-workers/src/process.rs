//! One worker process: started, watched, killed with its whole group, reaped.

use std::io;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use avocet_frames::head::Level;
use avocet_jail::{Group, Prepared, Reports, on_starter};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::sync::lock;
use crate::{Definition, Exit, LogLine, LogSink, SupervisorOptions};

mod output;

/// Tries to remove an empty control group, and the pause between two: its last process may still be
/// on its way out.
const REMOVALS: (u32, Duration) = (50, Duration::from_millis(20));

/// A worker process. Clones are the same process.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    /// The process that this one started, and the first of its process group.
    pid: u32,
    /// The worker's process, where it is not that one; 0 otherwise.
    program: Arc<AtomicU32>,
    kill: Arc<Notify>,
    ended: watch::Receiver<Option<Option<Exit>>>,
    owner: Arc<output::Owner>,
    group: Option<Arc<Group>>,
    /// The system killed it, or something that it started, for its memory.
    out_of_memory: Arc<AtomicBool>,
    /// Reason for which the launcher did not become the worker.
    refusal: Arc<OnceLock<String>>,
}

impl Process {
    pub(crate) fn pid(&self) -> u32 {
        match self.program.load(Ordering::Acquire) {
            0 => self.pid,
            program => program,
        }
    }

    /// Kills it and all processes of its group.
    pub(crate) fn kill(&self) {
        self.kill.notify_one();
    }

    /// Holds it, and what it starts, to these limits: bytes, and thousandths of a processor.
    ///
    /// # Errors
    /// Where the system refuses them.
    pub(crate) fn limit(&self, memory: u64, cpu: Option<u32>) -> io::Result<()> {
        self.group.as_ref().map_or(Ok(()), |group| group.limit(memory, cpu))
    }

    /// Whether the system killed it for its memory; known once it has ended.
    pub(crate) fn ran_out_of_memory(&self) -> bool {
        self.out_of_memory.load(Ordering::Acquire)
    }

    /// Reason for which the launcher did not become the worker; known once the process has ended.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.refusal.get().map(String::as_str)
    }

    /// Lines that it prints from now on belong to this namespace.
    pub(crate) fn name(&self, namespace: &Arc<str>) {
        let _ = self.owner.namespace.set(namespace.clone());
    }

    /// Lines that it prints from now on are this function's: it has no other.
    pub(crate) fn belong_to(&self, function: &Arc<Definition>) {
        let _ = self.owner.function.set(function.clone());
    }

    /// Waits until it is gone; `None` where the system did not say how it ended.
    pub(crate) async fn ended(&self) -> Option<Exit> {
        let mut ended = self.ended.clone();
        ended.wait_for(Option::is_some).await.ok().and_then(|exit| exit.flatten())
    }

    /// Waits as long as `limit`, then kills it.
    pub(crate) async fn ended_within(&self, limit: Duration) -> Option<Exit> {
        match timeout(limit, self.ended()).await {
            Ok(exit) => exit,
            Err(_) => {
                self.kill();
                self.ended().await
            }
        }
    }
}

/// All processes that are not reaped yet.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    running: Mutex<Vec<(u64, Process)>>,
    serial: AtomicU64,
    changed: Notify,
}

impl Processes {
    /// Kills all of them.
    pub(crate) fn kill_all(&self) {
        for (_, process) in lock(&self.running).iter() {
            process.kill();
        }
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.running).len()
    }

    /// Waits until none is left.
    pub(crate) async fn gone(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.len() == 0 {
                return;
            }
            changed.await;
        }
    }

    fn add(&self, process: Process) -> u64 {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        lock(&self.running).push((serial, process));
        serial
    }

    fn remove(&self, serial: u64) {
        lock(&self.running).retain(|(other, _)| *other != serial);
        self.changed.notify_waiters();
    }
}

/// Starts a worker and gives our end of its socket.
///
/// Must run inside a tokio runtime.
pub(crate) fn spawn(
    options: &SupervisorOptions,
    processes: &Arc<Processes>,
) -> io::Result<(Process, UnixStream)> {
    let group = group(options);
    let mut launch = options.launch.clone();
    launch.group = group.as_ref().map(|group| group.folder().to_owned());
    let user = options.isolation.user()?;
    launch.run_as(user.as_ref());
    let Prepared { command, socket, reports } = options.launcher.prepare(&launch)?;
    let reports = pipe::Receiver::from_owned_fd(reports)?;
    socket.set_nonblocking(true)?;
    let stream = UnixStream::from_std(socket)?;
    let mut child = start(command)?;
    let pid = child.id().ok_or_else(|| io::Error::other("the process ended at once"))?;
    let (tell, ended) = watch::channel(None);
    let process = Process {
        pid,
        program: Arc::default(),
        kill: Arc::default(),
        ended,
        owner: Arc::default(),
        group,
        out_of_memory: Arc::default(),
        refusal: Arc::default(),
    };
    for (level, pipe) in [
        (Level::Info, child.stdout.take().map(output::Pipe::Out)),
        (Level::Error, child.stderr.take().map(output::Pipe::Err)),
    ] {
        if let Some(pipe) = pipe {
            let origin = output::Origin {
                owner: process.owner.clone(),
                pid,
                level,
                sink: options.logs.clone(),
            };
            tokio::spawn(output::capture(pipe, origin, options.max_output_lines));
        }
    }
    let serial = processes.add(process.clone());
    let told = listen(reports, process.clone(), options.logs.clone());
    let processes = processes.clone();
    let ended = reap(child, process.clone(), told, tell);
    tokio::spawn(async move {
        let group = ended.await;
        processes.remove(serial);
        if let Some(group) = group {
            remove(&group).await;
        }
        // Nobody else becomes this user while anything of it is left.
        drop(user);
    });
    Ok((process, stream))
}

/// Starts the launcher on the thread that its life is tied to.
fn start(command: std::process::Command) -> io::Result<Child> {
    let program = command.get_program().to_owned();
    let mut command = Command::from(command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let runtime = Handle::current();
    let started = on_starter(move || {
        let _runtime = runtime.enter();
        command.spawn()
    })?;
    started.map_err(|error| {
        let message = format!("the launcher {}: {error}", program.display());
        io::Error::new(error.kind(), message)
    })
}

/// A control group of its own, where there can be one. Where making one fails, what held before
/// there were groups holds still.
fn group(options: &SupervisorOptions) -> Option<Arc<Group>> {
    let made = options.cgroups.as_ref()?.group();
    let made = made.inspect_err(|error| {
        let text = format!("a worker has no control group: {error}");
        options.logs.log(LogLine::platform(Level::Warn, text));
    });
    made.ok().flatten().map(Arc::new)
}

/// Takes what the launcher reports, to its end: the worker begins, or never will.
async fn listen(reports: pipe::Receiver, process: Process, logs: Arc<dyn LogSink>) {
    let mut bytes = Vec::new();
    // What came before a failure counts.
    let _ = reports.take(Reports::MAX_BYTES).read_to_end(&mut bytes).await;
    let Reports { notes, failure, process: program } = Reports::read(&bytes);
    if let Some(program) = program {
        process.program.store(program, Ordering::Release);
    }
    for note in notes {
        let text = format!("worker {}: {note}", process.pid);
        logs.log(LogLine::platform(Level::Warn, text));
    }
    if let Some(failure) = failure {
        let _ = process.refusal.set(failure);
    }
}

/// Waits for the end of a process and reports it; gives the control group that is left.
async fn reap(
    mut child: Child,
    process: Process,
    told: impl Future<Output = ()>,
    tell: watch::Sender<Option<Option<Exit>>>,
) -> Option<Arc<Group>> {
    let end = async {
        loop {
            tokio::select! {
                status = child.wait() => break status,
                () = process.kill.notified() => kill_group(process.pid),
            }
        }
    };
    let (status, ()) = tokio::join!(end, told);
    // What it left running in its group. While such a process lives the group's number is taken,
    // so this cannot hit anybody else's.
    kill_group(process.pid);
    if let Some(group) = &process.group {
        process.out_of_memory.store(group.ran_out_of_memory(), Ordering::Release);
    }
    tell.send_replace(Some(status.ok().map(Exit::from)));
    process.group
}

/// Ends what is left in a group, and removes it.
async fn remove(group: &Group) {
    group.kill();
    let (times, pause) = REMOVALS;
    for _ in 0..times {
        if group.remove() {
            return;
        }
        tokio::time::sleep(pause).await;
    }
}

fn kill_group(pid: u32) {
    if let Some(group) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // Fails only where the group is gone already, which is what is wanted.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_says_what_it_means() {
        let killed = Exit { code: None, signal: Some(11) };
        assert!(killed.to_string().contains("signal 11 (SIGSEGV"));
        let exited = Exit { code: Some(3), signal: None };
        assert_eq!(exited.to_string(), "exited with status 3");
        let odd = Exit { code: None, signal: Some(50) };
        assert_eq!(odd.to_string(), "was killed by signal 50");
    }
}
