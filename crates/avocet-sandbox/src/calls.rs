//! The calls of one instance that have no answer yet, and the answers' way out.
//!
//! Shared between the thread that runs the instance and the loop: while the instance is stuck in
//! one call, the loop can still end its others.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use avocet_frames::head::{Failure, FailureKind, Respond, Returned};
use avocet_frames::{CREDIT_WINDOW, CallId, Kind, MAX_FRAME, codec};

use crate::outbox::{Outbox, frame_with_body};

/// Bytes of a streamed answer that are kept while the caller reads slowly. A function that does
/// not wait for `drain` reaches this limit.
pub(crate) const MAX_HELD: usize = 16 << 20;

/// Heads of the plain answers, which need no serialiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    None,
    Text,
    Json,
    Bytes,
}

impl Plain {
    const fn head(self) -> &'static [u8] {
        match self {
            Self::None => br#"{"r":"none"}"#,
            Self::Text => br#"{"r":"text"}"#,
            Self::Json => br#"{"r":"json"}"#,
            Self::Bytes => br#"{"r":"bytes"}"#,
        }
    }
}

/// A streamed answer.
#[derive(Default)]
struct Stream {
    credit: usize,
    held: VecDeque<Vec<u8>>,
    held_bytes: usize,
    ended: bool,
    full: bool,
}

#[derive(Default)]
struct Table {
    /// The call whose handler is running for the first time; most are answered in it and never
    /// reach the map.
    current: Option<u32>,
    waiting: HashMap<u32, Waiting>,
    serial: u64,
}

struct Waiting {
    /// Number that distinguishes a call from an earlier one of the same number.
    serial: u64,
    stream: Option<Stream>,
}

impl Table {
    fn forget(&mut self, call: u32) -> bool {
        if self.current == Some(call) {
            self.current = None;
            return true;
        }
        self.waiting.remove(&call).is_some()
    }

    /// Whether the call has no answer at all yet.
    fn is_unanswered(&self, call: u32) -> bool {
        self.current == Some(call)
            || self.waiting.get(&call).is_some_and(|waiting| waiting.stream.is_none())
    }

    fn stream(&mut self, call: u32) -> Option<&mut Stream> {
        self.waiting.get_mut(&call)?.stream.as_mut()
    }

    fn wait(&mut self, call: u32, stream: Option<Stream>) {
        self.serial += 1;
        self.waiting.insert(call, Waiting { serial: self.serial, stream });
    }
}

/// The open calls of one instance.
pub(crate) struct Calls {
    function: u32,
    outbox: Arc<Outbox>,
    table: Mutex<Table>,
}

impl Calls {
    pub(crate) fn new(function: u32, outbox: Arc<Outbox>) -> Self {
        Self { function, outbox, table: Mutex::new(Table::default()) }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self, call: u32) -> CallId {
        CallId::new(self.function, call)
    }

    /// The handler of `call` is about to run.
    pub(crate) fn begin(&self, call: u32) {
        self.table().current = Some(call);
    }

    /// The handler came back; where the call still has no complete answer, the serial number
    /// under which it waits for it.
    pub(crate) fn came_back(&self, call: u32) -> Option<u64> {
        let mut table = self.table();
        if table.current.take() == Some(call) {
            table.wait(call, None);
        }
        table.waiting.get(&call).map(|waiting| waiting.serial)
    }

    /// Calls without a complete answer.
    pub(crate) fn len(&self) -> usize {
        let table = self.table();
        table.waiting.len() + usize::from(table.current.is_some())
    }

    /// Whether the call still waits under this serial number.
    pub(crate) fn is_waiting(&self, call: u32, serial: u64) -> bool {
        self.table().waiting.get(&call).is_some_and(|waiting| waiting.serial == serial)
    }

    /// Answers with one of the plain heads.
    pub(crate) fn plain(&self, call: u32, head: Plain, write: impl FnOnce(&mut Vec<u8>)) {
        self.answer(call, head.head(), write);
    }

    /// Answers with `head` and the body that `write` appends.
    fn answer(&self, call: u32, head: &[u8], write: impl FnOnce(&mut Vec<u8>)) {
        let mut table = self.table();
        if table.is_unanswered(call) {
            table.forget(call);
            let id = self.id(call);
            if !self.outbox.with(|out| frame_with_body(out, Kind::Respond, id, head, write)) {
                let message = format!("the answer is longer than {MAX_FRAME} bytes: stream it");
                let failure = Failure { kind: FailureKind::Internal, message };
                send_failed(&self.outbox, id, failure);
            }
        }
    }

