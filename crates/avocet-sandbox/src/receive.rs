//! Frames from the supervisor, and the effect of each.

use std::sync::Arc;
use std::time::Duration;

use avocet_frames::head::{
    Credit, Failure, FailureKind, Hello, HostReply, Loaded, Pong, SourceError,
};
use avocet_frames::{CallId, Frame, Kind, VERSION, codec};

use crate::calls::send_failed;
use crate::function::Function;
use crate::program::Program;
use crate::queue::Job;
use crate::worker::Loop;

impl Loop {
    pub(crate) fn on_frame(&mut self, frame: Frame, now: Duration) {
        if !self.greeted && frame.kind != Kind::Hello {
            return self.break_off(&ProtocolError::NoHello(frame.kind));
        }
        match frame.kind {
            Kind::Invoke => self.on_invoke(frame, now),
            Kind::Credit => self.on_credit(&frame),
            Kind::HostReply => self.on_host_reply(frame),
            Kind::Cancel => self.on_cancel(frame.call),
            Kind::Load => self.on_load(frame, now),
            Kind::Unload => self.on_unload(frame.call.function()),
            Kind::Ping => self.on_ping(),
            Kind::Hello => self.on_hello(&frame),
            Kind::Shutdown => self.stopping = true,
            kind => self.break_off(&ProtocolError::Direction(kind)),
        }
    }

    fn on_hello(&mut self, frame: &Frame) {
        let hello: Hello = match serde_json::from_slice(&frame.head) {
            Ok(hello) => hello,
            Err(error) => return self.break_off(&error),
        };
        if hello.version != VERSION {
            self.break_off(&ProtocolError::Version(hello.version));
        }
        self.greeted = true;
        self.shared.warm.keep_warm(hello.warm as usize);
        let answer = Hello {
            version: VERSION,
            namespace: hello.namespace,
            pid: std::process::id(),
            engine: format!("V8 {}", avocet_v8::version()),
            warm: hello.warm,
        };
        self.shared.outbox.json(Kind::Hello, CallId::WORKER, &answer, &[]);
    }

    fn on_load(&mut self, frame: Frame, now: Duration) {
        let number = frame.call.function();
        let outbox = self.shared.outbox.clone();
        let refuse = |message: String| {
            let error = SourceError { message, ..SourceError::default() };
            let head = Loaded { error: Some(error), took_ms: 0.0 };
            outbox.json(Kind::Loaded, frame.call, &head, &[]);
        };
        if self.functions.contains_key(&number) {
            return refuse(format!("function {number} is loaded already"));
        }
        match Program::new(number, frame.head, frame.body, outbox.clone()) {
            Ok(program) => {
                let function = Function::new(Arc::new(program), outbox.clone(), now);
                self.functions.insert(number, function);
                self.make_ready(number);
            }
            Err(error) => refuse(error.to_string()),
        }
    }

    fn on_unload(&mut self, number: u32) {
        if let Some(function) = self.functions.get_mut(&number) {
            function.leaving = true;
            self.settle(number);
        }
    }

    fn on_invoke(&mut self, frame: Frame, now: Duration) {
        let call = frame.call;
        let stopping = self.stopping;
        let Some(function) = self.functions.get_mut(&call.function()).filter(|_| !stopping) else {
            let message =
                if stopping { "the worker is ending" } else { "the function is not loaded" };
            let failure = Failure { kind: FailureKind::NotLoaded, message: message.to_owned() };
            return send_failed(&self.shared.outbox, call, failure);
        };
        let Frame { head, body, .. } = frame;
        function.accept(Job { call: call.call(), head, body, arrived: now });
        self.make_ready(call.function());
    }

    fn on_credit(&mut self, frame: &Frame) {
        match serde_json::from_slice::<Credit>(&frame.head) {
            Ok(credit) => {
                if let Some(function) = self.functions.get_mut(&frame.call.function()) {
                    function.credit(frame.call.call(), credit.n);
                }
                self.make_ready(frame.call.function());
            }
            Err(error) => self.break_off(&error),
        }
    }

    fn on_host_reply(&mut self, frame: Frame) {
        match serde_json::from_slice::<HostReply>(&frame.head) {
            Ok(head) => {
                if let Some(function) = self.functions.get_mut(&frame.call.function()) {
                    function.host_reply(head, frame.body);
                }
                self.make_ready(frame.call.function());
            }
            Err(error) => self.break_off(&error),
        }
    }

    fn on_cancel(&mut self, call: CallId) {
        if let Some(function) = self.functions.get_mut(&call.function()) {
            function.cancel(call.call());
        }
        self.make_ready(call.function());
    }

    fn on_ping(&mut self) {
        let functions = self.functions.values();
        let pong = Pong {
            awake: functions.clone().map(|function| function.awake() as u32).sum(),
            calls: functions.clone().map(|function| function.open_calls() as u32).sum(),
            heap_bytes: functions.flat_map(Function::here).map(|i| i.heap_bytes()).sum(),
            // A function that sleeps loses nothing but its timers, which may end with its calls.
            working: false,
        };
        let head = serde_json::to_vec(&pong).expect("plain numbers");
        self.shared.outbox.with(|out| codec::put(out, Kind::Pong, CallId::WORKER, &head, &[]));
    }
}

/// The supervisor speaks another language.
#[derive(Debug, thiserror::Error)]
enum ProtocolError {
    #[error("the first frame is {0:?} instead of a hello")]
    NoHello(Kind),
    #[error("a frame of kind {0:?} never goes to a worker")]
    Direction(Kind),
    #[error("it speaks version {0} of the protocol, this worker {VERSION}")]
    Version(u32),
}
