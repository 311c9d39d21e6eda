//! Frames from the worker.

use std::sync::Arc;
use std::time::Duration;

use avocet_frames::head::{self, Respond, Returned};
use avocet_frames::{CallId, Frame, FrameError, Kind, VERSION, codec};
use bytes::{Bytes, BytesMut};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::body::Incoming;
use super::calls::{Answer, Slot, Wire};
use super::effects::Effects;
use super::functions::Place;
use super::link::Link;
use super::memory;
use super::services::HostJob;
use super::{Core, Worker};
use crate::{CallError, CallTag, Event, FailureKind, LoadError, Loaded, LogLine, Span};

/// Something that a worker must not send. It cannot be used further.
#[derive(Debug, thiserror::Error)]
pub(super) enum Violation {
    #[error("it sent what is no frame: {0}")]
    Frame(#[from] FrameError),
    #[error("it sent a {kind:?} frame whose head cannot be read: {error}")]
    Head { kind: Kind, error: serde_json::Error },
    #[error("it sent a {0:?} frame, which only the supervisor sends")]
    Direction(Kind),
    #[error("it sent a {0:?} frame before its hello")]
    NoHello(Kind),
    #[error("it speaks version {0} of the frames, the supervisor {VERSION}")]
    Version(u32),
}

impl Worker {
    /// Handles all complete frames in `received` under one lock.
    pub(super) fn receive(
        self: &Arc<Self>,
        epoch: u64,
        received: &mut BytesMut,
        effects: &mut Effects,
    ) -> Result<(), Violation> {
        let mut core = self.lock();
        if core.epoch != epoch {
            return Ok(());
        }
        if let Some(up) = core.link.up() {
            up.ping.heard_at = Instant::now();
        }
        while let Some(frame) = codec::take(received)? {
            if frame.kind == Kind::Respond {
                core.respond(self, frame.call, &frame.head, frame.body, effects)?;
            } else {
                core.other(self, frame, effects)?;
            }
        }
        Ok(())
    }
}

/// Reads a head; an empty one is `{}`.
fn read<T: DeserializeOwned>(kind: Kind, head: &[u8]) -> Result<T, Violation> {
    let head = if head.is_empty() { b"{}" } else { head };
    serde_json::from_slice(head).map_err(|error| Violation::Head { kind, error })
}

/// The heads that nearly all answers have, without a parser.
fn read_respond(head: &[u8]) -> Result<Respond, Violation> {
    let r = match head {
        br#"{"r":"text"}"# => Returned::Text,
        br#"{"r":"json"}"# => Returned::Json,
        br#"{"r":"none"}"# => Returned::None,
        br#"{"r":"bytes"}"# => Returned::Bytes,
        _ => return read(Kind::Respond, head),
    };
    Ok(Respond { r, ..Respond::default() })
}

impl Core {
    fn respond(
        &mut self,
        worker: &Worker,
        call: CallId,
        head: &[u8],
        body: Bytes,
        effects: &mut Effects,
    ) -> Result<(), Violation> {
        let slot = self.calls.find(call.call()).filter(|slot| slot.number == call.function());
        let Some(slot) = slot.filter(|slot| slot.wire == Wire::Open && slot.incoming.is_none())
        else {
            effects.events.push(Event::LateAnswer { namespace: worker.namespace.clone() });
            return Ok(());
        };
        let mut head = read_respond(head)?;
        effects.wake(slot.waker.take());
        let streams = head.more && head.e.is_none() && head.r != Returned::Failed;
        if streams {
            slot.incoming = Some(Box::new(Incoming::new(body.len())));
        }
        let key = slot.function;
        let left = head.e.as_ref().is_some_and(|failure| failure.kind == FailureKind::Exited);
        slot.answer = Some(match (head.e.take(), head.r) {
            (Some(failure), _) => Err(failure.into()),
            (None, Returned::Failed) => {
                let message = "the worker gave the call up without a reason";
                Err(CallError::new(FailureKind::Internal, message))
            }
            (None, _) => Ok(Answer { head, body, streams }),
        });
        self.clear_blame(key);
        if !streams {
            self.close(call.call(), Wire::Closed);
        }
        if left && self.single {
            // The process ends with the function, or is to: it must not be given another call.
            self.ask_to_end();
        }
        Ok(())
    }

