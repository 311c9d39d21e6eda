//! What JavaScript asks of a stream.

use std::os::fd::AsRawFd;
use std::time::Duration;

use avocet_v8::{Arguments, HandleScope, ReturnValue};
use rustix::net::sockopt::set_tcp_nodelay;

use super::{Kind, Stream, arm, finish, read, update, write};
use crate::convert::Encoding;
use crate::http::{Parser, Side};
use crate::runtime::{Runtime, Token};

fn stream<'a>(
    scope: &'a mut HandleScope<'_>,
    arguments: &Arguments<'_>,
) -> Option<(Token, &'a mut Stream)> {
    let runtime = Runtime::of(scope);
    let token = runtime.token(arguments.i32(0)?)?;
    Some((token, runtime.stream(token)?))
}

/// `streamWrite(id, text, encoding, last)`: bytes, or -1 where the stream takes none. After the
/// `last` no flush is needed any more.
pub(crate) fn stream_write(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let mut bytes = std::mem::take(&mut Runtime::of(scope).scratch);
    bytes.clear();
    Encoding::of(arguments.i32(2)).encode(scope, arguments.get(1), &mut bytes);
    let runtime = Runtime::of(scope);
    if arguments.i32(3) == Some(1) {
        runtime.flush = false;
    }
    let sent = arguments
        .i32(0)
        .and_then(|id| runtime.token(id))
        .and_then(|token| write::send(runtime, token, &bytes));
    result.set_double(if sent.is_some() { bytes.len() as f64 } else { -1.0 });
    if bytes.capacity() <= 1 << 20 {
        runtime.scratch = bytes;
    }
}

/// `streamEnd(id)`: no more is written after what waits.
pub(crate) fn stream_end(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let Some((token, stream)) = stream(scope, arguments) else { return };
    stream.ending = true;
    let runtime = Runtime::of(scope);
    write::end_if_drained(runtime, token);
    let writer = runtime
        .stream(token)
        .is_some_and(|stream| stream.kind == Kind::Writer && !stream.write_open);
    if writer {
        finish(runtime, token, None);
    }
}

/// `streamDestroy(id)`: drops what waits.
pub(crate) fn stream_destroy(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let Some((token, stream)) = stream(scope, arguments) else { return };
    let corked = stream.corked;
    let runtime = Runtime::of(scope);
    // What was sent in this turn is held back by us, not by the other side.
    if corked {
        write::uncork(runtime, token);
    }
    finish(runtime, token, None);
}

/// `streamDrain(id)`: JavaScript hears in the next turn that nothing waits, if that is so.
pub(crate) fn stream_drain(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let Some((token, _)) = stream(scope, arguments) else { return };
    Runtime::of(scope).later(move |scope| write::tell_drained(scope, token));
}

/// `streamPause(id, paused)`.
pub(crate) fn stream_pause(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let paused = arguments.get(1).is_true();
    let Some((token, stream)) = stream(scope, arguments) else { return };
    if std::mem::replace(&mut stream.paused, paused) == paused {
        return;
    }
    // The end of a message may wait too, and it needs no more input.
    let waiting = !paused && stream.http.is_some();
    let runtime = Runtime::of(scope);
    if let Err(errno) = update(runtime, token) {
        return finish(runtime, token, Some(errno));
    }
    if waiting {
        runtime.later(move |scope| read::parse_waiting(scope, token));
    }
    if !paused && runtime.stream(token).is_some_and(|stream| stream.tls.is_some()) {
        runtime.later(move |scope| read::on_readable(scope, token));
    }
}

/// `streamEncoding(id, encoding)`: of what is read.
pub(crate) fn stream_encoding(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let encoding = Encoding::of(arguments.i32(1));
    let Some((_, stream)) = stream(scope, arguments) else { return };
    stream.encoding = encoding;
}

/// `streamTimeout(id, ms)`: 0 for none.
pub(crate) fn stream_timeout(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let ms = arguments.f64(1).unwrap_or(0.0).clamp(0.0, 1e12);
    let now = Runtime::of(scope).clock();
    let Some((token, stream)) = stream(scope, arguments) else { return };
    stream.timeout = Duration::from_millis(ms as u64);
    stream.last = now;
    let (timeout, timer) = (stream.timeout, stream.timer.take());
    let runtime = Runtime::of(scope);
    if let Some(timer) = timer {
        runtime.timers.stop(timer);
    }
    if !timeout.is_zero() {
        arm(runtime, token, now + timeout);
    }
}

/// `streamNoDelay(id, on)`.
pub(crate) fn stream_no_delay(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let on = arguments.get(1).is_true();
    let Some((_, stream)) = stream(scope, arguments) else { return };
    if let Some(fd) = &stream.fd {
        // Not every stream is a TCP connection.
        let _ = set_tcp_nodelay(fd, on);
    }
}

/// `streamHttp(id, responses)`: from now on messages are read.
pub(crate) fn stream_http(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let side = if arguments.get(1).is_true() { Side::Responses } else { Side::Requests };
    let Some((_, stream)) = stream(scope, arguments) else { return };
    stream.http = Some(Box::new(Parser::new(side)));
    if let Some(fd) = &stream.fd {
        // A message goes out in few writes, and the last one must not wait for an answer.
        let _ = set_tcp_nodelay(fd, true);
    }
}

/// `streamBodiless(id)`: the next response has no body.
pub(crate) fn stream_bodiless(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let Some((_, stream)) = stream(scope, arguments) else { return };
    if let Some(parser) = &mut stream.http {
        parser.bodiless = true;
    }
}

/// `streamFd(id)`: the descriptor's number, or -1.
pub(crate) fn stream_fd(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let fd = stream(scope, arguments).and_then(|(_, stream)| Some(stream.fd.as_ref()?.as_raw_fd()));
    result.set_int32(fd.unwrap_or(-1));
}

/// `flushSoon()`: JavaScript is asked to flush at the end of this turn.
pub(crate) fn flush_soon(scope: &mut HandleScope<'_>, _: &Arguments<'_>, _: ReturnValue<'_>) {
    Runtime::of(scope).flush = true;
}
