//! Operations on streams.

use std::os::fd::AsRawFd;
use std::time::Duration;

use avocet_engine::ops as operations;
use avocet_v8::{HandleScope, Local, String as JsString};

use super::{Buffers, Kind, Stream, arm, finish, read, write};
use crate::convert::Encoding;
use crate::reactor::{Reactor, Token, held};

include!("table.rs");

fn stream<'a>(scope: &'a mut HandleScope<'_>, id: i32) -> Option<(Token, &'a mut Stream)> {
    let reactor = Reactor::of(scope);
    let token = reactor.token(id)?;
    Some((token, reactor.get(token)?))
}

fn stream_write(
    scope: &mut HandleScope<'_>,
    id: i32,
    text: Local<'_, JsString>,
    encoding: Encoding,
) -> f64 {
    let mut bytes = Buffers::of(scope).scratch();
    encoding.encode(scope, text, &mut bytes);
    let reactor = Reactor::of(scope);
    let sent = reactor.token(id).and_then(|token| write::send(reactor, token, &bytes));
    let count = bytes.len() as f64;
    Buffers::of(scope).give_back_scratch(bytes);
    if sent.is_some() { count } else { -1.0 }
}

fn stream_end(scope: &mut HandleScope<'_>, id: i32) {
    let Some((token, stream)) = stream(scope, id) else { return };
    stream.ending = true;
    let reactor = Reactor::of(scope);
    write::end_if_drained(reactor, token);
    let writer = reactor
        .get::<Stream>(token)
        .is_some_and(|stream| stream.kind == Kind::Writer && !stream.write_open);
    if writer {
        finish(reactor, token, None);
    }
}

fn stream_destroy(scope: &mut HandleScope<'_>, id: i32) {
    let Some((token, _)) = stream(scope, id) else { return };
    // Bytes of this turn are held back by us, not by the other side.
    held::release(scope, token);
    finish(Reactor::of(scope), token, None);
}

fn stream_drain(scope: &mut HandleScope<'_>, id: i32) {
    let Some((token, _)) = stream(scope, id) else { return };
    Reactor::of(scope).later(move |scope| write::tell_drained(scope, token));
}

fn stream_pause(scope: &mut HandleScope<'_>, id: i32, paused: bool) {
    let Some((token, stream)) = stream(scope, id) else { return };
    if std::mem::replace(&mut stream.paused, paused) == paused {
        return;
    }
    // The end of a message may wait too, and it needs no more input.
    let resumed = stream.protocol.as_ref().map(|protocol| protocol.on_resumed());
    let secured = stream.layer.is_some();
    let reactor = Reactor::of(scope);
    if let Err(errno) = reactor.watch(token) {
        return finish(reactor, token, Some(errno));
    }
    if paused {
        return;
    }
    if let Some(resumed) = resumed {
        reactor.later(move |scope| resumed(scope, token));
    }
    if secured {
        reactor.later(move |scope| read::on_readable(scope, token));
    }
}

fn stream_encoding(scope: &mut HandleScope<'_>, id: i32, encoding: Encoding) {
    if let Some((_, stream)) = stream(scope, id) {
        stream.encoding = encoding;
    }
}

fn stream_timeout(scope: &mut HandleScope<'_>, id: i32, ms: f64) {
    let now = Reactor::of(scope).clock();
    let Some((token, stream)) = stream(scope, id) else { return };
    stream.timeout = Duration::from_millis(ms.clamp(0.0, 1e12) as u64);
    stream.last = now;
    let (timeout, timer) = (stream.timeout, stream.timer.take());
    let reactor = Reactor::of(scope);
    if let Some(timer) = timer {
        reactor.stop_timer(timer);
    }
    if !timeout.is_zero() {
        arm(reactor, token, now + timeout);
    }
}

fn stream_no_delay(scope: &mut HandleScope<'_>, id: i32, on: bool) {
    if let Some((_, stream)) = stream(scope, id) {
        stream.set_no_delay(on);
    }
}

fn stream_fd(scope: &mut HandleScope<'_>, id: i32) -> i32 {
    let fd = stream(scope, id).and_then(|(_, stream)| Some(stream.fd.as_ref()?.as_raw_fd()));
    fd.unwrap_or(-1)
}