    /// Answers with any head; where it says `more`, the body is the beginning of a stream.
    pub(crate) fn respond(&self, call: u32, head: &Respond, body: &[u8]) {
        let text = serde_json::to_vec(head).expect("heads have string keys and no I/O");
        if !head.more {
            return self.answer(call, &text, |out| out.extend_from_slice(body));
        }
        {
            let mut table = self.table();
            if !table.is_unanswered(call) {
                return;
            }
            if table.current == Some(call) {
                table.current = None;
            }
            let stream = Stream { credit: CREDIT_WINDOW as usize, ..Stream::default() };
            table.wait(call, Some(stream));
            self.outbox.with(|out| codec::put(out, Kind::Respond, self.id(call), &text, &[]));
        }
        self.chunk(call, body);
    }

    /// More of a streamed answer; `false` where the window is used up and the function should
    /// wait for [`Calls::credit`].
    pub(crate) fn chunk(&self, call: u32, body: &[u8]) -> bool {
        let mut table = self.table();
        let Some(stream) = table.stream(call).filter(|stream| !stream.ended) else { return true };
        let now = if stream.held.is_empty() { body.len().min(stream.credit) } else { 0 };
        let (now, later) = body.split_at(now);
        if !now.is_empty() {
            stream.credit -= now.len();
            self.send_chunk(call, now);
        }
        if !later.is_empty() {
            stream.held_bytes += later.len();
            stream.held.push_back(later.to_vec());
        }
        stream.full = stream.credit == 0;
        let (open, over) = (!stream.full, stream.held_bytes > MAX_HELD);
        if over {
            table.forget(call);
            let message = format!(
                "more than {MAX_HELD} bytes of the answer wait for the caller: wait for 'drain'"
            );
            self.send_end(call, Some(&Failure { kind: FailureKind::Internal, message }));
        }
        open
    }

    /// The streamed answer is complete.
    pub(crate) fn end(&self, call: u32) {
        let mut table = self.table();
        let Some(stream) = table.stream(call) else { return };
        stream.ended = true;
        if stream.held.is_empty() {
            table.forget(call);
            self.send_end(call, None);
        }
    }

    /// The supervisor took `bytes`; `true` where the function may be notified to go on.
    pub(crate) fn credit(&self, call: u32, bytes: u32) -> bool {
        let mut table = self.table();
        let Some(stream) = table.stream(call) else { return false };
        stream.credit = (stream.credit + bytes as usize).min(CREDIT_WINDOW as usize);
        while stream.credit > 0 {
            let Some(mut part) = stream.held.pop_front() else { break };
            let rest = part.split_off(part.len().min(stream.credit));
            stream.credit -= part.len();
            stream.held_bytes -= part.len();
            self.send_chunk(call, &part);
            if !rest.is_empty() {
                stream.held.push_front(rest);
            }
        }
        if stream.ended && stream.held.is_empty() {
            table.forget(call);
            self.send_end(call, None);
            return false;
        }
        let drained = stream.full && stream.credit > 0;
        stream.full &= !drained;
        drained
    }

    /// The platform ends the call.
    pub(crate) fn fail(&self, call: u32, kind: FailureKind, message: &str) {
        let mut table = self.table();
        let unanswered = table.is_unanswered(call);
        if table.forget(call) {
            let failure = Failure { kind, message: message.to_owned() };
            if unanswered {
                let id = self.id(call);
                send_failed(&self.outbox, id, failure);
            } else {
                self.send_end(call, Some(&failure));
            }
        }
    }

    /// The platform ends all calls.
    pub(crate) fn fail_all(&self, kind: FailureKind, message: &str) {
        for call in self.open() {
            self.fail(call, kind, message);
        }
    }

    /// The caller is gone: no answer; `true` where the call was open.
    pub(crate) fn forget(&self, call: u32) -> bool {
        self.table().forget(call)
    }

    fn open(&self) -> Vec<u32> {
        let table = self.table();
        table.current.into_iter().chain(table.waiting.keys().copied()).collect()
    }

