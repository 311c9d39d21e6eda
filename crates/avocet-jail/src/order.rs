//! An order on its way from the supervisor to the launcher, and the reports on their way back.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::cmsg_space;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::getpid;
use serde::{Deserialize, Serialize};

use crate::Launch;

/// Largest description, bytes. The system takes less than this for arguments and environment.
const MAX_ORDER: u64 = 8 << 20;

/// Most bytes of all reports of one launch.
pub(crate) const MAX_REPORTS: u64 = 64 << 10;

/// Exit status of a launcher that could not carry out its order.
pub const REFUSED: u8 = 126;

/// Message to the launcher.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The process that started it, by its id: where it is gone, there is nothing to do.
    pub(crate) parent: i32,
    pub(crate) goal: Goal,
    pub(crate) launch: Launch,
}

/// Goal of a launch, once everything is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Goal {
    /// Become the program.
    Run,
    /// End with 0, to show that it can be done.
    Try,
}

/// Message from the launcher: one line of JSON each.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// Something that was asked for could not be had; the launch went on.
    Note(String),
    /// The launch is over.
    Failed(String),
    /// The program is not the launcher's own process but this one, by its id.
    Process(u32),
}

/// The launcher's end of it.
pub(crate) struct Received {
    pub(crate) order: Order,
    pub(crate) reports: File,
}

impl Order {
    pub(crate) fn new(goal: Goal, launch: Launch) -> Self {
        Self { parent: getpid().as_raw_nonzero().get(), goal, launch }
    }

    /// Puts it into the socket that will be the launcher's standard input, before anything else.
    /// Gives the end that the reports come out of; it is closed when the launcher became the
    /// program, or ended.
    pub(crate) fn send(&self, socket: BorrowedFd<'_>) -> io::Result<OwnedFd> {
        let text = serde_json::to_vec(self)?;
        if text.len() as u64 > MAX_ORDER {
            let message = "arguments and environment are larger than the system takes";
            return Err(io::Error::new(io::ErrorKind::ArgumentListTooLong, message));
        }
        let file = memfd_create(c"avocet-launch", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let mut file = File::from(file);
        file.write_all(&text)?;
        fcntl_add_seals(
            &file,
            SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
        )?;
        let (reports, report) = pipe_with(PipeFlags::CLOEXEC)?;
        let descriptors = [file.as_fd(), report.as_fd()];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(2))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        sendmsg(socket, &[IoSlice::new(b"L")], &mut ancillary, SendFlags::NOSIGNAL)?;
        Ok(reports)
    }

    /// Takes it out of the socket, and nothing of what comes after it.
    pub(crate) fn receive(socket: BorrowedFd<'_>) -> io::Result<Received> {
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(2))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0];
        recvmsg(
            socket,
            &mut [IoSliceMut::new(&mut byte)],
            &mut ancillary,
            RecvFlags::CMSG_CLOEXEC,
        )?;
        let mut descriptors = ancillary.drain().flat_map(|message| match message {
            RecvAncillaryMessage::ScmRights(rights) => rights.collect::<Vec<_>>(),
            _ => Vec::new(),
        });
        let (Some(file), Some(reports)) = (descriptors.next(), descriptors.next()) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no order came with it"));
        };
        // The descriptor has the sender's position, which is the end.
        let mut text = Vec::new();
        let mut file = File::from(file);
        io::Seek::rewind(&mut file)?;
        file.take(MAX_ORDER).read_to_end(&mut text)?;
        Ok(Received { order: serde_json::from_slice(&text)?, reports: File::from(reports) })
    }
}

impl Report {
    /// Sends the report to the supervisor, where it is still there.
    pub(crate) fn send(&self, mut reports: &File) {
        if let Ok(mut line) = serde_json::to_vec(self) {
            line.push(b'\n');
            let _ = reports.write_all(&line);
        }
    }
}

/// Messages from a launcher.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reports {
    /// Things that were asked for and could not be had, though the program was launched.
    pub notes: Vec<String>,
    /// Reason for which the program was not launched.
    pub failure: Option<String>,
    /// The program's process, where that is another one than the launcher's, which ends as it does.
    pub process: Option<u32>,
}

impl Reports {
    /// Most bytes that need to be read.
    pub const MAX_BYTES: u64 = MAX_REPORTS;

    /// Reads the reports out of a launcher's output. What is no report is left out.
    pub fn read(bytes: &[u8]) -> Self {
        let mut reports = Self::default();
        let lines = bytes.split(|byte| *byte == b'\n');
        for report in lines.filter_map(|line| serde_json::from_slice(line).ok()) {
            match report {
                Report::Note(text) => reports.notes.push(text),
                Report::Failed(text) => reports.failure = Some(text),
                Report::Process(pid) => reports.process = Some(pid),
            }
        }
        reports
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn an_order_arrives_and_what_follows_it_stays_in_the_socket() {
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        let launch = Launch::new("/bin/worker").env("NAME", "x".repeat(300_000));
        let mut reports =
            File::from(Order::new(Goal::Run, launch.clone()).send(ours.as_fd()).unwrap());
        ours.write_all(b"hello").unwrap();
        let received = Order::receive(theirs.as_fd()).unwrap();
        assert_eq!((received.order.launch, received.order.goal), (launch, Goal::Run));
        drop(ours);
        let mut rest = String::new();
        theirs.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "hello");
        Report::Note("one".into()).send(&received.reports);
        Report::Failed("two".into()).send(&received.reports);
        drop(received.reports);
        let mut bytes = Vec::new();
        reports.read_to_end(&mut bytes).unwrap();
        let expected =
            Reports { notes: vec!["one".into()], failure: Some("two".into()), process: None };
        assert_eq!(Reports::read(&bytes), expected);
    }

    #[test]
    fn something_that_is_no_order_is_refused() {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        ours.write_all(b"x").unwrap();
        assert!(Order::receive(theirs.as_fd()).is_err());
        drop(ours);
        assert!(Order::receive(theirs.as_fd()).is_err());
        assert_eq!(Reports::read(b"\n{}\nnoise\n"), Reports::default());
    }

    #[test]
    fn an_order_that_no_system_takes_is_not_sent() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let launch = Launch::new("/bin/true").arg("x".repeat(MAX_ORDER as usize));
        let error = Order::new(Goal::Run, launch).send(ours.as_fd()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ArgumentListTooLong);
    }
}