    fn other(
        &mut self,
        worker: &Arc<Worker>,
        frame: Frame,
        effects: &mut Effects,
    ) -> Result<(), Violation> {
        let kind = frame.kind;
        let Link::Up(up) = &self.link else { return Ok(()) };
        if !up.ready && kind != Kind::Hello {
            return Err(Violation::NoHello(kind));
        }
        match kind {
            Kind::Hello => self.hello(worker, &read(kind, &frame.head)?, effects)?,
            Kind::Loaded => self.loaded(frame.call, read(kind, &frame.head)?, effects),
            Kind::RespondChunk => self.chunk(frame.call, frame.body, effects),
            Kind::End => self.end_of_body(frame.call, &frame.head, effects)?,
            Kind::Log => {
                let head = read(kind, &frame.head)?;
                effects.lines.push(self.log_line(worker, frame.call, &head, &frame.body));
            }
            Kind::Span => {
                if let Some(function) = self.definition(frame.call.function()) {
                    let tag = self.calls.tag(frame.call.call());
                    effects.spans.push(Span { function, tag, json: frame.head });
                }
            }
            Kind::HostCall => self.host_call(worker, frame, effects)?,
            Kind::Pong => self.pong(&read(kind, &frame.head)?, effects),
            Kind::Credit => {
                let head: head::Credit = read(kind, &frame.head)?;
                self.credit(frame.call, head.n, effects);
            }
            Kind::Respond => {}
            _ => return Err(Violation::Direction(kind)),
        }
        Ok(())
    }

    fn hello(
        &mut self,
        worker: &Worker,
        hello: &head::Hello,
        effects: &mut Effects,
    ) -> Result<(), Violation> {
        if hello.version != VERSION {
            return Err(Violation::Version(hello.version));
        }
        if let Some(up) = self.link.up()
            && !std::mem::replace(&mut up.ready, true)
        {
            up.engine.clone_from(&hello.engine);
            effects.events.push(Event::WorkerReady {
                namespace: Some(worker.namespace.clone()),
                pid: up.process.pid(),
                engine: hello.engine.clone(),
            });
        }
        Ok(())
    }

    fn loaded(&mut self, call: CallId, loaded: head::Loaded, effects: &mut Effects) {
        let number = call.function();
        let pid = self.link.up().map_or(0, |up| up.process.pid());
        let key = self.numbers.get(&number).copied();
        let entry = key.and_then(|key| self.functions.get_mut(key));
        let took = Duration::try_from_secs_f64(loaded.took_ms / 1000.0).unwrap_or_default();
        match (loaded.error, entry) {
            (None, Some(entry)) => {
                if let Place::Loading { .. } = entry.place {
                    let waiters = entry.put_to_sleep();
                    entry.place = Place::Awake { number };
                    effects.answer_loads(waiters, &Ok(Loaded { took, pid }));
                    let function = entry.definition.clone();
                    let share = function.cpu_share().filter(|_| self.single);
                    if let (Some(share), Some(up)) = (share, self.link.up()) {
                        let memory = function.load().limits.heap_bytes;
                        if let Err(error) = up.process.limit(memory, Some(share)) {
                            effects.lines.push(memory::unlimited(&function, &error));
                        }
                    }
                    effects.events.push(Event::Awake { function, took });
                }
            }
            (None, None) => {}
            (Some(error), entry) => {
                let name = entry.map_or_else(String::new, |entry| entry.name().to_owned());
                let call_error = CallError::not_loaded(&name, &error);
                let load_error = LoadError::Source(Box::new(error));
                self.load_failed(number, &call_error, &load_error, effects);
            }
        }
    }

    /// A function did not get into the worker: its calls are answered, the next one tries again.
    pub(super) fn load_failed(
        &mut self,
        number: u32,
        call_error: &CallError,
        load_error: &LoadError,
        effects: &mut Effects,
    ) {
        let flying = |slot: &Slot| slot.number == number && slot.wire == Wire::Open;
        for call in self.calls.select(flying) {
            if let Some(slot) = self.calls.find(call) {
                slot.settle(call_error.clone());
                effects.wake(slot.waker.take());
            }
            self.give_up(call);
        }
        let Some(key) = self.numbers.get(&number).copied() else { return };
        let Some(entry) = self.functions.get_mut(key) else { return };
        effects.answer_loads(entry.put_to_sleep(), &Err(load_error.clone()));
        let function = entry.definition.clone();
        self.retire(number, &function);
        self.send_unload(number);
        effects.events.push(Event::NotLoaded { function, reason: load_error.to_string() });
    }