    fn send_chunk(&self, call: u32, body: &[u8]) {
        self.outbox.with(|out| codec::put(out, Kind::RespondChunk, self.id(call), &[], body));
    }

    fn send_end(&self, call: u32, failure: Option<&Failure>) {
        match failure {
            Some(failure) => self.outbox.json(Kind::End, self.id(call), failure, &[]),
            None => self.outbox.with(|out| codec::put(out, Kind::End, self.id(call), &[], &[])),
        }
    }
}

/// Answers a call that reached no instance.
pub(crate) fn send_failed(outbox: &Outbox, call: CallId, failure: Failure) {
    let head = Respond { r: Returned::Failed, e: Some(failure), ..Respond::default() };
    outbox.json(Kind::Respond, call, &head, &[]);
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;

    fn calls() -> Calls {
        Calls::new(7, Arc::new(Outbox::new().unwrap()))
    }

    /// The kinds and body lengths of the frames that were sent.
    fn sent(calls: &Calls) -> Vec<(Kind, usize)> {
        let mut bytes = Vec::new();
        calls.outbox.take(&mut bytes);
        let mut bytes = BytesMut::from(&bytes[..]);
        std::iter::from_fn(|| codec::take(&mut bytes).unwrap())
            .map(|frame| (frame.kind, frame.body.len()))
            .collect()
    }

    fn streaming() -> Respond {
        Respond { r: Returned::Response, more: true, ..Respond::default() }
    }

    #[test]
    fn a_call_is_answered_once() {
        let calls = calls();
        calls.begin(1);
        calls.plain(1, Plain::Text, |out| out.extend_from_slice(b"hi"));
        calls.plain(1, Plain::Text, |out| out.extend_from_slice(b"again"));
        calls.fail(1, FailureKind::Timeout, "late");
        assert_eq!(calls.came_back(1), None);
        assert_eq!(sent(&calls), [(Kind::Respond, 2)]);
    }

    #[test]
    fn a_call_that_waits_is_open_until_its_answer() {
        let calls = calls();
        calls.begin(1);
        let serial = calls.came_back(1).unwrap();
        assert!(calls.is_waiting(1, serial) && !calls.is_waiting(1, serial + 1));
        calls.plain(1, Plain::None, |_| {});
        assert_eq!((calls.len(), sent(&calls)), (0, vec![(Kind::Respond, 0)]));
    }

    #[test]
    fn a_stream_keeps_to_the_window() {
        let calls = calls();
        calls.begin(1);
        calls.respond(1, &streaming(), b"head");
        assert!(calls.came_back(1).is_some());
        let window = CREDIT_WINDOW as usize;
        assert!(!calls.chunk(1, &vec![0; window]));
        assert!(!calls.chunk(1, b"more"));
        let all = [(Kind::Respond, 0), (Kind::RespondChunk, 4), (Kind::RespondChunk, window - 4)];
        assert_eq!(sent(&calls), all);
        assert!(!calls.credit(1, 6));
        assert_eq!(sent(&calls), [(Kind::RespondChunk, 4), (Kind::RespondChunk, 2)]);
        calls.end(1);
        assert_eq!(sent(&calls), []);
        assert!(!calls.credit(1, 100));
        assert_eq!(sent(&calls), [(Kind::RespondChunk, 2), (Kind::End, 0)]);
        assert_eq!(calls.len(), 0);
    }

    #[test]
    fn a_stream_that_ignores_the_window_is_broken_off() {
        let calls = calls();
        calls.begin(1);
        calls.respond(1, &streaming(), &[]);
        for _ in 0..=(MAX_HELD >> 20) {
            calls.chunk(1, &vec![0; 1 << 20]);
        }
        assert_eq!(sent(&calls).last(), Some(&(Kind::End, 0)));
        assert_eq!(calls.len(), 0);
    }

    #[test]
    fn a_failure_after_the_head_ends_the_stream() {
        let calls = calls();
        calls.begin(1);
        calls.respond(1, &streaming(), &[]);
        calls.begin(2);
        calls.fail_all(FailureKind::Heap, "too much");
        let mut kinds: Vec<_> = sent(&calls).into_iter().map(|(kind, _)| kind).collect();
        kinds[1..].sort_by_key(|kind| *kind as u8);
        assert_eq!(kinds, [Kind::Respond, Kind::Respond, Kind::End]);
    }
}
