/// Kind of a frame. `S→W` frames go from the supervisor to the worker, `W→S` the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Both: the first frame in each direction, with [`crate::head::Hello`].
    Hello = 1,
    /// S→W: a function's definition ([`crate::head::Load`]); the body is its files, one after the
    /// other. Calls may follow at once, without waiting for the answer.
    Load = 2,
    /// W→S: the function is ready, or why not ([`crate::head::Loaded`]).
    Loaded = 3,
    /// S→W: forget the function and free what it holds. Calls still in flight are finished first.
    Unload = 4,
    /// S→W: call the function ([`crate::head::Invoke`]); the body is the request's.
    Invoke = 5,
    /// S→W: more of the request's body, where its kind is [`crate::head::BodyKind::Stream`].
    BodyChunk = 6,
    /// W→S: the answer ([`crate::head::Respond`]); the body is the response's, or its beginning.
    Respond = 7,
    /// W→S: more of the response's body, where the respond frame said `more`.
    RespondChunk = 8,
    /// Both: the streamed body is complete. An empty head is a clean end; a
    /// [`crate::head::Failure`] as head breaks the stream off.
    End = 9,
    /// W→S: the function asks for a host service ([`crate::head::HostCall`]).
    HostCall = 10,
    /// S→W: what the host service answered ([`crate::head::HostReply`]).
    HostReply = 11,
    /// W→S: a line for the function's log ([`crate::head::Log`]); the body is its text.
    Log = 12,
    /// W→S: a finished trace span, JSON.
    Span = 13,
    /// S→W: the caller is gone or its time is over: stop the call, send no answer.
    Cancel = 14,
    /// S→W: are you there? An empty head; answered in order.
    Ping = 15,
    /// W→S: the answer to a ping ([`crate::head::Pong`]).
    Pong = 16,
    /// Both: the receiver of a streamed body took so many bytes ([`crate::head::Credit`]).
    Credit = 17,
    /// S→W: finish the calls in flight, then exit with 0.
    Shutdown = 18,
}

impl Kind {
    /// From the byte on the wire; `None` for a kind that this version does not know.
    pub const fn from_wire(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Hello,
            2 => Self::Load,
            3 => Self::Loaded,
            4 => Self::Unload,
            5 => Self::Invoke,
            6 => Self::BodyChunk,
            7 => Self::Respond,
            8 => Self::RespondChunk,
            9 => Self::End,
            10 => Self::HostCall,
            11 => Self::HostReply,
            12 => Self::Log,
            13 => Self::Span,
            14 => Self::Cancel,
            15 => Self::Ping,
            16 => Self::Pong,
            17 => Self::Credit,
            18 => Self::Shutdown,
            _ => return None,
        })
    }
}