    fn chunk(&mut self, call: CallId, body: Bytes, effects: &mut Effects) {
        let Some((slot, incoming)) = streaming(self.calls.find(call.call()), call) else { return };
        let overrun = incoming.push(body).is_err();
        effects.wake(slot.take());
        if overrun {
            let message = "the worker sent more of the response's body than it was granted";
            incoming.end(Err(CallError::new(FailureKind::Internal, message)));
            self.give_up(call.call());
        }
    }

    fn end_of_body(
        &mut self,
        call: CallId,
        head: &[u8],
        effects: &mut Effects,
    ) -> Result<(), Violation> {
        let Some((slot, incoming)) = streaming(self.calls.find(call.call()), call) else {
            return Ok(());
        };
        incoming.end(match head {
            b"" | b"{}" => Ok(()),
            _ => Err(read::<head::Failure>(Kind::End, head)?.into()),
        });
        effects.wake(slot.take());
        self.close(call.call(), Wire::Closed);
        Ok(())
    }

    fn log_line(&self, worker: &Worker, call: CallId, head: &head::Log, body: &[u8]) -> LogLine {
        // Where the caller sent no trace the guest may have begun one.
        let begun = || u128::from_str_radix(head.trace.as_deref()?, 16).ok();
        let tag = self.calls.tag(call.call()).map(|tag| match tag.trace {
            0 => CallTag { trace: begun().unwrap_or(0), ..tag },
            _ => tag,
        });
        LogLine {
            namespace: Some(worker.namespace.clone()),
            function: self.definition(call.function()),
            tag,
            level: head.level,
            time_ms: head.time,
            text: String::from_utf8_lossy(body).into_owned(),
        }
    }

    fn host_call(
        &mut self,
        worker: &Worker,
        frame: Frame,
        effects: &mut Effects,
    ) -> Result<(), Violation> {
        let head: head::HostCall = read(frame.kind, &frame.head)?;
        let Some(function) = self.definition(frame.call.function()) else { return Ok(()) };
        let tag = self.calls.tag(frame.call.call());
        let options = &worker.shared.options;
        let Some(up) = self.link.up() else { return Ok(()) };
        let fits = up.host_bytes + frame.body.len() <= options.max_host_bytes_per_worker;
        // A single one may be larger than all together: it is bounded by its frame.
        let accepted = up.host_calls == 0 && options.max_host_calls_per_worker > 0
            || up.host_calls < options.max_host_calls_per_worker && fits;
        if accepted {
            up.host_calls += 1;
            up.host_bytes += frame.body.len();
        }
        let (epoch, call, body) = (self.epoch, frame.call, frame.body);
        effects.hosts.push(HostJob { epoch, call, accepted, function, tag, head, body });
        Ok(())
    }

    fn pong(&mut self, pong: &head::Pong, effects: &mut Effects) {
        let (open, single) = (self.calls.open, self.single);
        let Some(up) = self.link.up() else { return };
        if !single {
            up.heap_bytes = pong.heap_bytes;
        }
        if up.ping.answered == up.ping.sent {
            return;
        }
        up.ping.answered += 1;
        up.working = pong.working;
        // Calls may have waited for it to be heard of.
        effects.room |= single;
        if pong.calls as usize > open {
            up.stuck_since.get_or_insert_with(Instant::now);
        } else {
            up.stuck_since = None;
        }
        let answered = up.ping.answered;
        self.calls.pass_barrier(answered);
    }
}

type WakerAndBody<'a> = (&'a mut Option<std::task::Waker>, &'a mut Incoming);

/// The body of a call that is being answered; `None` where it was given up.
fn streaming(slot: Option<&mut Slot>, call: CallId) -> Option<WakerAndBody<'_>> {
    let slot = slot.filter(|s| s.number == call.function() && s.wire == Wire::Open)?;
    Some((&mut slot.waker, slot.incoming.as_deref_mut()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_heads_read_as_the_parser_reads_them() {
        for r in ["text", "json", "none", "bytes", "thrown"] {
            let head = format!(r#"{{"r":"{r}"}}"#);
            let parsed: Respond = serde_json::from_str(&head).unwrap();
            assert_eq!(read_respond(head.as_bytes()).unwrap(), parsed);
        }
        assert!(matches!(read_respond(b"{"), Err(Violation::Head { kind: Kind::Respond, .. })));
    }
}
